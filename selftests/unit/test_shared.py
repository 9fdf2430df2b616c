"""Things that several checks need are made once, and their failure is told to all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.gateway import Disturbances
from postdeploy.policy import Permit
from postdeploy.shared import NotMade, Shared, Workshop

Make = Callable[[Flow], Awaitable[Any]]


class MakersFlow:
    """As much of a flow as a workshop touches."""

    def __init__(self) -> None:
        self.closed = 0
        self.crashes_before = 0
        self.gateway = Disturbances()
        self.permit = Permit()
        self.warnings: list[str] = []
        browser = SimpleNamespace(crashes=0)
        self.run = SimpleNamespace(browser=browser, warn=self.warnings.append)

    def outlived_browser(self) -> bool:
        return False

    async def close(self) -> None:
        self.closed += 1


async def ask(make: Make, times: int) -> tuple[list[Any], MakersFlow]:
    """What so many askers, all at the same time, are given."""
    flow = MakersFlow()
    workshop = Workshop(lambda *_: cast(Flow, flow))
    thing = Shared("the policy", make)
    asked = [workshop.get(thing) for _ in range(times)]
    return await asyncio.gather(*asked, return_exceptions=True), flow


def test_a_thing_is_made_once_for_all_who_ask() -> None:
    made: list[int] = []

    async def make(_: Flow) -> int:
        made.append(1)
        await asyncio.sleep(0)
        return len(made)

    answers, flow = asyncio.run(ask(make, 3))
    assert (answers, flow.closed) == ([1, 1, 1], 1)


def test_what_a_load_balancer_spoiled_is_made_again_and_told() -> None:
    made: list[int] = []

    async def make(flow: Flow) -> str:
        made.append(1)
        if len(made) == 1:
            flow.gateway.saw("POST", "https://app.example/api/v1/documents", 502)
            raise AssertionError("the upload was answered 502")
        return "made"

    answers, flow = asyncio.run(ask(make, 2))
    assert (answers, len(made)) == (["made", "made"], 2)
    assert "502 to POST" in flow.warnings[0]


def test_a_failure_to_make_it_is_told_to_all_as_unobservable() -> None:
    async def make(_: Flow) -> int:
        raise AssertionError("upload refused\nwith details")

    answers, flow = asyncio.run(ask(make, 2))
    assert [type(answer) for answer in answers] == [NotMade, NotMade]
    assert str(answers[0]) == "needs the policy, which could not be made: upload refused"
    assert flow.closed == 1


def test_a_probe_error_of_the_maker_goes_through() -> None:
    async def make(_: Flow) -> int:
        raise ProbeError("no permission", mend="Grant it")

    (answer,), _ = asyncio.run(ask(make, 1))
    assert (type(answer), str(answer)) == (ProbeError, "no permission. Grant it")


def test_an_asker_that_gives_up_does_not_take_it_from_the_others() -> None:
    async def scene() -> str:
        go = asyncio.Event()

        async def make(_: Flow) -> str:
            await go.wait()
            return "made"

        workshop = Workshop(lambda *_: cast(Flow, MakersFlow()))
        thing = Shared("the policy", make)
        hasty = asyncio.ensure_future(workshop.get(thing))
        patient = asyncio.ensure_future(workshop.get(thing))
        await asyncio.sleep(0)
        hasty.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hasty
        go.set()
        return await patient

    assert asyncio.run(scene()) == "made"


def test_what_was_made_in_a_browser_that_died_is_made_anew_for_the_next() -> None:
    async def scene() -> list[Any]:
        flow = MakersFlow()
        made: list[int] = []

        async def make(_: Flow) -> str:
            made.append(1)
            if len(made) == 1:
                flow.run.browser.crashes = 1
                raise AssertionError("Target crashed")
            return "made"

        workshop = Workshop(lambda *_: cast(Flow, flow))
        thing = Shared("the policy", make)
        first = await asyncio.gather(workshop.get(thing), return_exceptions=True)
        flow.crashes_before = 1
        return [*first, await workshop.get(thing)]

    first, second = asyncio.run(scene())
    assert (type(first), second) == (NotMade, "made")


@pytest.mark.parametrize("outcome", [pytest.fail.Exception, pytest.skip.Exception])
def test_what_pytest_ends_a_maker_by_is_a_thing_that_was_not_made(
    outcome: type[BaseException],
) -> None:
    async def make(_: Flow) -> None:
        raise outcome("no document")

    async def scene() -> None:
        await Workshop(lambda *_: cast(Flow, MakersFlow())).get(Shared("the policy", make))

    with pytest.raises(NotMade, match="which could not be made: no document"):
        asyncio.run(scene())


def test_things_of_different_names_are_different_things() -> None:
    async def scene() -> list[str]:
        async def make(_: Flow) -> str:
            return "thing"

        asked: list[str] = []

        def maker(name: str, writes: tuple[str, ...]) -> Flow:
            assert writes == ()
            asked.append(name)
            return cast(Flow, MakersFlow())

        workshop = Workshop(maker)
        for name in ("a", "b", "a"):
            await workshop.get(Shared(name, make))
        return asked

    assert asyncio.run(scene()) == ["a", "b"]
