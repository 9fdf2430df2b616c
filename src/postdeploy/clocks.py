"""Whose clock it is when one-time codes are refused: they are right for half a minute only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdeploy.errors import CodeRefused, ProbeError
from postdeploy.probes.clock import NOTABLE_SECONDS, in_words, skew_of

if TYPE_CHECKING:
    from postdeploy.flow import Flow


async def explained(error: CodeRefused, flow: Flow) -> ProbeError:
    """The refusal with what the clocks have to do with it, as far as the product tells the time."""
    client = flow.http()
    urls = flow.environment.urls
    skew = await skew_of(client, urls.get("api") or next(iter(urls.values())))
    if skew is None or abs(skew) < NOTABLE_SECONDS:
        return error
    others = [await skew_of(client, url) for url in flow.environment.control]
    mine = [other for other in others if other is not None]
    told = f"{error.what}; this machine's clock is {in_words(skew)} the product's"
    if mine and all(abs(other) < NOTABLE_SECONDS for other in mine):
        mend = (
            "The control address agrees with this machine: set the clock of the product's machines"
        )
    else:
        mend = "Set this machine's clock (NTP), and run again"
    return ProbeError(told, mend=mend)
