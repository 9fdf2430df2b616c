"""Runs killed with SIGKILL against the whole sandbox: one clean-up removes what they left, and touches nothing else.

The same as `python -m bench.kills` with its 200 runs (docs/leftovers.md), but for a few.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_SECONDS = 300


def test_of_killed_runs_nothing_is_left_and_nothing_else_is_touched() -> None:
    command = ["-m", "bench.kills", "--runs", "4", "--at-once", "2", "--usual", "5"]
    steering = ("POSTDEPLOY_", "PYTEST_", "QUMIS_", "GITHUB_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(steering)}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={key: value for key, value in kept.items() if key != "CI"},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "nothing of ours left, nothing else touched"
    assert " 0 may have left something" not in done.stdout
