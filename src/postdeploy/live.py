"""One line of the terminal that says how the run goes, and gives way to whatever else is written there."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import unicodedata
from collections.abc import Callable
from typing import Any, TextIO, cast

import pytest

from postdeploy.plain import console_text, one_line
from postdeploy.redact import Redactor
from postdeploy.settings import Machine, shell_value

_BETWEEN_SECONDS = 60.0
"""Where lines cannot be written over, as in a CI's log, one a minute is enough for a wait."""
_PROGRESS_SECONDS = 30.0
"""And one in so long for the progress of a run, of which a short one needs none."""


class LiveLine:
    """Written over again and again on a terminal; elsewhere a line of its own now and then.

    A pytest plugin: it stands between pytest's reporter and the terminal, and takes its line away before
    anything else is written.
    """

    def __init__(self, config: pytest.Config, redactor: Redactor | None = None) -> None:
        self._config = config
        self._redactor = redactor or Redactor()
        self._told: float | None = None
        self._began = time.monotonic()
        self._shown = ""
        self._stream: TextIO | None = None
        self._others: _GivingWay | None = None
        self._lock = threading.RLock()

    @pytest.hookimpl(tryfirst=True)
    def pytest_plugin_registered(self, plugin: Any, plugin_name: str) -> None:
        """pytest's terminal reporter, which is made after the session, and which an xdist worker lacks."""
        if plugin_name == "terminalreporter":
            self._stream = plugin._tw._file
            self._others = plugin._tw._file = _GivingWay(self._stream, self.clear, self._lock)

    @property
    def _reporter(self) -> pytest.TerminalReporter | None:
        found: pytest.TerminalReporter | None = self._config.pluginmanager.get_plugin(
            "terminalreporter"
        )
        return found

    def tell(self, text: str) -> None:
        """Show what the run waits for, cut to the terminal's width."""
        with contextlib.suppress(OSError):  # the terminal is gone, which does not end the run
            self._tell(text, first=0.0, between=_BETWEEN_SECONDS)

    def show(self, text: str) -> None:
        """Show how far the run is; nothing where pytest tells of each check itself."""
        if self._config.option.verbose < 0:
            with contextlib.suppress(OSError):
                self._tell(text, first=_PROGRESS_SECONDS, between=_PROGRESS_SECONDS)

    def _tell(self, text: str, *, first: float, between: float) -> None:
        reporter = self._reporter
        if reporter is None:
            return
        text = console_text(one_line(self._redactor.clean(text)))
        if self._writes_over(reporter):
            self._over(reporter, text)
            return
        now = time.monotonic()
        if now >= (self._began + first if self._told is None else self._told + between):
            self._told = now
            with self._lock, self._uncaptured():
                reporter.ensure_newline()
                reporter.write_line(text)

    def _writes_over(self, reporter: pytest.TerminalReporter) -> bool:
        """Whether this is a terminal that can, with a person before it."""
        able = bool(reporter.isatty) and shell_value("TERM") != "dumb" and not Machine().in_ci
        return able and self._config.getoption("capture", "fd") != "no"

    def _over(self, reporter: pytest.TerminalReporter, text: str) -> None:
        with self._lock, self._uncaptured():
            # Not before: what is captured goes to a file, which has no width.
            text = cut(text, self._width(reporter) - 1)
            if not self._shown:
                reporter.ensure_newline()
                if self._others is not None and self._others.within_line:
                    return  # another thread has not come to the end of what it says
            if text != self._shown and self._stream is not None:
                rest = max(columns(self._shown) - columns(text), 0)
                self._stream.write(f"\r{text}{' ' * rest}")
                self._stream.flush()
                self._shown = text

    def _width(self, reporter: pytest.TerminalReporter) -> int:
        """Of the terminal in columns; pytest takes one of less than 40 for one of 80."""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            seen = os.get_terminal_size(cast(TextIO, self._stream).fileno()).columns
            if seen > 1:
                return seen
        return int(reporter._tw.fullwidth)

    def clear(self) -> None:
        """Take the line away, with what the keyboard has put behind it, and leave the cursor where it began."""
        reporter = self._reporter
        if not self._shown or reporter is None:
            return
        with self._lock, self._uncaptured(), contextlib.suppress(OSError):
            if self._shown and self._stream is not None:
                self._stream.write(f"\r{' ' * (self._width(reporter) - 1)}\r")
                self._stream.flush()
        self._shown = ""

    def _uncaptured(self) -> contextlib.AbstractContextManager[None]:
        """pytest holds back what is written while a test runs; this is for now, and for people."""
        capture = self._config.pluginmanager.get_plugin("capturemanager")
        if capture is None:
            return contextlib.nullcontext()
        disabled: contextlib.AbstractContextManager[None] = capture.global_and_fixture_disabled()
        return disabled


class _GivingWay:
    """A text stream before which something is done each time that it is written to."""

    def __init__(
        self,
        stream: Any,
        before: Callable[[], None],
        lock: contextlib.AbstractContextManager[bool],
    ) -> None:
        self._stream = stream
        self._before = before
        self._lock = lock
        self.within_line = False
        """Whether there is more to come on this line."""

    def write(self, text: str) -> int:
        """Write it, when there is room."""
        with self._lock:
            self._before()
            written: int = self._stream.write(text)
            if text:
                self.within_line = not text.endswith("\n") and not text.startswith("\r")
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def columns(text: str) -> int:
    """How many columns a terminal needs for it."""
    return sum(_width(sign) for sign in text)


def _width(sign: str) -> int:
    if unicodedata.combining(sign):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def cut(text: str, width: int) -> str:
    """So much of it as goes into `width` columns, with an ellipsis where some is left out."""
    if columns(text) <= width:
        return text
    kept = ""
    for sign in text:
        if columns(kept + sign) >= width:
            break
        kept += sign
    return f"{kept}…"
