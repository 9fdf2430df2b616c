"""`python -m bench [--pace instant|demo] [--rounds N]`: whole runs against a sandbox that is already up."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
_EXPECTED = (0, 30)
"""GO, and what a check that is run alone ends with when it passes under CI: a partial run has no verdict."""


@dataclass(frozen=True)
class Measured:
    """One run, in seconds; `cpu` is the processor time of pytest, the browser and their children."""

    wall: float
    cpu: float
    before_checks: float
    checks: float
    after_checks: float
    longest: tuple[str, float]
    verdict: str


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print; `demo` also runs the longest flow alone, for the ratio."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--pace", choices=("instant", "demo"), default="instant")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--at-once", type=int, default=16)
    options = parser.parse_args(arguments)
    with sandbox(options.pace) as address:
        _imports()
        rounds = [_told(run(address, options.at_once)) for _ in range(options.rounds)]
        whole = statistics.median(one.wall for one in rounds)
        print(f"median of {len(rounds)} runs at pace {options.pace}: {whole:.1f} s")
        if options.pace == "demo":
            name = max(rounds, key=lambda one: one.longest[1]).longest[0]
            alone = statistics.median(
                run(address, options.at_once, name).wall for _ in range(options.rounds)
            )
            print(f"longest flow alone: {alone:.1f} s ({name}); ratio {whole / alone:.2f}")


@contextmanager
def sandbox(pace: str) -> Iterator[str]:
    """A running sandbox's announcement address; ended by closing its stdin."""
    command = [
        sys.executable,
        "-m",
        "sandbox",
        "--port",
        "0",
        "--pace",
        pace,
        "--until-stdin-closes",
    ]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["control"] + "/addresses.json"
        process.stdin.close()


def _imports() -> None:
    started = time.monotonic()
    subprocess.run(
        [
            sys.executable,
            "-c",
            "import pytest, playwright.async_api, boto3, httpx, postdeploy.session",
        ],
        check=True,
    )
    print(f"imports alone: {time.monotonic() - started:.2f} s")


def run(address: str, at_once: int, *checks: str) -> Measured:
    """One run of pytest, or of one check alone."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pytest", "-m", "prod_smoke", "--env", "sandbox", "-q"]
        before, started = os.times(), time.time()
        done = subprocess.run(
            [*command, f"--reports={folder}", "--at-once", str(at_once), *checks],
            cwd=ROOT,
            env={**os.environ, "POSTDEPLOY_SANDBOX": address},
            capture_output=True,
            text=True,
            check=False,
        )
        ended, after = time.time(), os.times()
        path = Path(folder) / "latest" / "record.json"
        if not path.is_file():
            raise SystemExit(done.stdout + done.stderr)
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["verdict"] not in ("GO", None) or done.returncode not in _EXPECTED:
            keep(path.resolve().parent, done.stdout)
    cpu = (
        after.children_user + after.children_system - before.children_user - before.children_system
    )
    return _measured(record, started, ended, cpu)


def keep(folder: Path, said: str) -> None:
    """A run that is not GO has measured something else, and must be looked at: its record is kept."""
    kept = ROOT / "reports" / folder.name
    shutil.copytree(folder, kept)
    print(f"not GO, kept as {kept.relative_to(ROOT)}:\n{said}", flush=True)


def _measured(record: dict[str, Any], started: float, ended: float, cpu: float) -> Measured:
    spans = {
        c["check"]: (_at(c["started"]), _at(c["ended"])) for c in record["checks"] if c["started"]
    }
    first, last = min(s for s, _ in spans.values()), max(e for _, e in spans.values())
    longest = max(spans, key=lambda check: spans[check][1] - spans[check][0])
    return Measured(
        wall=ended - started,
        cpu=cpu,
        before_checks=first - started,
        checks=last - first,
        after_checks=ended - last,
        longest=(longest, spans[longest][1] - spans[longest][0]),
        verdict=str(record["verdict"]),
    )


def _at(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def _told(one: Measured) -> Measured:
    print(
        f"{one.wall:5.1f} s wall, {one.cpu:5.1f} s processor: {one.before_checks:.1f} before the checks,"
        f" {one.checks:.1f} checks, {one.after_checks:.1f} after; verdict {one.verdict};"
        f" longest {one.longest[1]:.1f} s {one.longest[0]}",
        flush=True,
    )
    return one


if __name__ == "__main__":
    main()
