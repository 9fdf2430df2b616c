"""Writes the kill matrix: `python -m selftests.faults.matrix [--check]`, docs/kill-matrix.md.

What it says is what the expectations say, each of which `make faults` proves by a run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from selftests.faults.expected import Expectation, read_expectations
from selftests.faults.running import read_plan
from selftests.faults.survey import fault_titles
from selftests.faults.warm import ROOT

FILE = ROOT / "docs" / "kill-matrix.md"
_PRECONDITION = "B"
_HEAD = """# The kill matrix

Each item of the checklist, with the faults of the sandbox that turn it red and the verdict that follows. A check
that no fault can turn red says nothing. `make faults` proves each line by a run: the items named here fail, what
honestly depends on them is blocked, and nothing else among the checks that were run turns red.
Written by `python -m selftests.faults.matrix`; a self-test holds it to the expectations.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, or say whether the one that is there is right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; 1 when it is out of date"
    )
    options = parser.parse_args(arguments)
    page = "\n".join(page_lines(read_plan(), read_expectations(), fault_titles())) + "\n"
    if not options.check:
        FILE.write_text(page, encoding="utf-8")
        return 0
    fits = FILE.is_file() and FILE.read_text(encoding="utf-8") == page
    if not fits:
        print("docs/kill-matrix.md is out of date: python -m selftests.faults.matrix")
    return 0 if fits else 1


def kills(
    plan: Mapping[str, Any], expectations: Sequence[Expectation]
) -> dict[str, list[Expectation]]:
    """For each item the expectations that must turn it red; a precondition that is blocked is red."""
    return {item["id"]: [e for e in expectations if _kills(e, item)] for item in plan["items"]}


def vacuous(plan: Mapping[str, Any], expectations: Sequence[Expectation]) -> list[str]:
    """Items that no fault turns red."""
    return [item for item, by in kills(plan, expectations).items() if not by]


def _kills(expectation: Expectation, item: Mapping[str, Any]) -> bool:
    red = item["id"] in expectation.red
    return red or (item["weight"] == _PRECONDITION and item["id"] in expectation.must_block)


def page_lines(
    plan: Mapping[str, Any], expectations: Sequence[Expectation], titles: Mapping[str, str]
) -> Iterator[str]:
    """The page, line by line."""
    killed = kills(plan, expectations)
    empty = [item for item, by in killed.items() if not by]
    twice = sum(len(by) > 1 for by in killed.values())
    yield _HEAD
    yield f"{len(killed)} items; {len(killed) - len(empty)} killed, {twice} of them by two faults or more;"
    yield f"{len(expectations)} expectations. Vacuous items: {', '.join(empty) or 'none'}."
    for row in plan["rows"]:
        items = [item for item in plan["items"] if item["row"] == row["id"]]
        if items:
            yield from _row_lines(row, items, killed)
    yield from _fault_lines(expectations, titles)


def _row_lines(
    row: Mapping[str, Any],
    items: Sequence[Mapping[str, Any]],
    killed: Mapping[str, Sequence[Expectation]],
) -> Iterator[str]:
    yield ""
    yield f"## {row['title']}"
    yield ""
    yield "| item | weight | faults → verdict |"
    yield "|---|---|---|"
    for item in items:
        by = " · ".join(f"`{e.name}` → {e.verdict}" for e in killed[item["id"]])
        yield f"| {item['id']} | {item['weight']} | {by or '**vacuous**'} |"


def _fault_lines(expectations: Sequence[Expectation], titles: Mapping[str, str]) -> Iterator[str]:
    yield ""
    yield "## The faults, and what they are"
    yield ""
    yield "| fault | what is wrong | red | verdict |"
    yield "|---|---|---|---|"
    for e in sorted(expectations, key=lambda expectation: expectation.name):
        told = (
            "; ".join(titles[fault] for fault in e.faults)
            or "the suite or the run, not the sandbox"
        )
        yield f"| `{e.name}` | {told} | {_red(e)} | {e.verdict} |"


def _red(expectation: Expectation) -> str:
    parts = [", ".join(expectation.red)]
    if expectation.any_red:
        parts.append("one of " + ", ".join(expectation.any_red))
    if expectation.must_block:
        parts.append("blocked: " + ", ".join(expectation.must_block))
    return "; ".join(part for part in parts if part) or "nothing"


if __name__ == "__main__":
    sys.exit(main())
