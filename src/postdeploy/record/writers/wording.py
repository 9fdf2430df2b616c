"""How outcomes, moments and durations are said, alike in all documents."""

import shlex
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from postdeploy.outcome import Outcome, Verdict, Weight
from postdeploy.plain import one_line
from postdeploy.record.items import difference
from postdeploy.record.model import Item, Record, RunHistory, Waiver
from postdeploy.record.writers.again import kept_options

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
NAMED_AT_MOST: Final = 24
PROD_SMOKE: Final = "prod_smoke"


def verdict_word(record: Record) -> str:
    """The verdict, or PARTIAL for a run that has none."""
    return record.verdict.value if record.verdict else "PARTIAL"


def verdict_told(record: Record) -> str:
    """The verdict in words: a GO says by how many waivers it is one, and when the next of them ends."""
    return record.decision.told or verdict_word(record)


def waiver_state(waiver: Waiver) -> str:
    """What became of a waiver in this run."""
    if waiver.used and waiver.covers is not None:
        return f"sets aside “{waiver.covers.value}”"
    return _WAIVER_STATES[waiver.state]


_WAIVER_STATES: Final = {
    "used": "used",
    "needless": "not needed: to be taken out",
    "spare": "not needed in this run",
    "ended": "ended: to be taken out",
    "refused": "does not count without --allow-critical-waivers",
}


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


def short_moment(value: datetime) -> str:
    """A moment in UTC, to the minute."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M}"


def history_counts(history: RunHistory) -> str:
    """How many items are new red, still red and so on; "nothing new" where none is."""
    kinds = (
        (history.new_red, "new red"),
        (history.still_red, "still red"),
        (history.fixed, "fixed"),
        (history.unseen, "not observed again"),
        (history.flaky, "flaky"),
        (history.slower, "slower than usual"),
    )
    return ", ".join(f"{len(items)} {word}" for items, word in kinds if items) or "nothing new"


def history_sentence(record: Record) -> str:
    """This run beside the earlier ones, in a sentence; "" where none is known."""
    history = record.history
    if history is None:
        return ""
    before = history.previous
    verdict = before.verdict.value if before.verdict else "without a verdict"
    last = f"the last of them {verdict}, {short_moment(before.at)}"
    told = f"Beside {counted(history.runs, 'earlier run')} ({last}): {history_counts(history)}"
    since = history.verdict_since
    if since is None or record.verdict in (None, Verdict.GO):
        return f"{told}."
    return f"{told}. {verdict_word(record)} since {short_moment(since.at)} (run {since.run_id})."


def history_note(item: Item) -> str:
    """All that earlier runs say about an item, on one line."""
    return "; ".join(item.history.told) if item.history else ""


def unwell(record: Record) -> list[Item]:
    """Items that failed or that nobody observed: failures first, those the verdict rests on
    before others, then as in the rows; without those that are a matter of warnings only.
    """
    items = [item for item in record.items if is_unwell(item, partial=record.partial)]
    rests_on = record.decision.rests_on
    return sorted(
        items, key=lambda item: (item.outcome is not Outcome.FAILED, item.id not in rests_on)
    )


def is_unwell(item: Item, *, partial: bool = False) -> bool:
    """Whether a person should look at the item; in a partial run, not at what was left out."""
    if item.weight is Weight.W:
        return False
    if item.outcome is Outcome.NOT_RUN:
        return item.required and (item.selected or not partial)
    return item.outcome in (Outcome.FAILED, Outcome.BLOCKED)


def unseen_groups(items: Iterable[Item]) -> list[tuple[Outcome, str, list[Item]]]:
    """The blocked and not run ones of the items, grouped by what kept them from being observed."""
    groups: dict[tuple[Outcome, str], list[Item]] = {}
    for item in items:
        if item.outcome in (Outcome.BLOCKED, Outcome.NOT_RUN):
            groups.setdefault((item.outcome, item.note or "no reason given"), []).append(item)
    return [(outcome, reason, group) for (outcome, reason), group in groups.items()]


def own_note(item: Item) -> str:
    """The note, unless it only repeats what was expected and observed, or observed."""
    repeats = item.expected and item.note.endswith(difference(item.expected, item.observed))
    return "" if repeats or item.note == item.observed else item.note


def is_mild(items: Iterable[Item]) -> bool:
    """Whether all that failed or was blocked among the items is a matter of warnings only."""
    bad = [item for item in items if item.outcome in (Outcome.FAILED, Outcome.BLOCKED)]
    return bool(bad) and all(item.weight is Weight.W for item in bad)


def is_due(items: Iterable[Item]) -> bool:
    """Whether a required item among these did not run."""
    return any(item.required and item.outcome is Outcome.NOT_RUN for item in items)


def repeatable(record: Record) -> list[str]:
    """The items that failed or were not observed, and which a check can look at again."""
    return [item.id for item in unwell(record) if item.checks or _bad_checks(item)]


def repeat_command(record: Record, program: Sequence[str] = ("pytest",), folder: str = "") -> str:
    """The one command that runs the checks of failed and blocked items again; empty if there are none.

    Where they are many and the `folder` of the run is known, it stands for their names.
    """
    # Cleaned before they are quoted: what is taken out afterwards might be half of a quotation mark.
    names = [one_line(name) for name in repeatable(record)]
    if not names:
        return ""
    where = ["--system", one_line(record.system), "--env", one_line(record.environment)]
    many = len(names) > NAMED_AT_MOST and folder
    items = f"run:{one_line(folder)}" if many else ",".join(names)
    kept = [one_line(word) for word in _kept(record)]
    return shlex.join([*program, *_same_scope(record), *where, *kept, "--items", items])


def _kept(record: Record) -> list[str]:
    """The options to keep; a version may also have been expected by a variable."""
    kept, expected = kept_options(record.command), record.version.expected
    if not expected or any(word.startswith("--expect-version") for word in kept):
        return kept
    return ["--expect-version", ",".join(f"{k}={v}" for k, v in expected.items()), *kept]


def _same_scope(record: Record) -> list[str]:
    return ["-m", PROD_SMOKE] if record.selection.markers == PROD_SMOKE else []


def _bad_checks(item: Item) -> list[str]:
    return [one.check for one in item.attempts if one.outcome is not Outcome.PASSED and one.check]
