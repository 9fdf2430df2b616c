"""One-time codes that are refused while the clocks differ are told with the difference, and whose clock to set."""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from postdeploy.clocks import explained
from postdeploy.errors import CodeRefused
from postdeploy.flow import Flow
from postdeploy.probes.clock import in_words
from selftests.unit.talking import client_for

REFUSED = CodeRefused("the code was refused", mend="Put the right secret")
PRODUCT, CONTROL = "http://127.0.0.1:1/", "http://127.0.0.1:2/"


def told(skews: dict[str, float | None]) -> str:
    """The refusal where each address is so many seconds ahead of this machine (None: tells no time)."""

    def answer(request: httpx.Request) -> httpx.Response:
        skew = skews[str(request.url)]
        headers = {} if skew is None else {"Date": formatdate(time.time() + skew, usegmt=True)}
        return httpx.Response(204, headers=headers)

    async def scene() -> str:
        async with client_for(answer) as client:
            environment = SimpleNamespace(urls={"api": PRODUCT}, control=[CONTROL])
            flow: Any = SimpleNamespace(environment=environment, http=lambda: client)
            return str(await explained(REFUSED, cast(Flow, flow)))

    return asyncio.run(scene())


@pytest.mark.parametrize(
    ("skews", "words"),
    [
        ({PRODUCT: 120, CONTROL: 120}, "this machine's clock is 2 min 0 s behind the product's"),
        ({PRODUCT: -45, CONTROL: None}, "this machine's clock is 45 s ahead of the product's"),
        ({PRODUCT: 120, CONTROL: 120}, "Set this machine's clock (NTP)"),
        ({PRODUCT: 120, CONTROL: None}, "Set this machine's clock (NTP)"),
        ({PRODUCT: 120, CONTROL: 0}, "set the clock of the product's machines"),
        ({PRODUCT: 3, CONTROL: 0}, "the code was refused. Put the right secret"),
        ({PRODUCT: None, CONTROL: 0}, "the code was refused. Put the right secret"),
    ],
)
def test_whose_clock_it_is(skews: dict[str, float | None], words: str) -> None:
    assert words in told(skews)


def test_a_difference_is_told_in_minutes_and_seconds() -> None:
    assert (in_words(125), in_words(-40)) == ("2 min 5 s ahead of", "40 s behind")
