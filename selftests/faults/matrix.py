"""Writes the kill matrices, docs/kill-matrix*.md: `python -m selftests.faults.matrix [--check]`.

What it says is what the expectations say, each of which `make faults` proves by a run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from selftests.faults.expected import SYSTEMS, Expectation, read_expectations
from selftests.faults.plans import read_plan
from selftests.faults.survey import fault_titles
from selftests.faults.warm import ROOT

_PRECONDITION = "B"
_HEAD = """# The kill matrix of {system}

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
    wrong = [system for system in SYSTEMS if not _settle(system, check=options.check)]
    for system in wrong:
        print(f"{_file(system).name} is out of date: python -m selftests.faults.matrix")
    return 1 if wrong else 0


def _settle(system: str, *, check: bool) -> bool:
    """Write the system's page, or only look whether it is what it should be."""
    expectations, titles = read_expectations(system), fault_titles(system)
    lines = page_lines(read_plan(system), expectations, titles)
    page = "\n".join([_HEAD.format(system=system), *lines]) + "\n"
    file = _file(system)
    if not check:
        file.write_text(page, encoding="utf-8")
        return True
    return file.is_file() and file.read_text(encoding="utf-8") == page


def _file(system: str) -> Path:
    name = "kill-matrix.md" if system == SYSTEMS[0] else f"kill-matrix-{system}.md"
    return ROOT / "docs" / name


def kills(
    plan: Mapping[str, Any], expectations: Sequence[Expectation]
) -> dict[str, list[Expectation]]:
    """For each item the expectations that must turn it red; a precondition that is blocked is red."""
    return {item["id"]: [e for e in expectations if _kills(e, item)] for item in plan["items"]}


def vacuous(plan: Mapping[str, Any], expectations: Sequence[Expectation]) -> list[str]:
    """Items that no fault turns red, of those that the sandbox has."""
    there = {item["id"] for item in plan["items"] if item["applicable"]}
    return [item for item, by in kills(plan, expectations).items() if not by and item in there]


def _kills(expectation: Expectation, item: Mapping[str, Any]) -> bool:
    red = item["id"] in expectation.red
    return red or (item["weight"] == _PRECONDITION and item["id"] in expectation.must_block)


def page_lines(
    plan: Mapping[str, Any], expectations: Sequence[Expectation], titles: Mapping[str, str]
) -> Iterator[str]:
    """The page below its head, line by line."""
    killed = kills(plan, expectations)
    empty = vacuous(plan, expectations)
    absent = [item for item, by in killed.items() if not by and item not in empty]
    twice = sum(len(by) > 1 for by in killed.values())
    alive = len(killed) - len(empty) - len(absent)
    yield f"{len(killed)} items; {alive} killed, {twice} of them by two faults or more;"
    yield f"{len(expectations)} expectations. Vacuous items: {', '.join(empty) or 'none'}."
    if absent:
        yield f"Not there in the sandbox: {', '.join(absent)}."
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
        none = "**vacuous**" if item["applicable"] else f"not there: {item['why']}"
        yield f"| {item['id']} | {item['weight']} | {by or none} |"


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
