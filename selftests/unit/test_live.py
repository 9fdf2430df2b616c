"""A long wait is told in one line that does not get into what pytest holds back, or into a log again and again."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from postdeploy.live import LiveLine, columns, cut
from postdeploy.redact import Redactor


class Reporter:
    """pytest's terminal reporter, as far as a live line needs it."""

    def __init__(self, *, isatty: bool) -> None:
        self.isatty = isatty
        self.out = io.StringIO()
        self._tw = SimpleNamespace(fullwidth=20, _file=self.out)

    def ensure_newline(self) -> None:
        """It is always at the beginning of a line."""

    def write_line(self, text: str) -> None:
        self._tw._file.write(f"{text}\n")

    @property
    def written(self) -> str:
        return self.out.getvalue()


class Config:
    """A pytest config with plugins, and whether anything is captured at the moment."""

    def __init__(self, reporter: Reporter | None, capture: str = "fd", verbose: int = -1) -> None:
        self.reporter = reporter
        self.suspended = 0
        self.pluginmanager = self
        self.option = SimpleNamespace(verbose=verbose)
        self._capture = capture

    def getoption(self, name: str, default: str) -> str:
        assert (name, default) == ("capture", "fd")
        return self._capture

    def get_plugin(self, name: str) -> Any:
        return {"terminalreporter": self.reporter, "capturemanager": self}[name]

    @contextlib.contextmanager
    def global_and_fixture_disabled(self) -> Iterator[None]:
        self.suspended += 1
        yield


@pytest.fixture(autouse=True)
def _a_usual_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("CI", raising=False)


def line(config: Config, redactor: Redactor | None = None) -> LiveLine:
    shown = LiveLine(config, redactor)  # type: ignore[arg-type]
    if config.reporter is not None:
        shown.pytest_plugin_registered(config.reporter, "terminalreporter")
    return shown


def test_on_a_terminal_one_line_is_written_over_and_taken_away() -> None:
    reporter = Reporter(isatty=True)
    config = Config(reporter)
    shown = line(config)
    shown.tell("soaking, one look")
    shown.tell("soaking, two looks in half a minute")
    shown.tell("soaked")
    shown.clear()
    shown.clear()
    assert reporter.written == (
        f"\rsoaking, one look\rsoaking, two looks…\rsoaked{' ' * 13}\r{' ' * 19}\r"
    )
    assert config.suspended == 4


def test_it_gives_way_to_whatever_else_is_written() -> None:
    reporter = Reporter(isatty=True)
    shown = line(Config(reporter))
    shown.show("3/9 checks")
    reporter.write_line("a worker crashed")
    shown.show("4/9 checks")
    assert reporter.written == f"\r3/9 checks\r{' ' * 19}\ra worker crashed\n\r4/9 checks"


def test_it_does_not_write_over_half_a_sentence() -> None:
    reporter = Reporter(isatty=True)
    shown = line(Config(reporter))
    reporter._tw._file.write("a worker ")
    shown.show("3/9 checks")
    reporter.write_line("crashed")
    shown.show("4/9 checks")
    assert reporter.written == "a worker crashed\n\r4/9 checks"


def test_it_is_cut_by_columns_and_not_by_signs() -> None:
    assert cut("漢字漢字漢字", 9) == "漢字漢字…"
    assert cut("plain", 5) == "plain"
    assert columns("e\u0301") == 1


def test_what_it_says_is_clean() -> None:
    redactor = Redactor()
    redactor.learn("s3cr3t-t0ken-of-somebody", "secret TOKEN")
    reporter = Reporter(isatty=False)
    line(Config(reporter), redactor).tell("::error::\x1b[2J s3cr3t-t0ken-of-somebody\nnext")
    assert reporter.written == "∷error:: [redacted] next\n"


@pytest.mark.parametrize(
    ("isatty", "variable", "value"),
    [(False, "TERM", "xterm"), (True, "TERM", "dumb"), (True, "CI", "1")],
)
def test_elsewhere_a_line_a_minute_is_enough(
    monkeypatch: pytest.MonkeyPatch, *, isatty: bool, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    reporter, clock = Reporter(isatty=isatty), [100.0]
    monkeypatch.setattr("postdeploy.live.time.monotonic", lambda: clock[0])
    shown = line(Config(reporter))
    for second in (0, 30, 59, 61, 100, 125):
        clock[0] = 100.0 + second
        shown.tell(f"at {second}")
    shown.clear()
    assert reporter.written == "at 0\nat 61\nat 125\n"


def test_there_the_progress_of_a_short_run_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    reporter, clock = Reporter(isatty=False), [100.0]
    monkeypatch.setattr("postdeploy.live.time.monotonic", lambda: clock[0])
    shown = line(Config(reporter))
    for second in (0, 10, 29, 31, 40, 62):
        clock[0] = 100.0 + second
        shown.show(f"at {second}")
    assert reporter.written == "at 31\nat 62\n"


@pytest.mark.parametrize(("capture", "verbose"), [("fd", 1), ("fd", 0)])
def test_where_pytest_tells_of_each_check_no_progress_is_shown(capture: str, verbose: int) -> None:
    reporter = Reporter(isatty=True)
    line(Config(reporter, capture, verbose)).show("3/9 checks")
    assert reporter.written == ""


def test_an_xdist_worker_has_nobody_to_tell() -> None:
    shown = line(Config(None))
    shown.tell("soaking")
    shown.clear()


def test_a_terminal_that_is_gone_does_not_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    reporter = Reporter(isatty=True)
    shown = line(Config(reporter))
    shown.show("3/9 checks")

    def gone(_: str) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(reporter.out, "write", gone)
    shown.show("4/9 checks")
    shown.tell("waiting")
    shown.clear()
