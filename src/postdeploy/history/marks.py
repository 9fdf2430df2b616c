"""One letter for what a run made of an item, so that hundreds of runs can be looked at together."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from postdeploy.outcome import Outcome
from postdeploy.record.model import Item


class Mark(StrEnum):
    """What one run made of one item."""

    PASSED = "P"
    FAILED = "F"
    FLAKY = "K"
    BLOCKED = "B"
    WAIVED = "W"
    """It failed, under a waiver."""
    WAIVED_BLOCKED = "V"
    """It was blocked, under a waiver."""
    ATTESTED = "A"
    NOT_APPLICABLE = "N"
    OPEN = "O"
    """It was due, and no check looked at it."""
    OUT_OF_SCOPE = "."


RED: Final = frozenset({Mark.FAILED, Mark.WAIVED})
"""Seen, and wrong: a waiver lets the run go on, it mends nothing."""
GREEN: Final = frozenset({Mark.PASSED, Mark.FLAKY})
SEEN: Final = RED | GREEN
UNSEEN: Final = frozenset({Mark.BLOCKED, Mark.WAIVED_BLOCKED})
"""A check looked and could not observe. What no check looked at says nothing at all."""
LOOKED: Final = SEEN | UNSEEN

MEANINGS: Final = {
    Mark.PASSED: "passed",
    Mark.FAILED: "failed",
    Mark.FLAKY: "flaky: passed on a retry",
    Mark.BLOCKED: "blocked: could not be observed",
    Mark.WAIVED: "failed, waived",
    Mark.WAIVED_BLOCKED: "blocked, waived",
    Mark.ATTESTED: "attested by a person",
    Mark.NOT_APPLICABLE: "not applicable",
    Mark.OPEN: "not run although due",
    Mark.OUT_OF_SCOPE: "not in scope",
}

_OF_OUTCOME: Final = {
    Outcome.PASSED: Mark.PASSED,
    Outcome.FAILED: Mark.FAILED,
    Outcome.FLAKY: Mark.FLAKY,
    Outcome.BLOCKED: Mark.BLOCKED,
    Outcome.ATTESTED: Mark.ATTESTED,
    Outcome.NOT_APPLICABLE: Mark.NOT_APPLICABLE,
}

OUTCOMES: Final = {mark: outcome for outcome, mark in _OF_OUTCOME.items()} | {
    Mark.WAIVED: Outcome.WAIVED,
    Mark.WAIVED_BLOCKED: Outcome.WAIVED,
    Mark.OPEN: Outcome.NOT_RUN,
    Mark.OUT_OF_SCOPE: Outcome.NOT_RUN,
}


def mark_of(item: Item) -> Mark:
    """The letter of an item of a record."""
    if item.outcome is Outcome.WAIVED:
        covers = item.waiver.covers if item.waiver else None
        return Mark.WAIVED_BLOCKED if covers is Outcome.BLOCKED else Mark.WAIVED
    if item.outcome is Outcome.NOT_RUN:
        return Mark.OPEN if item.required else Mark.OUT_OF_SCOPE
    if item.outcome is Outcome.BLOCKED and not item.attempts:
        return Mark.OPEN  # answered by a person: no check looks at it, in no run
    return _OF_OUTCOME[item.outcome]
