"""Finds or starts the embedded deployment, which is reached over the network like any other."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from postdeploy.errors import ConfigError, Problem
from postdeploy.target import Environment

_START_SECONDS = 60
_STOP_SECONDS = 10
_CA_FILE = "ca_file"


@dataclass
class Embedded:
    """An embedded deployment: its addresses, and the process when it was started here."""

    addresses: Mapping[str, str]
    process: subprocess.Popen[str] | None = None

    def stop(self) -> None:
        """End the process that was started here; one that was running before is left alone."""
        if self.process is None:
            return
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def find_or_start(
    environment: Environment, named: str, root: Path, log: Path, system: str = ""
) -> Embedded:
    """The deployment that `named` (an announcement's address) or the target file points to, else a new one.

    One that is found and announces itself as another than `system` is left alone. `log` takes what a
    started process writes to stderr. Raises ConfigError when it cannot be had.
    """
    if named:
        addresses = _announcement(named)
        if addresses is None:
            mend = "Start it with `python -m sandbox`, or unset POSTDEPLOY_SANDBOX"
            raise ConfigError(
                [Problem("POSTDEPLOY_SANDBOX", f"no sandbox answers at {named}", mend)]
            )
        return Embedded(addresses)
    assert environment.discovery is not None
    addresses = _announcement(environment.discovery, system)
    return Embedded(addresses) if addresses is not None else _start(environment, root, log)


def find(environment: Environment, named: str, system: str) -> Embedded | None:
    """The deployment that runs already, as `find_or_start` would find it; None where there is none."""
    addresses = _announcement(named or str(environment.discovery), "" if named else system)
    return Embedded(addresses) if addresses is not None else None


def _announcement(url: str, system: str = "") -> Mapping[str, str] | None:
    try:
        answer = httpx.get(url, timeout=3, trust_env=False)
        found = answer.json() if answer.is_success else None
    except (httpx.HTTPError, ValueError):
        return None
    # One that tells no system stands in for whatever the target file takes it for.
    if not isinstance(found, dict) or (system and found.get("system", system) != system):
        return None
    return _addresses(found)


def _addresses(announcement: Mapping[str, object]) -> Mapping[str, str]:
    """Its addresses, and the file with the authority of its own certificates."""
    told = {key: value for key, value in announcement.items() if isinstance(value, str)}
    return {key: v for key, v in told.items() if v.startswith("http") or key == _CA_FILE}


def _start(environment: Environment, root: Path, log: Path) -> Embedded:
    command = [part.replace("{python}", sys.executable) for part in environment.launch]
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(  # noqa: S603 - the command is the project's own data
            command,
            cwd=root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    line = _first_line(process)
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if isinstance(found, dict):
        return Embedded(_addresses(found), process)
    process.kill()
    process.wait()
    tail = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    said = line or (tail[-1] if tail else "it said nothing")
    what = f"`{' '.join(environment.launch).replace('{python}', 'python')}` did not start: {said}"
    raise ConfigError([Problem("the embedded sandbox", what, f"Its log is {log}")])


def _first_line(process: subprocess.Popen[str]) -> str:
    """The first line of the process's output, or "" when it ends or says nothing in time."""
    assert process.stdout is not None
    lines: queue.Queue[str] = queue.Queue()
    reader = threading.Thread(
        target=lambda out=process.stdout: lines.put(out.readline()), daemon=True
    )
    reader.start()
    try:
        return lines.get(timeout=_START_SECONDS).strip()
    except queue.Empty:
        return ""
