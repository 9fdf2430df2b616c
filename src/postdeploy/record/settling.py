"""What several observations of one item add up to."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from postdeploy.outcome import Outcome
from postdeploy.record.entries import AttemptEntry

WORST_FIRST: Final = (
    Outcome.FAILED,
    Outcome.BLOCKED,
    Outcome.NOT_RUN,
    Outcome.FLAKY,
    Outcome.WAIVED,
    Outcome.ATTESTED,
    Outcome.PASSED,
    Outcome.NOT_APPLICABLE,
)


@dataclass(frozen=True)
class Settled:
    """The outcome of an item, and the attempt that speaks for it, if there was any."""

    outcome: Outcome
    attempt: AttemptEntry | None = None
    recovered: bool = False  # passed only after an attempt that could not observe


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome that a reader must hear of first. Raises ValueError when there is none."""
    return min(outcomes, key=WORST_FIRST.index)


def settle(attempts: Sequence[AttemptEntry]) -> Settled:
    """One outcome from all attempts at an item: within a check the last counts, and a failure
    before it is never forgotten; among several checks, or runs that were merged, the worst counts.

    Raises ValueError when there is no attempt.
    """
    by_check: dict[tuple[str, str], list[AttemptEntry]] = defaultdict(list)
    for attempt in attempts:
        by_check[attempt.run, attempt.check].append(attempt)
    verdicts = [_settle_check(group) for group in by_check.values()]
    chosen = min(verdicts, key=lambda settled: WORST_FIRST.index(settled.outcome))
    return Settled(chosen.outcome, chosen.attempt, any(one.recovered for one in verdicts))


def _settle_check(attempts: Sequence[AttemptEntry]) -> Settled:
    numbers = sorted({attempt.attempt for attempt in attempts})
    course = [worst(one.outcome for one in attempts if one.attempt == number) for number in numbers]
    stands = any(one.final and one.outcome is Outcome.FAILED for one in attempts)
    outcome = Outcome.FAILED if stands else _from_course(course)
    return Settled(
        outcome,
        _speaker(attempts, outcome),
        recovered=outcome is Outcome.PASSED and Outcome.BLOCKED in course,
    )


def _from_course(course: Sequence[Outcome]) -> Outcome:
    *earlier, last = course
    if last is Outcome.FLAKY:
        return last
    if last is Outcome.PASSED:
        shaken = Outcome.FAILED in earlier or Outcome.FLAKY in earlier
        return Outcome.FLAKY if shaken else Outcome.PASSED
    # A retry that could not look does not take back what the attempt before it saw.
    return Outcome.FAILED if Outcome.FAILED in earlier else last


def _speaker(attempts: Sequence[AttemptEntry], outcome: Outcome) -> AttemptEntry:
    failed = [one for one in attempts if one.outcome is Outcome.FAILED]
    if outcome is Outcome.FLAKY and failed:
        return failed[-1]
    fitting = [one for one in attempts if one.outcome is outcome]
    return max(fitting, key=lambda one: one.attempt)
