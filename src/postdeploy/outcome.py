"""The words in which items, weights and verdicts are told, and the exit codes of the verdicts."""

from enum import StrEnum
from typing import Final


class Outcome(StrEnum):
    """What became of one checklist item."""

    PASSED = "passed"
    FAILED = "failed"
    BLOCKED = "blocked"
    FLAKY = "flaky"
    WAIVED = "waived"
    ATTESTED = "attested"
    NOT_APPLICABLE = "not applicable"
    NOT_RUN = "not run"


GREEN: Final = (Outcome.PASSED, Outcome.FLAKY)
"""Seen, and right."""


class Weight(StrEnum):
    """What a failed item means: ROLLBACK, NO-GO, a warning, or BLOCKED (a precondition)."""

    R = "R"
    F = "F"
    W = "W"
    B = "B"


class Verdict(StrEnum):
    """The answer to "may this deployment stay?"."""

    GO = "GO"
    NO_GO = "NO-GO"
    ROLLBACK = "ROLLBACK"
    BLOCKED = "BLOCKED"


EXIT_CODES: Final[dict[Verdict, int]] = {
    Verdict.GO: 0,
    Verdict.NO_GO: 1,
    Verdict.ROLLBACK: 20,
    Verdict.BLOCKED: 30,
}
