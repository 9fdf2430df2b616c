"""Which runs are at work on this machine, and which ended without a word: a lock held for as long as a run lives."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path

from postdeploy.errors import ConfigError, Problem
from postdeploy.leases import locked
from postdeploy.naming import began
from postdeploy.target import Target

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_MARK = re.compile(r"(?P<run>.{18})(?:-gw\d+)?\.run", re.ASCII)


_KEPT = timedelta(days=30)


class Standing(Enum):
    """What is known of a run by its marks."""

    ALIVE = "alive"
    DEAD = "dead"
    """A process of this machine held the mark, and holds it no more."""
    UNKNOWN = "unknown"
    """Nobody left a mark here: a run of another machine or account, or one that ended in order."""


@dataclass(frozen=True)
class Trace:
    """A run of this machine that ended without a word, and the folder that holds its ledgers."""

    run_id: str
    folder: Path


class Presence:
    """The marks of all runs of one account on one machine; without a folder nobody leaves any."""

    def __init__(self, folder: Path | None, target: Target) -> None:
        self._folder = folder
        self._deployment = deployment(target)
        self._held: dict[Path, int] = {}

    def announce(self, run_id: str, worker: str, reports: Path) -> bool:
        """Leave this process's mark and hold it; False where there is no place for it.

        Raises FileExistsError when another run has the same id.
        """
        if self._folder is None:
            return False
        told = {"machine": machine(), "deployment": self._deployment, "reports": str(reports)}
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = self._folder / f"{run_id}{f'-{worker}' if worker else ''}.run"
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            # Whoever finds it empty takes the run for alive and does not touch the lock.
            locked(file)
            os.write(file, json.dumps(told).encode())
        except FileExistsError:
            raise
        except OSError:  # the age of what it makes protects the run all the same
            return False
        self._held[path] = file
        self._prune()
        return True

    def begin(self, run_id: str, worker: str, reports: Path) -> None:
        """As `announce`. Raises ConfigError when another run has the same id."""
        try:
            self.announce(run_id, worker, reports)
        except FileExistsError:
            what = f"another run on this machine began in the same second as {run_id}"
            raise ConfigError([Problem("the run's id", what, "Start this one again")]) from None

    def _prune(self) -> None:
        """Forget runs that ended long ago: whatever they left is old by every clock."""
        for path in self._marks():
            moment = began(path.name[:18])
            if moment and datetime.now(UTC) - moment > _KEPT and path not in self._held:
                self.forget(path.name[:18])

    def leave(self, *, clean: bool) -> None:
        """Let go of this process's marks; where something was left behind they stay, and tell so."""
        for path, file in self._held.items():
            if clean:
                with contextlib.suppress(OSError):
                    path.unlink()
            os.close(file)
        self._held.clear()

    def forget(self, run_id: str) -> None:
        """Remove the marks of a run's workers, of which nothing is left."""
        for path in self._marks(run_id):
            if path not in self._held and _free(path):
                path.unlink(missing_ok=True)

    def standing(self, run_id: str) -> Standing:
        """What is known of that run."""
        seen = {self._judge(path) for path in self._marks(run_id)}
        if Standing.ALIVE in seen:
            return Standing.ALIVE
        return Standing.DEAD if seen == {Standing.DEAD} else Standing.UNKNOWN

    def dead(self) -> list[Trace]:
        """The runs against this deployment that ended here without a word."""
        found: dict[str, Trace] = {}
        for path in self._marks():
            told = _told(path)
            run_id = path.name[:18]
            if told.get("deployment") != self._deployment or not told.get("reports"):
                continue
            if self.standing(run_id) is Standing.DEAD:
                found[run_id] = Trace(run_id, Path(told["reports"]))
        return [found[run_id] for run_id in sorted(found)]

    def _marks(self, run_id: str = "") -> Iterator[Path]:
        if self._folder is None or not self._folder.is_dir():
            return
        for path in sorted(self._folder.iterdir()):
            found = _MARK.fullmatch(path.name)
            if found and began(found["run"]) and run_id in ("", found["run"]):
                yield path

    def _judge(self, path: Path) -> Standing:
        told = _told(path)
        if path in self._held or not told:
            return Standing.ALIVE
        if told.get("machine") != machine():
            return (
                Standing.UNKNOWN
            )  # a home that several machines share: its lock says nothing here
        return Standing.DEAD if _free(path) else Standing.ALIVE


def deployment(target: Target) -> str:
    """The same for all runs against this deployment, and for no others."""
    where = (target.system, target.name, *sorted(target.environment.urls.values()))
    return hashlib.sha256("\n".join(where).encode()).hexdigest()[:16]


def machine() -> str:
    """This machine since it was started: locks are told apart by one kernel alone."""
    try:
        boot = _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        boot = ""
    return f"{platform.node()} {boot}".strip()


def _told(path: Path) -> dict[str, str]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _free(path: Path) -> bool:
    """Whether nobody holds the mark; one that has just been removed is nobody's either."""
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    try:
        return locked(file)
    finally:
        os.close(file)
