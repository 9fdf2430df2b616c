"""An attempt that ends otherwise than by its last step or an error has its answers as well."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from postdeploy.engine import Engine
from postdeploy.flow import Flow
from postdeploy.target import Bounds, Environment
from postdeploy.ticket import Result, Ticket
from selftests.unit.small_runs import journal, make_run, ticket


@pytest.fixture
def bounds() -> Bounds:
    return Bounds(check_seconds=10)


@pytest.fixture
def engine(tmp_path: Path, bounds: Bounds) -> Iterator[Engine]:
    run = make_run(tmp_path, Environment(bounds=bounds))
    made = Engine(lambda: run)
    yield made
    made.stop()


def finished(engine: Engine, check: Ticket) -> Result:
    engine.start([check])
    return engine.wait(check.id)


class Odd(BaseException):
    """What no library should raise."""


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (pytest.fail.Exception("wrong price"), "failed"),
        (pytest.skip.Exception("no data"), "blocked"),
        (pytest.xfail.Exception("known"), "blocked"),
        (Odd("odd"), "blocked"),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("inside", [True, False], ids=["in a step", "outside"])
def test_pytests_own_outcomes_are_answers_as_well(
    engine: Engine, tmp_path: Path, error: BaseException, outcome: str, inside: bool
) -> None:
    async def check(flow: Flow) -> None:
        if not inside:
            raise error
        async with flow.check.item("a"):
            raise error

    result = finished(engine, ticket(check, "a"))
    engine.stop()
    assert (result.status, result.last()["a"]["outcome"]) == (outcome, outcome)
    assert journal(tmp_path)[-1]["kind"] == "check"


@pytest.mark.parametrize("bounds", [Bounds(check_seconds=1)])
def test_who_waits_for_a_place_in_the_browser_spends_no_budget(engine: Engine) -> None:
    async def check(flow: Flow) -> None:
        room = flow.run.browser
        room._slots = asyncio.Semaphore(0)
        asyncio.get_running_loop().call_later(1.5, room._slots.release)
        async with flow.check.item("a"):
            await room._take_slot(flow)

    result = finished(engine, ticket(check, "a"))
    assert result.status == "passed"


@pytest.mark.parametrize("bounds", [Bounds(check_seconds=0.3)])
def test_what_is_left_of_the_budget_counts_on_behind_the_wait(engine: Engine) -> None:
    async def check(flow: Flow) -> None:
        async with flow.check.item("a"):
            await flow.run.browser._take_slot(flow)
            await asyncio.Event().wait()

    result = finished(engine, ticket(check, "a"))
    assert result.last()["a"]["note"] == "the check's budget of 0.3 s was spent"
