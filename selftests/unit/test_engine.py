"""Checks run together on one loop; each is handed its end, whatever that is."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from postdeploy.engine import Engine
from postdeploy.errors import NotSeen, ProbeError
from postdeploy.facts import Stage
from postdeploy.flow import Flow
from postdeploy.record.entries import AttemptEntry, parse_entries
from postdeploy.record.settling import settle
from postdeploy.run import Run
from postdeploy.target import Bounds, Environment
from postdeploy.ticket import Result, Ticket
from selftests.unit.small_runs import Body, answering, journal, make_run, ticket

LATE = NotSeen("not there in time")
WRONG = AssertionError("wrong")


@pytest.fixture
def bounds() -> Bounds:
    return Bounds(check_seconds=10)


@pytest.fixture
def run(tmp_path: Path, bounds: Bounds) -> Run:
    return make_run(tmp_path, Environment(bounds=bounds))


@pytest.fixture
def engine(run: Run) -> Iterator[Engine]:
    made = Engine(lambda: run)
    yield made
    made.stop()


def finished(engine: Engine, check: Ticket) -> Result:
    engine.start([check])
    return engine.wait(check.id)


def course(result: Result, item: str) -> list[str]:
    return [entry["outcome"] for entry in result.entries if entry["item"] == item]


def in_turn(*outcomes: Exception | None) -> Body:
    """A check of item "a" that ends in another way with each attempt."""
    left = iter(outcomes)

    async def check(flow: Flow) -> None:
        await answering(a=next(left))(flow)

    return check


@pytest.mark.parametrize(
    ("outcomes", "told", "status"),
    [
        ([None], ["passed"], "passed"),
        ([LATE, LATE], ["failed", "failed"], "failed"),
        ([LATE, None], ["failed", "passed"], "passed"),
        ([LATE, ProbeError("unseen")], ["failed", "blocked"], "blocked"),
        ([ProbeError("unseen")], ["blocked"], "blocked"),
        ([KeyError("k"), KeyError("k")], ["blocked", "blocked"], "blocked"),
    ],
    ids=str,
)
def test_what_failed_is_tried_once_more_and_every_attempt_is_kept(
    engine: Engine, outcomes: list[Exception | None], told: list[str], status: str
) -> None:
    result = finished(engine, ticket(in_turn(*outcomes), "a"))
    assert (course(result, "a"), result.status) == (told, status)
    assert result.attempts == len(outcomes)


def two_in_turn(
    *attempts: tuple[Exception | None, Exception | None], gateway: bool = False
) -> Body:
    """A check of items "a" and "b", each ending in its own way with each attempt."""
    left = iter(attempts)

    async def check(flow: Flow) -> None:
        if gateway:
            flow.gateway.saw("POST", "https://app.example/api/v1/documents", 502)
        a, b = next(left)
        await answering(a=a, b=b)(flow)

    return check


@pytest.mark.parametrize(
    ("attempts", "status"),
    [
        ([(LATE, None), (None, LATE), (None, None)], "passed"),
        ([(LATE, None), (LATE, None)], "failed"),
        ([(LATE, None), (None, LATE), (LATE, LATE)], "failed"),
        ([(None, LATE), (None, None)], "passed"),
        ([(None, LATE), (ProbeError("unseen"), None), (None, None)], "passed"),
        ([(ProbeError("unseen"), LATE), (ProbeError("unseen"), None)], "blocked"),
    ],
)
def test_each_item_has_one_retry_whatever_else_its_check_answers(
    engine: Engine, attempts: list[tuple[Exception | None, Exception | None]], status: str
) -> None:
    result = finished(engine, ticket(two_in_turn(*attempts), "a", "b"))
    assert (result.attempts, result.status) == (len(attempts), status)


@pytest.mark.parametrize(("gateway", "attempts"), [(True, 3), (False, 2)])
def test_an_item_has_a_second_retry_where_a_load_balancer_answered_each_time(
    engine: Engine, gateway: bool, attempts: int
) -> None:
    check = two_in_turn(*[(LATE, None)] * 4, gateway=gateway)
    result = finished(engine, ticket(check, "a", "b"))
    assert (result.attempts, result.status) == (attempts, "failed")


def test_what_was_there_and_wrong_is_not_asked_again(engine: Engine) -> None:
    result = finished(engine, ticket(in_turn(WRONG, None), "a"))
    assert (course(result, "a"), result.status) == (["failed"], "failed")
    assert result.last()["a"]["final"] is True


def test_what_was_there_and_wrong_stays_so_while_another_item_is_tried_again(
    engine: Engine, tmp_path: Path
) -> None:
    result = finished(engine, ticket(two_in_turn((WRONG, LATE), (None, None)), "a", "b"))
    engine.stop()
    assert (course(result, "a"), course(result, "b")) == (["failed", "passed"],) * 2
    assert result.status == "failed"
    told = parse_entries(entry for entry in journal(tmp_path) if entry["kind"] == "attempt")
    outcomes = {
        item: settle([one for one in told if isinstance(one, AttemptEntry) and one.item == item])
        for item in ("a", "b")
    }
    assert (outcomes["a"].outcome, outcomes["b"].outcome) == ("failed", "flaky")


def test_what_was_wrong_behind_a_load_balancers_answer_is_asked_again(engine: Engine) -> None:
    check = two_in_turn((WRONG, None), (None, None), gateway=True)
    assert finished(engine, ticket(check, "a", "b")).status == "passed"


def test_an_item_for_which_something_was_asked_again_is_flaky_and_says_so(engine: Engine) -> None:
    async def check(flow: Flow) -> None:
        flow.gateway.repeats.append("asked again after 502 to GET /health")
        await answering(a=None, b=None)(flow)

    result = finished(engine, ticket(check, "a", "b"))
    told = [(entry["outcome"], entry["note"]) for entry in result.entries]
    assert told == [("flaky", "asked again after 502 to GET /health"), ("passed", "")]
    assert result.status == "passed"


def test_an_error_outside_the_steps_answers_what_is_still_open(engine: Engine) -> None:
    async def check(flow: Flow) -> None:
        await answering(a=None)(flow)
        raise ProbeError("lost the way")

    result = finished(engine, ticket(check, "a", "b"))
    last = result.last()
    assert (last["a"]["outcome"], last["b"]["outcome"]) == ("passed", "blocked")
    assert last["b"]["note"] == "lost the way"


def test_every_attempt_and_the_end_of_the_check_are_in_the_journal(
    engine: Engine, tmp_path: Path
) -> None:
    finished(engine, ticket(in_turn(LATE, None), "a"))
    engine.stop()
    told = [(entry["kind"], entry.get("attempt")) for entry in journal(tmp_path)]
    assert told == [("attempt", 1), ("attempt", 2), ("check", None)]
    ending = journal(tmp_path)[-1]
    assert (ending["status"], ending["attempts"]) == ("passed", 2)


@pytest.mark.parametrize("bounds", [Bounds(check_seconds=0.05)])
def test_a_check_over_its_budget_is_blocked_and_not_tried_again(engine: Engine) -> None:
    async def check(flow: Flow) -> None:
        async with flow.check.item("a"):
            await asyncio.Event().wait()

    result = finished(engine, ticket(check, "a"))
    assert course(result, "a") == ["blocked"]
    assert result.last()["a"]["note"] == "the check's budget of 0.05 s was spent"


def test_a_timeout_of_the_checks_own_is_not_taken_for_the_budget(engine: Engine) -> None:
    async def check(**_: object) -> None:
        raise TimeoutError("something else")

    note = finished(engine, ticket(check, "a")).last()["a"]["note"]
    assert note == "the check itself broke: TimeoutError: something else"


def test_the_longest_checks_start_first_and_closing_ones_when_all_others_have_ended(
    engine: Engine,
) -> None:
    order: list[str] = []

    def noting(name: str) -> Body:
        async def check(flow: Flow) -> None:
            order.append(f"{name} starts")
            await asyncio.sleep(0.01)
            order.append(f"{name} ends")
            await answering(**{name: None})(flow)

        check.__name__ = name
        return check

    checks = [
        ticket(noting("last"), stage=Stage.CLOSING, seconds=99),
        ticket(noting("short"), seconds=1),
        ticket(noting("long"), seconds=9),
    ]
    engine.start(checks)
    assert [engine.wait(check.id).status for check in checks] == ["passed"] * 3
    assert order == [
        "long starts",
        "short starts",
        "long ends",
        "short ends",
        "last starts",
        "last ends",
    ]


def test_a_soak_comes_between_the_flows_and_the_closing_checks_and_is_not_retried(
    engine: Engine,
) -> None:
    order: list[str] = []

    def noting(name: str, error: Exception | None) -> Body:
        async def check(flow: Flow) -> None:
            order.append(name)
            await answering(**{name: error})(flow)

        check.__name__ = name
        return check

    checks = [
        ticket(noting("last", None), stage=Stage.CLOSING),
        ticket(noting("soak", LATE), stage=Stage.SOAK),
        ticket(noting("flow", LATE)),
    ]
    engine.start(checks)
    assert [engine.wait(check.id).status for check in checks] == ["passed", "failed", "failed"]
    assert order == ["flow", "flow", "soak", "last"]


def test_what_has_failed_is_known_to_those_who_come_later_but_for_mere_warnings(
    engine: Engine,
) -> None:
    known: list[list[str]] = []

    async def look(flow: Flow) -> None:
        known.append(list(flow.run.failed))
        await answering(soak=None)(flow)

    no = AssertionError("no")
    grave = Ticket("one", answering(a=no, b=None), {}, ("a", "b"), "one")
    light = Ticket("two", answering(c=no), {}, ("c",), "two", light=frozenset("c"))
    engine.start([grave, light, ticket(look, "soak", stage=Stage.SOAK)])
    assert engine.wait("look").status == "passed"
    assert known == [["a"]]


def test_what_a_long_wait_is_about_is_told_until_it_is_over(engine: Engine) -> None:
    async def check(flow: Flow) -> None:
        flow.run.doing = "soaking"
        await asyncio.sleep(1.2)
        flow.run.doing = ""
        await answering(a=None)(flow)

    told: list[str] = []
    engine.start([ticket(check, "a")])
    assert engine.wait("check", told.append).status == "passed"
    assert told
    assert set(told) == {"soaking"}


def test_a_closing_check_runs_when_there_is_no_other(engine: Engine) -> None:
    result = finished(engine, ticket(answering(a=None), "a", stage=Stage.CLOSING))
    assert result.status == "passed"


def test_a_closing_check_runs_although_another_broke(engine: Engine) -> None:
    async def broken(**_: object) -> None:
        raise LookupError("no")

    engine.start([ticket(broken, "a"), ticket(answering(b=None), "b", stage=Stage.CLOSING)])
    assert engine.wait("check").status == "passed"


def test_checks_started_later_join_those_that_run(engine: Engine) -> None:
    first = ticket(answering(a=None), "a")
    engine.start([first])
    later = Ticket("later", answering(b=None), {}, ("b",), "later")
    engine.start([first, later])
    assert [engine.wait(name).attempts for name in ("check", "later")] == [1, 1]


def test_parameters_reach_the_check(engine: Engine) -> None:
    given: list[str] = []

    async def check(flow: Flow, name: str) -> None:
        given.append(name)
        await answering(a=None)(flow)

    assert finished(engine, Ticket("x", check, {"name": "api"}, ("a",), "x")).status == "passed"
    assert given == ["api"]


@pytest.fixture
def waiting(engine: Engine) -> Callable[[], None]:
    """Starts a check that answers `a` and then waits for ever; returns when it waits."""

    def start() -> None:
        begun = threading.Event()

        async def endless(flow: Flow) -> None:
            await answering(a=None)(flow)
            begun.set()
            await asyncio.Event().wait()

        engine.start([ticket(endless, "a", "b")])
        assert begun.wait(5)

    return start


def test_stopping_ends_what_runs_and_says_what_was_not_answered(
    engine: Engine, waiting: Callable[[], None], tmp_path: Path
) -> None:
    waiting()
    engine.stop()
    outcomes = {e["item"]: e["outcome"] for e in journal(tmp_path) if e["kind"] == "attempt"}
    assert outcomes == {"a": "passed", "b": "not run"}
    with pytest.raises(CancelledError):
        engine.wait("endless")


def test_stopping_after_a_crash_of_the_browser_starts_nothing_anew(
    engine: Engine, run: Run, waiting: Callable[[], None], tmp_path: Path
) -> None:
    waiting()
    run.browser.crashes = 1
    engine.stop()
    attempts = [entry["attempt"] for entry in journal(tmp_path) if entry["kind"] == "attempt"]
    assert set(attempts) == {1}


def test_what_goes_wrong_at_the_end_is_a_warning(
    engine: Engine, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> None:
        raise OSError("no more disk")

    monkeypatch.setattr(run, "close", broken)
    finished(engine, ticket(answering(a=None), "a"))
    engine.stop()
    assert journal(tmp_path)[-1]["text"] == "the run did not close in order: OSError: no more disk"


def test_stopping_twice_or_before_the_start_does_nothing(run: Run) -> None:
    made = Engine(lambda: run)
    made.stop()
    made.start([ticket(answering(a=None), "a")])
    made.stop()
    made.stop()
    assert made.running == {}
