"""Runs the commands of the set-up: quiet for the reader, with all they said kept in a file."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

WORD_EVERY = 15.0
"""Seconds after which a command that still runs is worth a word."""


class SetupError(Exception):
    """A person has to do something before this folder can be made ready; the message says what."""


def say(words: str) -> None:
    """Tell whoever waits."""
    print(f"postdeploy: {words}", flush=True)


def succeeds(
    command: Sequence[str],
    log: Path,
    *,
    limit: float,
    environment: Mapping[str, str] | None = None,
) -> bool:
    """Whether the command ended with 0 within limit seconds; what it said is appended to the log.

    A command that takes longer is ended together with the processes that it started.
    """
    with log.open("ab") as output:
        output.write(f"\n$ {' '.join(command)}\n".encode())
        output.flush()
        try:
            process = subprocess.Popen(  # noqa: S603 - every command is spelled out by its caller
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )
        except OSError as error:
            output.write(f"{error}\n".encode())
            return False
        return _wait(process, limit) == 0


def last_lines(log: Path, count: int = 15) -> str:
    """The end of what commands said, indented for a message."""
    lines = log.read_text(errors="replace").splitlines()
    return "\n".join(f"    {line}" for line in lines[-count:])


def _wait(process: subprocess.Popen[bytes], limit: float) -> int:
    """The exit code; 124 when the limit ended it, as with timeout(1)."""
    started = time.monotonic()
    try:
        while (left := limit - (time.monotonic() - started)) > 0:
            try:
                return process.wait(min(WORD_EVERY, left))
            except subprocess.TimeoutExpired:
                say(f"… still at it ({time.monotonic() - started:.0f} s)")
        return 124
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
