"""What each fault must turn red, as written in expectations/<system>/*.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from selftests.faults.leaks import leaks
from selftests.faults.running import FaultRun

FOLDER = Path(__file__).with_name("expectations")
SYSTEMS = tuple(
    sorted((one.name for one in FOLDER.iterdir()), key=lambda name: (name != "qumis", name))
)
"""Every system that the sandbox stands in for; the deepest first."""


class Expectation(BaseModel):
    """One fault: the items that it must turn red, and those that may honestly be touched as well.

    `red` fail in every run, and of `any_red` at least one; `also` may fail too, because they look at
    the same wrong thing; `blocked` (patterns) are what cannot be observed then. Anything else that
    is not green is a false alarm. `green` have to be right all the same, for what is no fault of the product.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    system: str
    faults: tuple[str, ...]
    verdict: Literal["GO", "NO-GO", "ROLLBACK", "BLOCKED"]
    red: tuple[str, ...] = ()
    any_red: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    must_block: tuple[str, ...] = ()
    """Items that have to be blocked: for the checker's own trouble, which turns nothing red."""
    green: tuple[str, ...] = ()
    raises: tuple[str, ...] = ()
    """Titles of critical failure indicators that must be raised."""
    environment: dict[str, str] = {}
    """Variables of the sandbox and of the suite."""
    options: tuple[str, ...] = ()
    target: str = ""
    """Tables that the target file lacks, added to it for this run: for what the sandbox can do and usually does not."""
    intermittent: bool = False
    """The product is wrong at times: whether that stays red on a retry is part of what is tried."""
    alone: bool = False
    """Run no check but those concerned: where the world is made such that others cannot work in it."""

    @property
    def concerns(self) -> tuple[str, ...]:
        """The items whose checks must be run."""
        return (*self.red, *self.any_red, *self.must_block, *self.green)

    def disagreements(self, run: FaultRun) -> list[str]:
        """How the run differs from what was expected, in sentences."""
        failed, blocked = run.items("failed"), run.items("blocked")
        lines = [f"{item} should have failed" for item in self.red if item not in failed]
        if self.any_red and not any(item in failed for item in self.any_red):
            lines.append(f"one of {', '.join(self.any_red)} should have failed")
        right = run.items("passed", "flaky")
        lines += [f"{item} should be green" for item in self.green if item not in right]
        lines += [f"{item} should be blocked" for item in self.must_block if item not in blocked]
        lines += [
            f"{item} failed: {note}"
            for item, note in failed.items()
            if not _matches(item, (*self.red, *self.also))
        ]
        lines += [
            f"{item} is blocked: {note}"
            for item, note in blocked.items()
            if not _matches(item, (*self.blocked, *self.must_block, *self.also))
        ]
        raised = {one.title for one in run.record.indicators if one.state == "raised"}
        lines += [f"{title!r} should be raised" for title in self.raises if title not in raised]
        if run.record.verdict != self.verdict:
            lines.append(f"the verdict is {run.record.verdict}, expected {self.verdict}")
        return lines + leaks(run)


def _matches(item: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(item, pattern) for pattern in patterns)


def read_expectations(system: str) -> list[Expectation]:
    """A system's expectations, file by file in the order of each. Raises ValueError for a name used twice."""
    tables: dict[str, dict[str, Any]] = {}
    for file in sorted((FOLDER / system).glob("*.toml")):
        found = tomllib.loads(file.read_text(encoding="utf-8"))
        if twice := tables.keys() & found.keys():
            raise ValueError(f"{file.name}: {sorted(twice)} are in another file already")
        tables |= found
    return [
        Expectation(**{"name": name, "system": system, "faults": (name,), **table})
        for name, table in tables.items()
    ]


def core(expectations: Sequence[Expectation]) -> list[Expectation]:
    """As few of them as turn every item red at least once, and all that turn none, in their order."""
    kept = {e.name for e in expectations if not e.red}
    left = {item for e in expectations for item in e.red}
    while left:
        best = max(expectations, key=lambda e: (len(left.intersection(e.red)), -len(e.also)))
        kept.add(best.name)
        left -= set(best.red)
    return [e for e in expectations if e.name in kept]
