"""The record in a terminal: short when all is well, failures first when it is not."""

import textwrap
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Final

from postdeploy.outcome import Outcome, Verdict, Weight
from postdeploy.plain import one_line, shortened, without_commands
from postdeploy.record.model import Item, Record, Row
from postdeploy.record.writers.wording import (
    SYMBOLS,
    counted,
    duration,
    history_note,
    history_sentence,
    is_mild,
    own_note,
    place,
    repeat_command,
    scope_sentence,
    unseen_groups,
    unwell,
    verdict_told,
    verdict_word,
    versions,
)

TOLD_AT_MOST: Final = 10
WARNINGS_AT_MOST: Final = 4
HISTORY_AT_MOST: Final = 5
TWO_COLUMNS_FROM: Final = 76
SCREEN: Final = 20
"""Of the 24 lines of a small window: the run's first one, the seal and pytest's last word go there, too."""
_LABEL: Final = 10

_CODES: Final = {
    Outcome.PASSED: "32",
    Outcome.FAILED: "31;1",
    Outcome.BLOCKED: "33",
    Outcome.FLAKY: "33",
    Outcome.WAIVED: "36",
    Outcome.ATTESTED: "36",
    Outcome.NOT_APPLICABLE: "2",
    Outcome.NOT_RUN: "2",
}
_VERDICT_CODES: Final = {
    Verdict.GO: "30;42",
    Verdict.NO_GO: "97;41",
    Verdict.ROLLBACK: "97;41;1",
    Verdict.BLOCKED: "30;43",
    None: "7",
}


def render(
    record: Record,
    width: int = 80,
    colour: bool = False,
    folder: str = "",
    program: Sequence[str] = ("pytest",),
) -> str:
    """The record for a terminal of `width` columns; `folder` is named as where the rest is, and
    `program` is what the command that repeats failed checks begins with.
    """
    width = max(width, 40)
    paint = _Paint(colour)
    before = [
        _heading(record, width),
        _failures(record, width, paint, folder),
        _rows(record.rows, width, paint),
    ]
    after = [_repeat(record, program, folder), _ending(record, width, paint, folder)]
    room = _room([*before, *after]) if record.verdict is Verdict.GO else None
    parts = [*before, *_asides(record, width, room), *after]
    return without_commands("\n\n".join("\n".join(part) for part in parts if part) + "\n")


def _room(parts: Iterable[Sequence[str]]) -> int:
    """How many lines of a small window are left beside these parts, which stand apart."""
    return SCREEN - sum(len(part) + 1 for part in parts if part)


def _asides(record: Record, width: int, room: int | None) -> list[list[str]]:
    """Warnings and what earlier runs say: on a GO no more than goes on one screen with the rest."""
    warnings, history = _warnings(record, width), _history(record, width)
    if room is None or len(warnings) + len(history) + 2 <= room:
        return [warnings, history]
    told = len(history_told(record, width))
    history = _history(record, width, most=max(room - len(warnings) - told - 3, 0))
    if len(warnings) + len(history) + 2 > room:
        warnings = _warnings(record, width, most=max(room - len(history) - 3, 0))
    return [warnings, history]


