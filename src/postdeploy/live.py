"""One line of the terminal that says what a long wait is about."""

from __future__ import annotations

import time

import pytest

_BETWEEN_SECONDS = 60.0
"""Where lines cannot be written over, as in a CI's log, one a minute is enough."""


class LiveLine:
    """Written over again and again on a terminal; elsewhere a line of its own now and then."""

    def __init__(self, reporter: pytest.TerminalReporter | None) -> None:
        self._reporter = reporter
        self._told: float | None = None
        self._shown = False

    def tell(self, text: str) -> None:
        """Show it, cut to the terminal's width."""
        if self._reporter is None:
            return
        if self._reporter.isatty:
            self._reporter.rewrite(text[: self._reporter._tw.fullwidth - 1], erase=True)
            self._shown = True
        elif self._told is None or time.monotonic() - self._told >= _BETWEEN_SECONDS:
            self._told = time.monotonic()
            self._reporter.ensure_newline()
            self._reporter.write_line(text)

    def clear(self) -> None:
        """Take the line away, when the wait is over."""
        if self._shown and self._reporter is not None:
            self._reporter.rewrite("", erase=True)
            self._shown = False
