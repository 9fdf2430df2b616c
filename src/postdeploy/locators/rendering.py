"""Writes the counts of all locators as lines of at most 80 columns, or as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import groupby

from postdeploy.locators.tally import Row

_WIDTH = 80
_STATE = 17
_INDENT = " " * (_STATE + 2)


def lines(rows: Iterable[Row]) -> Iterator[str]:
    """Page by page, a line for each locator; one that every page has is told where it is met first."""
    seen: set[tuple[str, ...]] = set()
    for page, group in groupby(rows, lambda row: row.page):
        fresh = [row for row in group if row.wrong or _told(row) not in seen]
        seen |= {_told(row) for row in fresh}
        yield page if fresh else f"{page}: as above"
        for row in fresh:
            yield from _lines(row)


def _told(row: Row) -> tuple[str, ...]:
    return (row.locator, row.wanted, row.state, row.note)


def _lines(row: Row) -> Iterator[str]:
    yield from _wrapped(f"  {row.state:<{_STATE}}{_what(row)}")
    if not row.wrong or not row.locator:
        return
    if row.key:
        yield from _wrapped(f"{_INDENT}label: {row.key}")
    near = "; ".join(row.nearest) or "nothing of that role or name"
    yield from _wrapped(f"{_INDENT}{'these' if row.state == 'several' else 'nearest'}: {near}")


def _what(row: Row) -> str:
    if not row.locator:
        return row.note
    if row.state in ("OK", "none", "several"):
        return f"{row.locator}: {row.wanted} ({row.found})"
    return f"{row.locator}: {row.wanted}" + (f"; {row.note}" if row.note else "")


def _wrapped(line: str) -> list[str]:
    start = line[: len(line) - len(line.lstrip())]
    # Two blanks stand between state and locator, which textwrap keeps as they are.
    return textwrap.wrap(
        line.lstrip(), _WIDTH, initial_indent=start, subsequent_indent=_INDENT + "  "
    )


def summary(rows: Iterable[Row]) -> str:
    """The last line: how many locators there are, and what became of them."""
    all_rows = list(rows)
    counted = [row for row in all_rows if row.locator]
    states = ("OK", "none", "several", "after an action", "not reached")
    told = ", ".join(
        f"{number} {state}"
        for state in states
        if (number := sum(row.state == state for row in all_rows))
    )
    pages = len({row.page for row in counted})
    return f"{len(counted)} locators on {pages} pages: {told}"


def as_json(rows: Iterable[Row]) -> str:
    """All rows, with nothing left out."""
    return json.dumps(
        [{**asdict(row), "wrong": row.wrong} for row in rows], indent=2, ensure_ascii=False
    )
