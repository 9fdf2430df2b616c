"""`python -m bench.log_errors [--events N]`: what it costs the suite to count the errors among many log events.

The stand-in holds them in a process of its own; what is measured is the process that asks, with all
that a run of the suite imports.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bench.__main__ import ROOT
from postdeploy.probes.aws.logs import LogWindow, observe_errors
from postdeploy.probes.aws.session import AwsSession, open_session
from postdeploy.target import Aws, LogGroup

_GROUP = "ecs/blue/sandbox/api"
_MINUTES = 30
_SECONDS_BOUND = 5.0
_MEMORY_BOUND = 200.0


@dataclass(frozen=True)
class Release:
    """What the stand-in must know of the product."""

    version: str = "2026.11.3-4f2a9c1"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 when a bound is not held or the count is wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench.log_errors", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--every", type=int, default=1000, help="each so many-th event is an error")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.serve:
        return serve(options.events, options.every)
    _import_all_of_a_run()
    expected = len(range(0, options.events, options.every)) if options.every else 0
    with stand_in(options.events, options.every) as url:
        before, used = _megabytes(), time.process_time()
        rounds = [timed(url) for _ in range(options.rounds)]
    peak = _megabytes()
    slowest = max(seconds for seconds, _ in rounds)
    print(f"{time.process_time() - used:.2f} s of processor in this process, in all rounds")
    for seconds, seen in rounds:
        print(f"{seconds:.2f} s: {_told(seen)}, of {options.events:,} events")
    print(f"slowest {slowest:.2f} s (bound {_SECONDS_BOUND:g} s)")
    print(
        f"peak of this process {peak:.0f} MiB (bound {_MEMORY_BOUND:g}), {before:.0f} before it asked"
    )
    right = all(seen.count == expected for _, seen in rounds)
    if not right:
        print(f"WRONG: {expected} errors are there")
    return 0 if right and slowest <= _SECONDS_BOUND and peak <= _MEMORY_BOUND else 1


def timed(url: str) -> tuple[float, LogWindow]:
    """One look with a session of its own, from its first client on: seconds and what was seen."""
    session = _session(url)
    group, now = LogGroup(name=_GROUP), datetime.now(UTC)
    started = time.monotonic()
    start = now - timedelta(minutes=_MINUTES + 15)
    seen = observe_errors(session, _GROUP, start, now, patterns=group.patterns)
    return time.monotonic() - started, seen


def _session(url: str) -> AwsSession:
    aws = Aws(account="123456789012", region="us-east-2", endpoint_url=url)
    return open_session(aws, access_key="sandbox", secret_key="sandbox-only", user_agent="bench")  # noqa: S106 - the stand-in's public key


def _told(seen: LogWindow) -> str:
    kinds = sum(one.count for one in seen.errors)
    return f"{seen.counted} errors ({kinds} looked at), {seen.scanned_bytes or 0:,} bytes scanned"


def _import_all_of_a_run() -> None:
    for name in ("pytest", "playwright.async_api", "postdeploy.session"):
        importlib.import_module(name)


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def stand_in(events: int, every: int) -> Iterator[str]:
    """The address of a filled stand-in in a process of its own, ended by closing its stdin."""
    command = [sys.executable, "-m", "bench.log_errors", "--serve"]
    with subprocess.Popen(
        [*command, "--events", str(events), "--every", str(every)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
        process.stdin.close()


def serve(events: int, every: int) -> int:
    """Be the stand-in, with that many events in one log group, until stdin closes."""
    from moto.logs.models import LogEvent

    from sandbox.aws import AwsStandIn, backends
    from sandbox.systems.qumis import ACCOUNT_AT_START

    opened = AwsStandIn(Release(), ACCOUNT_AT_START)
    (stream,) = backends.logs().groups[_GROUP].streams.values()
    stream.events.clear()
    end = int(time.time() * 1000) - 1000
    span = _MINUTES * 60_000
    for number in range(events):
        at = end - span + span * number // events
        error = every and number % every == 0
        line = _line(number, error=bool(error))
        stream.events.append(LogEvent(at, {"timestamp": at, "message": line}))
    gc.freeze()  # a sandbox that collects garbage among so many events would be what is measured
    print(json.dumps({"url": f"http://127.0.0.1:{opened.start(0)}"}), flush=True)
    sys.stdin.read()
    opened.stop()
    return 0


def _line(number: int, *, error: bool) -> str:
    if error:
        return (
            f"2026-11-21T10:00:00.000Z [ERROR] PG::ConnectionBad: job {number} lost its connection"
        )
    return f"2026-11-21T10:00:00.000Z [INFO] method=GET path=/api/v1/documents/{number} status=200 duration=12.1"


if __name__ == "__main__":
    sys.exit(main())
