"""`python -m bench.weather [--runs N] [--first SEED]`: whole runs against a healthy sandbox in bad weather.

Each run has a seed of its own, so that one that is not GO can be repeated: SANDBOX_WEATHER=1 SANDBOX_WEATHER_SEED=…
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.__main__ import ROOT, keep


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print a line for each and the sum at the end; 1 when any run was not GO."""
    parser = argparse.ArgumentParser(prog="python -m bench.weather", description=__doc__)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--first", type=int, default=1, metavar="SEED")
    options = parser.parse_args(arguments)
    verdicts: Counter[str] = Counter()
    for seed in range(options.first, options.first + options.runs):
        verdicts[one_run(seed)] += 1
    print(f"{options.runs} runs: " + ", ".join(f"{n} {v}" for v, n in verdicts.items()), flush=True)
    return 0 if set(verdicts) == {"GO"} else 1


def one_run(seed: int) -> str:
    """One run in the weather of that seed; its verdict."""
    weather = {"SANDBOX_WEATHER": "1", "SANDBOX_WEATHER_SEED": str(seed)}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pytest", "--env", "sandbox", "-q", f"--reports={folder}"]
        started = time.monotonic()
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **weather},
            capture_output=True,
            text=True,
            check=False,
        )
        wall = time.monotonic() - started
        path = Path(folder) / "latest" / "record.json"
        if not path.is_file():
            raise SystemExit(done.stdout + done.stderr)
        record = json.loads(path.read_text(encoding="utf-8"))
        if done.returncode != 0:
            keep(path.resolve().parent, done.stdout)
    print(
        f"seed {seed:3}: {record['verdict']}, exit {done.returncode}, {wall:.0f} s; {_told(record)}",
        flush=True,
    )
    return str(record["verdict"])


def _told(record: dict[str, Any]) -> str:
    items = [item for row in record["rows"] for item in row["items"]]
    by_outcome = Counter(item["outcome"] for item in items)
    shaken = [item["id"] for item in items if item["outcome"] not in ("passed", "not applicable")]
    return ", ".join(f"{n} {o}" for o, n in by_outcome.items()) + f" {' '.join(shaken)}"


if __name__ == "__main__":
    sys.exit(main())
