"""A long wait is told in one line that does not get into what pytest holds back, or into a log again and again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from postdeploy.live import LiveLine


class Reporter:
    """pytest's terminal reporter, as far as a live line needs it."""

    def __init__(self, *, isatty: bool) -> None:
        self.isatty = isatty
        self.written: list[str] = []
        self._tw = type("Writer", (), {"fullwidth": 20})()

    def ensure_newline(self) -> None:
        self.written.append("<newline>")

    def rewrite(self, text: str, erase: bool) -> None:
        assert erase
        self.written.append(f"<over>{text}")

    def write_line(self, text: str) -> None:
        self.written.append(text)


class Config:
    """A pytest config with plugins, and whether anything is captured at the moment."""

    def __init__(self, reporter: Reporter | None) -> None:
        self.reporter = reporter
        self.suspended = 0
        self.pluginmanager = self

    def get_plugin(self, name: str) -> Any:
        return {"terminalreporter": self.reporter, "capturemanager": self}[name]

    @contextlib.contextmanager
    def global_and_fixture_disabled(self) -> Iterator[None]:
        self.suspended += 1
        yield


def line(config: Config) -> LiveLine:
    return LiveLine(config)  # type: ignore[arg-type]


def test_on_a_terminal_one_line_is_written_over_and_taken_away() -> None:
    reporter = Reporter(isatty=True)
    config = Config(reporter)
    shown = line(config)
    shown.tell("soaking, one look")
    shown.tell("soaking, two looks in half a minute")
    shown.clear()
    shown.clear()
    assert reporter.written == [
        "<newline>",
        "<over>soaking, one look",
        "<over>soaking, two looks ",
        "<over>",
    ]
    assert config.suspended == 3


def test_elsewhere_a_line_a_minute_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    reporter, clock = Reporter(isatty=False), [100.0]
    monkeypatch.setattr("postdeploy.live.time.monotonic", lambda: clock[0])
    shown = line(Config(reporter))
    for second in (0, 30, 59, 61, 100, 125):
        clock[0] = 100.0 + second
        shown.tell(f"at {second}")
    shown.clear()
    assert reporter.written == ["<newline>", "at 0", "<newline>", "at 61", "<newline>", "at 125"]


def test_an_xdist_worker_has_nobody_to_tell() -> None:
    shown = line(Config(None))
    shown.tell("soaking")
    shown.clear()
