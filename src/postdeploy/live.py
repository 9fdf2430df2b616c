"""One line of the terminal that says what a long wait is about."""

from __future__ import annotations

import contextlib
import time

import pytest

from postdeploy.plain import one_line

_BETWEEN_SECONDS = 60.0
"""Where lines cannot be written over, as in a CI's log, one a minute is enough."""


class LiveLine:
    """Written over again and again on a terminal; elsewhere a line of its own now and then."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._told: float | None = None
        self._shown = False

    @property
    def _reporter(self) -> pytest.TerminalReporter | None:
        """pytest's own, which is made after the session, and which an xdist worker lacks."""
        found: pytest.TerminalReporter | None = self._config.pluginmanager.get_plugin(
            "terminalreporter"
        )
        return found

    def tell(self, text: str) -> None:
        """Show it, cut to the terminal's width."""
        reporter = self._reporter
        if reporter is None:
            return
        text = one_line(text)
        if reporter.isatty:
            with self._uncaptured():
                if not self._shown:
                    reporter.ensure_newline()
                reporter.rewrite(text[: reporter._tw.fullwidth - 1], erase=True)
            self._shown = True
        elif self._told is None or time.monotonic() - self._told >= _BETWEEN_SECONDS:
            self._told = time.monotonic()
            with self._uncaptured():
                reporter.ensure_newline()
                reporter.write_line(text)

    def clear(self) -> None:
        """Take the line away, when the wait is over."""
        reporter = self._reporter
        if self._shown and reporter is not None:
            with self._uncaptured():
                reporter.rewrite("", erase=True)
            self._shown = False

    def _uncaptured(self) -> contextlib.AbstractContextManager[None]:
        """pytest holds back what is written while a test runs; this is for now, and for people."""
        capture = self._config.pluginmanager.get_plugin("capturemanager")
        if capture is None:
            return contextlib.nullcontext()
        disabled: contextlib.AbstractContextManager[None] = capture.global_and_fixture_disabled()
        return disabled
