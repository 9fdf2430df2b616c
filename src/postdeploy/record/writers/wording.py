"""How outcomes, moments and durations are said, alike in all documents."""

import shlex
from datetime import UTC, datetime
from typing import Final

from postdeploy.outcome import Outcome, Verdict, Weight
from postdeploy.record.model import Item, Record

SYMBOLS: Final = {
    Outcome.PASSED: "✓",
    Outcome.FAILED: "✗",
    Outcome.BLOCKED: "⊘",
    Outcome.FLAKY: "≈",
    Outcome.WAIVED: "◌",
    Outcome.ATTESTED: "✎",
    Outcome.NOT_APPLICABLE: "–",
    Outcome.NOT_RUN: "·",
}
INDICATOR_SYMBOLS: Final = {"raised": "✗", "clear": "✓", "unknown": "⊘"}
WEIGHTS: Final = {
    Weight.R: "a failure means ROLLBACK",
    Weight.F: "a failure means NO-GO",
    Weight.W: "a failure is a warning",
    Weight.B: "precondition: a failure blocks",
}
MEANINGS: Final = {
    Verdict.GO: "The deployment may stay.",
    Verdict.NO_GO: "The deployment is not good as it is.",
    Verdict.ROLLBACK: "Take the deployment back.",
    Verdict.BLOCKED: "The question is open: too much could not be observed.",
    None: "Only a part was looked at.",
}
NODE_IDS_AT_MOST: Final = 8


def verdict_word(record: Record) -> str:
    """The verdict, or PARTIAL for a run that has none."""
    return record.verdict.value if record.verdict else "PARTIAL"


def place(record: Record) -> str:
    """System and environment."""
    return f"{record.system_title or record.system} · {record.environment}"


def scope_sentence(record: Record) -> str:
    """The scope, and how many of the items it holds when it is not the full one."""
    if record.scope == "full":
        return "full scope"
    items = record.items
    inside = sum(item.required or bool(item.attempts) for item in items)
    return f"{record.scope} scope: {inside} of {len(items)} items"


def versions(record: Record) -> str:
    """The version, once if all services run the same, else by service."""
    seen = record.version.observed or record.version.expected
    if not seen:
        return "version unknown"
    if len(set(seen.values())) == 1:
        return next(iter(seen.values()))
    return ", ".join(f"{service} {version}" for service, version in seen.items())


def moment(value: datetime | None) -> str:
    """A moment in UTC, to the second."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if value else ""


def duration(seconds: float | None) -> str:
    """A duration in the two units that matter."""
    if seconds is None:
        return "unknown"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def counted(number: int, noun: str) -> str:
    """The number with its noun, in the plural where that is right."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def count_sentence(record: Record) -> str:
    """All outcomes that occur, with their numbers."""
    said = [f"{number} {outcome.value}" for outcome, number in record.counts.items() if number]
    return ", ".join(said) or "no items"


def unwell(record: Record) -> list[Item]:
    """Items that failed or were blocked, those the verdict rests on first, then as in the rows;
    without those whose failure is a warning only.
    """
    bad = (Outcome.FAILED, Outcome.BLOCKED)
    items = [item for item in record.items if item.outcome in bad and item.weight is not Weight.W]
    rests_on = record.decision.rests_on
    return sorted(items, key=lambda item: (item.id not in rests_on, item.outcome != bad[0]))


def repeat_command(record: Record) -> str:
    """The one command that runs failed and blocked checks again; empty if there are none."""
    checks = [check for item in unwell(record) for check in _bad_checks(item)]
    names = list(dict.fromkeys(checks))
    if not names:
        return ""
    where = ["pytest", "--system", record.system, "--env", record.environment]
    if len(names) > NODE_IDS_AT_MOST:
        return shlex.join([*where, "--last-failed"])
    return shlex.join([*where, *names])


def _bad_checks(item: Item) -> list[str]:
    return [
        attempt.check
        for attempt in item.attempts
        if attempt.check and attempt.outcome is not Outcome.PASSED
    ]