class _Paint:
    """Colours text, or leaves it as it is; words carry the meaning either way."""

    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def __call__(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text


def _heading(record: Record, width: int) -> list[str]:
    first = f"{place(record)} · {versions(record)} · {scope_sentence(record)}"
    number = counted(len(record.items), "item")
    second = f"{number} in {duration(record.seconds)} · {record.tester or 'no tester named'}"
    if record.reason:
        second = f"{second} · {record.reason}"
    return [shortened(one_line(line), width) for line in (first, second)]


def _failures(record: Record, width: int, paint: _Paint, folder: str) -> list[str]:
    bad = unwell(record)
    failed = [item for item in bad if item.outcome is Outcome.FAILED]
    groups = [_failure(item, width, paint, folder) for item in failed[:TOLD_AT_MOST]]
    groups.append([_title(item, width, paint)[0] for item in failed[TOLD_AT_MOST:]])
    groups.append(_unseen(bad, width, paint))
    return "\n\n".join("\n".join(group) for group in groups if group).splitlines()


def _failure(item: Item, width: int, paint: _Paint, folder: str) -> list[str]:
    return [
        *_title(item, width, paint),
        *_field("expected", item.expected, width),
        *_field("observed", item.observed, width),
        *_field("note", own_note(item), width),
        *_field("history", history_note(item), width),
        *_field("to do", item.remediation, width),
        *_pictures(item, width, folder),
    ]


def _pictures(item: Item, width: int, folder: str) -> list[str]:
    """Where its screenshots are, as paths to be copied; without the run's folder where they would not fit."""
    lines = []
    paths = [evidence.path for evidence in item.evidence if evidence.path]
    for path in paths[:2]:
        room = width - _LABEL - 4
        whole = one_line(f"{folder}/{path}" if folder else path)
        lines += _field("see", whole if len(whole) <= room else path, width)
    return lines


def _title(item: Item, width: int, paint: _Paint) -> list[str]:
    word = f"{SYMBOLS[item.outcome]} {item.outcome.value}"
    meaning = " [ROLLBACK]" if item.weight is Weight.R else ""
    text = one_line(f"{'x' * len(word)} {item.id}{meaning} – {item.title}")
    first, *rest = textwrap.wrap(text, width, subsequent_indent="    ", break_on_hyphens=False)
    return [paint(word, _CODES[item.outcome]) + first[len(word) :], *rest]


def _field(label: str, text: str, width: int) -> list[str]:
    text = shortened(one_line(text), 3 * (width - _LABEL - 4))
    if not text:
        return []
    lead = "    " + label.ljust(_LABEL)
    return textwrap.wrap(
        text, width, initial_indent=lead, subsequent_indent=" " * len(lead), break_on_hyphens=False
    )


def _unseen(items: Iterable[Item], width: int, paint: _Paint) -> list[str]:
    """Items that nobody observed, grouped by what was in the way."""
    lines = []
    for outcome, reason, group in unseen_groups(items):
        word = f"{SYMBOLS[outcome]} {outcome.value}"
        said = shortened(one_line(reason), width - len(word) - 1)
        lines.append(f"{paint(word, _CODES[Outcome.BLOCKED])} {said}")
        names = ", ".join(item.id for item in group)
        lines += _field(counted(len(group), "item"), names, width)
    return lines


def _rows(rows: Sequence[Row], width: int, paint: _Paint) -> list[str]:
    status = max((len(row.status.value) for row in rows), default=0) + 4
    if width < TWO_COLUMNS_FROM:
        return [_row(row, width, status, paint) for row in rows]
    column = (width - 3) // 2
    half = (len(rows) + 1) // 2
    pairs = zip_longest(rows[:half], rows[half:])
    return [
        "   ".join(_row(row, column, status, paint) for row in pair if row is not None).rstrip()
        for pair in pairs
    ]


def _row(row: Row, width: int, status: int, paint: _Paint) -> str:
    word = f"{SYMBOLS[row.status]} {row.status.value}"
    answered = sum(item.outcome in _WELL for item in row.items)
    there = sum(item.outcome is not Outcome.NOT_APPLICABLE for item in row.items)
    tally = f"{answered}/{there}" if row.items else ""
    room = width - status - len(tally) - 1
    title = shortened(one_line(row.title), room).ljust(room)
    code = _CODES[Outcome.BLOCKED if is_mild(row.items) else row.status]
    return f"{paint(word.ljust(status), code)}{title} {tally}"


_WELL: Final = frozenset({Outcome.PASSED, Outcome.FLAKY, Outcome.WAIVED, Outcome.ATTESTED})


def _warnings(record: Record, width: int, most: int = WARNINGS_AT_MOST) -> list[str]:
    warnings = record.decision.warnings
    # Those of the waivers come first, and none of them is left out.
    most = max(most, record.decision.waivers)
    lines = [shortened(f"! {one_line(text)}", width) for text in warnings[:most]]
    more = len(warnings) - most
    return [*lines, f"! and {counted(more, 'more warning')} in the record"] if more > 0 else lines


def history_told(record: Record, width: int) -> list[str]:
    """The sentence on this run beside earlier ones, in lines; none where none is known."""
    return textwrap.wrap(one_line(history_sentence(record)), width)


def _history(record: Record, width: int, most: int = HISTORY_AT_MOST) -> list[str]:
    """What is new beside earlier runs; what stands with its failure above is not said twice."""
    sentence = history_told(record, width)
    if not sentence:
        return []
    above = [item.id for item in unwell(record) if item.outcome is Outcome.FAILED]
    items = [
        item for item in record.items if history_note(item) and item.id not in above[:TOLD_AT_MOST]
    ]
    # What is fixed and what is new comes before what only took long.
    items.sort(key=lambda item: not (item.history and item.history.course))
    lines = [
        shortened(one_line(f"{SYMBOLS[item.outcome]} {item.id}: {history_note(item)}"), width - 2)
        for item in items[:most]
    ]
    more = len(items) - most
    rest = [f"  and {counted(more, 'more item')} in the record"] if more > 0 and most else []
    return [*sentence, *(f"  {line}" for line in lines), *rest]


def _repeat(record: Record, program: Sequence[str], folder: str) -> list[str]:
    # Not wrapped: it is there to be copied.
    command = repeat_command(record, program, folder)
    return [f"Run just these again:\n  {one_line(command)}"] if command else []


def _ending(record: Record, width: int, paint: _Paint, folder: str) -> list[str]:
    lines = _verdict(record, width, paint)
    if folder:
        lines.append(f"Record: {one_line(folder)}/record.html")
    return lines


def _verdict(record: Record, width: int, paint: _Paint) -> list[str]:
    code = _VERDICT_CODES[record.verdict]
    sentence = one_line(record.decision.because)
    if record.decision.waivers and record.verdict is Verdict.GO:
        told = textwrap.wrap(verdict_told(record), width - 2, break_on_hyphens=False)
        return [
            *(paint(f" {line} ", code) for line in told),
            *textwrap.wrap(sentence, width, break_on_hyphens=False),
        ]
    word = f" {verdict_word(record)} "
    first, *rest = textwrap.wrap(f"{'x' * len(word)} {sentence}", width, break_on_hyphens=False)
    return [paint(word, code) + first[len(word) :], *rest]
