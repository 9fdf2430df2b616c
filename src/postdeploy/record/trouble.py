"""What forbids a GO although no item says so."""

from collections.abc import Iterable, Sequence
from typing import Final

from postdeploy.outcome import Outcome
from postdeploy.record.entries import AttemptEntry, CheckEntry, EndEntry

PYTEST_EXITS: Final = {
    2: "pytest was interrupted",
    3: "pytest had an internal error",
    4: "pytest was used wrongly",
    5: "pytest collected no tests",
}
_BAD: Final = frozenset({Outcome.FAILED, Outcome.BLOCKED})


def find_trouble(
    ends: Sequence[EndEntry],
    runs: int,
    checks: Iterable[CheckEntry],
    attempts: Sequence[AttemptEntry],
) -> list[str]:
    """Sentences on how the run itself went wrong; `runs` is how many should have ended."""
    stray = _stray(checks, attempts)
    explained = bool(stray) or _any_bad(attempts)
    return [*_endings(ends, runs), *_exits(ends, explained=explained), *stray]


def how_ended(ends: Sequence[EndEntry], runs: int) -> str:
    """The worst way in which any of the runs ended; empty when one left no last entry."""
    if len(ends) < runs:
        return ""
    return next((end.how for end in ends if end.how != "finished"), "finished")


def _endings(ends: Sequence[EndEntry], runs: int) -> list[str]:
    how = how_ended(ends, runs)
    if how == "finished":
        return []
    if not how or how == "recovered":
        return ["The run did not come to its end: this record was made from its journal."]
    return [f"The run was {how} before its end."]


def _exits(ends: Iterable[EndEntry], *, explained: bool) -> list[str]:
    # An interruption is told by how the run ended; its exit code says nothing more.
    codes = {end.pytest_exit for end in ends if end.how == "finished" or end.pytest_exit != 2}
    said = [f"{text[0].upper()}{text[1:]}." for code, text in PYTEST_EXITS.items() if code in codes]
    if 1 in codes and not explained:
        said.append("pytest reported a failure that belongs to no item.")
    return said


def _any_bad(attempts: Iterable[AttemptEntry]) -> bool:
    return any(attempt.outcome in _BAD for attempt in attempts)


def _stray(checks: Iterable[CheckEntry], attempts: Iterable[AttemptEntry]) -> list[str]:
    told = {(attempt.run, attempt.check) for attempt in attempts if attempt.outcome in _BAD}
    latest = {(check.run, check.check): check for check in checks}.values()
    return [
        f"The check {check.check} is {check.status} for a reason outside its items."
        for check in latest
        if check.status in _BAD and (check.run, check.check) not in told
    ]
