"""`python -m bench.infra_calls [--rounds N] [--aws-cli PATH]`: how long the infrastructure checks look at AWS.

Each AWS call of the sandbox takes 80 ms more. The time is from the first call's beginning to the last
one's end. Beside it, where an `aws` command is at hand, the reads of the source's own shell scripts.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.__main__ import ROOT, sandbox

_DELAY = "80"
_BOUND = 3.0
_KEYS = {"AWS_ACCESS_KEY_ID": "sandbox", "AWS_SECRET_ACCESS_KEY": "sandbox-only"}
_TOOK = re.compile(r"^took (\w+) ([\d.]+)$", re.MULTILINE)


@dataclass(frozen=True)
class Calls:
    """The AWS calls of one run: how many, seconds from the first to the last, and all of them added."""

    number: int
    wall: float
    added: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 when the median is beyond the bound."""
    parser = argparse.ArgumentParser(prog="python -m bench.infra_calls", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--aws-cli", default=shutil.which("aws") or "", metavar="PATH")
    options = parser.parse_args(arguments)
    os.environ["SANDBOX_AWS_DELAY_MS"] = _DELAY
    with sandbox("instant") as address:
        run(address)  # AWS is always warm; a sandbox loads each service with its first call
        rounds = [_told(run(address)) for _ in range(options.rounds)]
        median = statistics.median(one.wall for one in rounds)
        print(
            f"median {median:.2f} s (bound {_BOUND:g} s), the calls one after another {_added(rounds):.1f} s"
        )
        if options.aws_cli:
            whole, parts = scripts(address, options.aws_cli)
            print(", ".join(f"{name} {seconds:.1f} s" for name, seconds in parts.items()))
            print(f"shell scripts together {whole:.1f} s, {whole / median:.1f} times as long")
        else:
            print("no aws command: the shell scripts were not run")
    return 0 if median <= _BOUND else 1


def run(address: str) -> Calls:
    """One run of all infrastructure checks."""
    with tempfile.TemporaryDirectory() as folder:
        noted = Path(folder) / "calls.json"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "--env",
            "sandbox",
            "-q",
            "-p",
            "bench.aws_clock",
        ]
        done = subprocess.run(
            [*command, f"--reports={folder}", "tests/infra"],
            cwd=ROOT,
            env={**os.environ, "POSTDEPLOY_SANDBOX": address, "BENCH_AWS_CALLS": str(noted)},
            capture_output=True,
            text=True,
            check=False,
        )
        if " failed" in done.stdout or " passed" not in done.stdout:
            raise SystemExit(done.stdout + done.stderr)
        calls = json.loads(noted.read_text(encoding="utf-8"))
    wall = max(end for *_, end in calls) - min(began for _, began, _ in calls)
    return Calls(len(calls), wall, sum(end - began for _, began, end in calls))


def scripts(address: str, aws: str) -> tuple[float, Mapping[str, float]]:
    """Seconds that the shell scripts take, together and each."""
    with urllib.request.urlopen(address) as answer:  # noqa: S310 - the sandbox's own address
        addresses = json.load(answer)
    where = {"AWS": addresses["aws"], "APP": addresses["app"], "API": addresses["api"]}
    started = time.monotonic()
    done = subprocess.run(
        [str(ROOT / "bench" / "source_scripts.sh")],
        env={**os.environ, **_KEYS, **where, "AWS_CLI": aws},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or done.stderr:
        raise SystemExit(done.stdout + done.stderr)
    found = {name: float(seconds) for name, seconds in _TOOK.findall(done.stdout)}
    return time.monotonic() - started, found


def _added(rounds: Sequence[Calls]) -> float:
    return statistics.median(one.added for one in rounds)


def _told(one: Calls) -> Calls:
    print(f"{one.wall:.2f} s from the first of {one.number} calls to the last", flush=True)
    return one


if __name__ == "__main__":
    sys.exit(main())
