"""The history in a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from postdeploy.history.archive import Found
from postdeploy.history.kept import KeptRun
from postdeploy.history.marks import RED, UNSEEN, Mark
from postdeploy.history.since import compare, short_moment
from postdeploy.outcome import Verdict
from postdeploy.plain import one_line, shortened
from postdeploy.record.writers.wording import SYMBOLS, counted

WIDTH: Final = 80
PASSED_OVER_AT_MOST: Final = 10
ITEMS_AT_MOST: Final = 40
_UNSEEN: Final = UNSEEN | {Mark.OPEN}
_COLUMNS: Final = "{:16}  {:18}  {:8}  {:11}  {:>6}  {:>3}  {:>6}"


def lines(found: Found, last: int) -> Iterator[str]:
    """Of each system and environment the last runs, newest first, and what is to be said of the newest."""
    for place, runs in by_place(found.runs):
        yield from _place(place, runs, last, found.older.get(place, 0))
    yield from _passed_over(found.passed_over)


def by_place(runs: Sequence[KeptRun]) -> list[tuple[tuple[str, str], list[KeptRun]]]:
    """The runs of each system and environment, in the order in which they were given."""
    ordered = sorted(runs, key=lambda run: run.place)
    return [(place, list(some)) for place, some in groupby(ordered, key=lambda run: run.place)]


def verdict_word(verdict: Verdict | None) -> str:
    """The verdict, or a dash for a run that has none."""
    return verdict.value if verdict else "–"


def verdict_counts(runs: Sequence[KeptRun]) -> str:
    """How many runs ended with each verdict."""
    counts = Counter(run.verdict for run in runs)
    said = [f"{counts[verdict]} {verdict.value}" for verdict in Verdict if counts[verdict]]
    return ", ".join(said) or "no verdict"


def version(run: KeptRun) -> str:
    """The version, once if all services ran the same."""
    return ", ".join(dict.fromkeys(run.version.values())) or "–"


def number_of(run: KeptRun, marks: frozenset[Mark]) -> int:
    """How many items of the run have one of the marks."""
    return sum(run.outcomes.count(mark) for mark in marks)


def _place(place: tuple[str, str], runs: Sequence[KeptRun], last: int, older: int) -> Iterator[str]:
    newest = runs[-1]
    shown = runs[-last:]
    known = counted(len(runs) + older, "run")
    title = f"{newest.system_title or place[0]} · {place[1]}: the last {len(shown)} of {known}"
    yield from _wrapped(f"{title}, {verdict_counts(shown)}")
    yield ""
    yield _COLUMNS.format(
        "started (UTC)", "run", "verdict", "version", "took", "red", "unseen"
    ).rstrip()
    for run in reversed(shown):
        yield _row(run)
    yield ""
    yield from _newest(newest, runs, older)


def _row(run: KeptRun) -> str:
    red, unseen = number_of(run, RED), number_of(run, _UNSEEN)
    return _COLUMNS.format(
        short_moment(run.started),
        shortened(one_line(run.run_id), 18),
        verdict_word(run.verdict),
        shortened(one_line(version(run)), 11),
        _took(run),
        red or "–",
        unseen or "–",
    )


def _took(run: KeptRun) -> str:
    seconds = run.duration
    if seconds is None or seconds < 60:
        return "–" if seconds is None else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def _newest(newest: KeptRun, runs: Sequence[KeptRun], older: int) -> Iterator[str]:
    compared = compare(newest, runs, older)
    if compared is None:
        yield "No earlier run: nothing to compare with."
    else:
        items = list(compared.items.items())
        items.sort(key=lambda item: item[1].course is None)
        yield f"The newest beside {counted(compared.run.runs, 'earlier run')}:"
        for name, item in items[:ITEMS_AT_MOST]:
            text = f"{SYMBOLS[item.outcome]} {name}: {'; '.join(item.told)}"
            yield from _wrapped(text, "  ", "      ")
        if len(items) > ITEMS_AT_MOST:
            yield f"  and {counted(len(items) - ITEMS_AT_MOST, 'more item')}"
        if not items:
            yield "  nothing new"
    yield ""


def _passed_over(texts: Sequence[str]) -> Iterator[str]:
    if texts:
        yield "Passed over:"
    for text in texts[:PASSED_OVER_AT_MOST]:
        yield from _wrapped(text, "  ", "    ")
    if len(texts) > PASSED_OVER_AT_MOST:
        yield f"  and {len(texts) - PASSED_OVER_AT_MOST} more"


def _wrapped(text: str, first: str = "", rest: str = "  ") -> list[str]:
    return textwrap.wrap(
        shortened(one_line(text), 600), WIDTH, initial_indent=first, subsequent_indent=rest
    )
