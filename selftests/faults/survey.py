"""Prints what the checks make of each fault: `python -m selftests.faults.survey [FAULT …] [--all-checks]`."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from selftests.faults.running import FaultHouse, FaultRun
from selftests.faults.warm import ROOT

_EXPECTED = ("no check yet", "outside this run's scope", "selected away", "not selected")
"""Beginnings of the notes of items that a narrowed run leaves out on purpose."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run each fault against the whole suite (or the checks given) and print the items that are not green."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("faults", nargs="*")
    parser.add_argument("--system", default="qumis")
    parser.add_argument("--checks", nargs="*", default=[], help="node ids; none = the whole suite")
    parser.add_argument("--notes", action="store_true", help="with what was observed")
    options = parser.parse_args(arguments)
    with FaultHouse() as house:
        for fault in options.faults or every_fault(options.system):
            with tempfile.TemporaryDirectory() as folder:
                run = house.run([fault], options.checks, Path(folder), system=options.system)
            print(told(fault, run, options.notes), flush=True)


def fault_titles(system: str) -> dict[str, str]:
    """All faults that the system's sandbox knows: id, and what is wrong then."""
    done = subprocess.run(
        [sys.executable, "-m", "sandbox", "--system", system, "--list-faults"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = (line.split(maxsplit=1) for line in done.stdout.splitlines() if line.strip())
    return {name: title.strip() for name, title in lines}


def every_fault(system: str) -> list[str]:
    """Ids of all faults that the system's sandbox knows."""
    return list(fault_titles(system))


def told(fault: str, run: FaultRun, notes: bool) -> str:
    """The fault, its verdict, and the items that it turned."""
    lines = [f"{fault}: {run.record.verdict} (exit {run.exit_code})"]
    for outcome in ("failed", "flaky", "blocked", "not run"):
        for item, note in sorted(run.items(outcome).items()):
            if outcome != "not run" or not note.startswith(_EXPECTED):
                first = note.splitlines()[0] if note else ""
                lines.append(f"    {outcome} {item}" + (f": {first}" if notes else ""))
    return "\n".join(lines)


if __name__ == "__main__":
    main()
