"""What a check says about its items, step by step."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import pytest

from postdeploy.check import Answer, Check, Judgement, NotReached
from postdeploy.errors import ProbeError
from postdeploy.outcome import Outcome


async def judge(error: BaseException) -> Judgement:
    outcome = Outcome.BLOCKED if isinstance(error, ProbeError) else Outcome.FAILED
    return Judgement(outcome, str(error), observed="as judged")


def answers(
    covers: tuple[str, ...],
    body: Callable[[Check], Awaitable[None]],
    ending: Judgement | None = None,
) -> dict[str, Answer]:
    """What `body` answers, and what closing the check adds."""
    recorded: list[Answer] = []
    check = Check(covers, judge, recorded.append)

    async def attempt() -> None:
        with contextlib.suppress(NotReached):
            await body(check)
        check.close(ending)

    asyncio.run(attempt())
    assert [answer.item for answer in recorded] == list(check.answers)
    return check.answers


def test_a_step_that_ends_is_passed_with_what_was_seen() -> None:
    async def body(check: Check) -> None:
        async with check.item("a", expected="three") as step:
            step.saw(3)
            step.note = "slowly"

    answer = answers(("a",), body)["a"]
    assert (answer.outcome, answer.expected, answer.observed) == (Outcome.PASSED, "three", "3")
    assert answer.note == "slowly"


def test_a_step_that_raises_is_as_it_is_judged_and_the_check_goes_on() -> None:
    async def body(check: Check) -> None:
        async with check.item("a"):
            raise AssertionError("wrong")
        async with check.item("b"):
            pass

    found = answers(("a", "b"), body)
    assert (found["a"].outcome, found["a"].note) == (Outcome.FAILED, "wrong")
    assert found["b"].outcome is Outcome.PASSED


def test_what_the_step_saw_outweighs_what_the_judge_saw() -> None:
    async def body(check: Check) -> None:
        async with check.item("a") as step:
            step.saw("seen by the step")
            raise AssertionError
        async with check.item("b"):
            raise AssertionError

    found = answers(("a", "b"), body)
    assert [found[item].observed for item in "ab"] == ["seen by the step", "as judged"]


@pytest.mark.parametrize(
    ("error", "note"),
    [
        (AssertionError("wrong"), "not reached: a failed"),
        (ProbeError("unseen"), "not reached: a blocked"),
    ],
)
def test_behind_a_gate_that_does_not_pass_nothing_is_reached(error: Exception, note: str) -> None:
    async def body(check: Check) -> None:
        async with check.gate("a"):
            raise error
        raise LookupError("unreachable")

    found = answers(("a", "b", "c"), body)
    assert [(found[item].outcome, found[item].note) for item in "bc"] == [
        (Outcome.BLOCKED, note),
        (Outcome.BLOCKED, note),
    ]


def test_a_branch_ends_at_its_own_gate() -> None:
    async def body(check: Check) -> None:
        async with check.branch():
            async with check.gate("a"):
                raise AssertionError
            async with check.item("b"):
                pass
        async with check.item("c"):
            pass

    found = answers(("a", "b", "c"), body)
    assert [found[item].outcome for item in "abc"] == ["failed", "blocked", "passed"]


def test_a_gate_within_a_step_says_nothing_of_the_step() -> None:
    async def body(check: Check) -> None:
        async with check.item("a"), check.gate("b"):
            raise AssertionError("b is wrong")

    found = answers(("a", "b"), body)
    assert [found[item].outcome for item in "ab"] == ["blocked", "failed"]


def test_an_item_that_the_check_forgot_is_blocked() -> None:
    async def body(check: Check) -> None:
        async with check.item("a"):
            pass

    answer = answers(("a", "b"), body)["b"]
    assert (answer.outcome, answer.note) == (
        Outcome.BLOCKED,
        "the check ended without answering it",
    )


def test_a_check_that_broke_answers_what_was_open_with_that() -> None:
    async def body(check: Check) -> None:
        async with check.item("a"):
            pass

    found = answers(("a", "b"), body, Judgement(Outcome.BLOCKED, "the budget was spent"))
    assert (found["a"].outcome, found["b"].note) == (Outcome.PASSED, "the budget was spent")


@pytest.mark.parametrize(
    ("items", "told"),
    [(("x",), "'x' is not among the items"), (("a", "a"), "'a' is answered twice")],
)
def test_an_answer_that_is_not_due_is_refused(items: tuple[str, ...], told: str) -> None:
    async def body(check: Check) -> None:
        for item in items:
            async with check.item(item):
                pass

    with pytest.raises(LookupError, match=told):
        answers(("a",), body)


def test_a_check_knows_what_is_wanted_and_what_has_passed() -> None:
    async def body(check: Check) -> None:
        assert not check.passed("a")
        async with check.item("a"):
            pass
        async with check.item("b"):
            raise AssertionError
        assert (check.passed("a"), check.passed("b")) == (True, False)
        assert (check.wants("a"), check.wants("x")) == (True, False)

    assert answers(("a", "b"), body)["b"].outcome is Outcome.FAILED
