"""What `postdeploy waivers` prints: every waiver of a system, how long it still holds, and what is wrong."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from postdeploy.checklist import Checklist, load_checklist
from postdeploy.errors import ConfigError, Problem
from postdeploy.plain import one_line
from postdeploy.target_file import environments, load_target
from postdeploy.waivers import CRITICAL, Ground, Waiver, WaiverFile, read_waivers, unclaimed_files

WIDTH = 80


@dataclass(frozen=True)
class Told:
    """Lines of one system, and whether everything in its file is right."""

    lines: tuple[str, ...]
    right: bool


def tell_waivers(root: Path, system: str, today: date) -> Told:
    """The waivers of `system`, judged in each of its environments. Raises ConfigError for an unknown system.

    Those of critical items are told as they are: only a run can be asked to let them count.
    """
    known, problems = _checklists(root, system)
    found = read_waivers(root / "waivers", system, Ground(known, today, allow_critical=True))
    problems += found.problems
    lines = [one_line(f"{system}: {_counted(found)}")]
    for waiver in found.waivers:
        lines += _lines(waiver, today, known)
    for problem in problems:
        lines += _wrapped(f"WRONG  {problem}", "", "       ")
    return Told(tuple(lines), not problems)


def stray_files(root: Path) -> list[str]:
    """Lines on files of waivers that belong to no system."""
    systems = [path.stem for path in (root / "targets").glob("*.toml")]
    strays = unclaimed_files(root / "waivers", systems)
    return [line for one in strays for line in _wrapped(f"WRONG  {one}", "", "       ")]


def _checklists(root: Path, system: str) -> tuple[dict[str, Checklist | None], list[Problem]]:
    """The checklist of each environment; what is wrong with an environment's own files is told once."""
    known: dict[str, Checklist | None] = {}
    problems: list[Problem] = []
    for name in environments(root / "targets", system):
        try:
            target = load_target(root / "targets", system, name, still_open=[])
            known[name] = load_checklist(root / "checklists", system, target.environment)
        except ConfigError as error:
            known[name] = None
            problems += error.problems
    return known, problems


def _counted(found: WaiverFile) -> str:
    number = len(found.waivers)
    right = " right" if found.problems else ""
    return f"{number or 'no'}{right} waiver{'s' * (number != 1)} in {found.path}"


def _lines(waiver: Waiver, today: date, known: dict[str, Checklist | None]) -> Iterator[str]:
    days = (waiver.expires - today).days
    left = "ends today" if days == 0 else f"{days} day{'s' * (days != 1)} left"
    critical = " [critical]" if _is_critical(waiver, known) else ""
    yield from _wrapped(f"{waiver.item}{critical}", "  ", "    ")
    places = ", ".join(waiver.environments)
    yield from _wrapped(f"{left}, until {waiver.expires}, in {places}", "    ", "    ")
    yield from _wrapped(f"{waiver.owner}: {waiver.reason}", "    ", "    ")


def _is_critical(waiver: Waiver, known: dict[str, Checklist | None]) -> bool:
    lists = [known[name] for name in waiver.environments if known.get(name) is not None]
    items = [one.item(waiver.item) for one in lists if one is not None]
    return any(item is not None and item.weight in CRITICAL for item in items)


def _wrapped(text: str, first: str, then: str) -> list[str]:
    return textwrap.wrap(
        one_line(text),
        WIDTH,
        initial_indent=first,
        subsequent_indent=then,
        break_on_hyphens=False,
    )
