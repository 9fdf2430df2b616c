"""A calm terminal: what the record says is not said by pytest as well.

pytest's own output is there for whoever asks for it: with -v, -s, -l, -r… or --tb=….
"""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from collections.abc import Generator, Iterable
from pathlib import Path

import pytest

from postdeploy.settings import shell_value
from postdeploy.target_file import shown

ANSWERS = "postdeploy"
"""The property under which a check's report carries its answers."""

_OWN = re.compile(
    r"-r\w+|-[hqslvx]*[slv][hqslvx]*|--verbos.*|--tb.*|--showlocals|--full-trace|--pdb|--trace"
    r"|--capture(=.*)?|--durations.*|--setup-(show|only|plan)|--fixtures.*|--debug.*"
)
"""Options with which somebody asks for pytest's own output."""


def is_calm(config: pytest.Config) -> bool:
    """Whether nobody has asked for pytest's own output."""
    option = config.option
    if option.collectonly or option.verbose > 0:
        return False
    try:
        added = shlex.split(shell_value("PYTEST_ADDOPTS"))
    except ValueError:
        added = []
    return not any(_OWN.fullmatch(word) for word in (*config.invocation_params.args, *added))


class Calm:
    """A pytest plugin: quiet while all goes well, and not a second account of what failed."""

    def __init__(self, config: pytest.Config, header: Iterable[str]) -> None:
        self._header = header
        config.option.verbose = min(config.option.verbose, -1)

    def pytest_plugin_registered(self, plugin: object, plugin_name: str) -> None:
        """No percentages at the end of lines that are not there, and nothing of workers that begin."""
        if plugin_name == "terminalreporter":
            plugin._show_progress_info = False  # type: ignore[attr-defined]
        elif plugin_name == "terminaldistreporter":
            for name in ("rewrite", "ensure_show_status"):
                setattr(plugin, name, _say_nothing)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """What is looked at, before anything else."""
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            for line in self._header:
                reporter.write_line(line)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Of checks the record tells."""
        return (report.outcome, "", "") if _is_told(report) else None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> Generator[None, None, None]:
        """While pytest sums up, it knows of no failures but those that the record does not tell."""
        failed = terminalreporter.stats.pop("failed", [])
        others = [report for report in failed if not _is_told(report)]
        if others:
            terminalreporter.stats["failed"] = others
        try:
            return (yield)
        finally:
            if failed:
                terminalreporter.stats["failed"] = failed


def _say_nothing(*_: object, **__: object) -> None:
    """What xdist says while its workers begin; that one is down it says otherwise."""


def _is_told(report: object) -> bool:
    answers = dict(getattr(report, "user_properties", ()))
    return ANSWERS in answers and getattr(report, "when", "") == "call"


def called_as(config: pytest.Config) -> list[str]:
    """How this pytest was called, for somebody who shall call it again from where it was."""
    first = Path(sys.argv[0])
    if first.name == "__main__.py":
        return [_found("python", Path(sys.executable)), "-m", "pytest"]
    if first.name in ("pytest", "py.test"):
        return [_found(first.name, Path(config.invocation_params.dir, first))]
    return ["pytest"]


def _found(name: str, path: Path) -> str:
    """The name where the shell finds that very program by it, else the path."""
    known = shutil.which(name)
    return name if known is not None and Path(known) == path else str(shown(path))
