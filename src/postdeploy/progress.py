"""How far a run is: what is done, what runs, and for how long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

import pytest

NAMED_AT_MOST = 3
_TICK_SECONDS = 0.5


@dataclass(frozen=True)
class Progress:
    """The state of a run at one moment."""

    done: int
    total: int
    red: int
    running: Mapping[str, float]
    """Id of each check at work → for how many seconds."""

    def told(self) -> str:
        """In one line, what has run longest first."""
        parts = [f"{self.done}/{self.total} checks"]
        if self.red:
            parts.append(f"{self.red} red")
        if self.running:
            parts.append(self._running())
        return " · ".join(parts)

    def _running(self) -> str:
        longest: dict[str, float] = {}
        for check, seconds in self.running.items():
            name = short_name(check)
            longest[name] = max(seconds, longest.get(name, 0.0))
        names = sorted(longest, key=lambda name: -longest[name])
        said = [f"{name} {longest[name]:.0f} s" for name in names[:NAMED_AT_MOST]]
        more = len(names) - NAMED_AT_MOST
        return ", ".join([*said, *([f"+{more}"] if more > 0 else [])])


def short_name(check: str) -> str:
    """What a check's file is about: "vault search" of tests/e2e/qumis/test_vault_search.py::test_…."""
    path = PurePosixPath(check.partition("::")[0])
    return path.stem.removeprefix("test_").replace("_", " ")


class Workers:
    """A pytest plugin for the controller of xdist's workers, which hears of their checks and waits itself."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._total = 0
        self._done: set[str] = set()
        self._red = 0
        self._since: dict[str, float] = {}
        self._ended = threading.Event()
        self._ticking = threading.Thread(target=self._tick, name="progress", daemon=True)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A worker begins a check."""
        self._since.setdefault(nodeid, time.monotonic())

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A worker has ended one, or did not come to its end."""
        if report.when == "call" or report.failed:
            self._red += report.failed
            self._done.add(report.nodeid)
            self._since.pop(report.nodeid, None)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> object:
        """Show it from the first check to the last."""
        self._session = session
        self._ticking.start()
        try:
            return (yield)
        finally:
            self._ended.set()
            self._ticking.join()

    def _tick(self) -> None:
        while not self._ended.wait(_TICK_SECONDS):
            if self._since or self._done:
                self._show(self._now().told())

    def _now(self) -> Progress:
        now, since = time.monotonic(), dict(self._since)
        running = {check: now - began for check, began in since.items()}
        total = max(self._session.testscollected, len(self._done))
        return Progress(len(self._done), total, self._red, running)
