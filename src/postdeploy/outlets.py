"""The ways on which pytest and its plugins tell of a run: none of them is taken without the redactor."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

import allure_commons
import pytest
from allure_commons.logger import AllureFileLogger

from postdeploy.console import Harmless
from postdeploy.outcome import Outcome
from postdeploy.plain import console_text
from postdeploy.redact import Redactor

if TYPE_CHECKING:
    from postdeploy.ticket import Result

_LEARNED = "postdeploy_learned"
"""An attribute of reports, which travel in memory from xdist's workers to the controller, and are never written."""

_FILE_OPTIONS = (
    "xmlpath",
    "log_file",
    "allure_report_dir",
    "htmlpath",
    "report_log",
    "json_report_file",
    "debug",
    "output",
)
"""Options of pytest and its usual plugins that name a file, or a folder, to write to."""


class CleanStream:
    """A text stream, of which nothing is written as it is."""

    def __init__(self, inner: TextIO, redactor: Redactor) -> None:
        self._inner = inner
        self._redactor = redactor

    def write(self, text: str) -> int:
        """Write it, cleaned."""
        self._inner.write(self._redactor.clean(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def clean_writes(stream: Any, redactor: Redactor) -> None:
    """Let everything that is written to a stream be cleaned, whoever holds it already."""
    as_it_is = stream.write

    def write(text: str) -> int:
        as_it_is(redactor.clean(text))
        return len(text)

    with contextlib.suppress(AttributeError):  # not every stand-in for a stream can be changed
        stream.write = write


class Outlets:
    """A plugin beside postdeploy's own: terminal, reports, captured output, warnings, log records, Allure.

    On an xdist worker it hands what the worker has learned to the controller, with each report.
    """

    def __init__(self, redactor: Redactor, *, on_worker: bool) -> None:
        self._redactor = redactor
        self._on_worker = on_worker
        self._restored = contextlib.ExitStack()

    def pytest_configure(self) -> None:
        """Take hold of the streams and of the log records, until the process ends: it may have last words.

        What pytest captures it takes from streams of its own; these are for all that it does not: warnings
        and prints of checks between two tests, and with -s.
        """
        self._clean_log_records()
        for stream in {sys.__stdout__, sys.__stderr__, sys.stdout, sys.stderr} - {None}:
            clean_writes(stream, self._redactor)

    def pytest_plugin_registered(self, plugin: object, plugin_name: str) -> None:
        """pytest's terminal reporter comes after us: take hold of it when it does."""
        if plugin_name == "terminalreporter":
            writer = cast(pytest.TerminalReporter, plugin)._tw
            # Redacted first: a secret with a space put into it would not be known any more.
            harmless = Harmless(writer._file)
            self._replace(writer, "_file", CleanStream(cast(TextIO, harmless), self._redactor))

    def pytest_sessionstart(self) -> None:
        """By now Allure has been configured, too."""
        for plugin in list(allure_commons.plugin_manager.get_plugins()):
            if isinstance(plugin, AllureFileLogger):
                self._clean_allure(plugin)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Innermost: whoever looks at the report sees it cleaned."""
        report = yield
        self._clean_report(report)
        if self._on_worker:
            setattr(report, _LEARNED, [list(one) for one in self._redactor.new()])
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that could not be collected shows its lines, and with -l its values."""
        self._clean_report(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """On the controller: learn what the worker has learned, before anybody writes the report down."""
        if self._on_worker:
            return
        for kind, value in vars(report).pop(_LEARNED, ()):
            self._redactor.learn(value, kind)

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: Any) -> None:
        """A warning's text, before it is shown or sent."""
        told = str(warning_message.message)
        cleaned = self._redactor.clean(told)
        if cleaned != told:
            warning_message.message = UserWarning(cleaned)

    def pytest_unconfigure(self) -> None:
        """Let go of pytest's and of Allure's own."""
        self._restored.close()

    def _clean_report(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if isinstance(report.longrepr, tuple):  # the place and the reason of a skip
            place, line, reason = report.longrepr
            report.longrepr = (place, line, self._redactor.clean(reason))
        elif report.longrepr is not None:
            text = report.longreprtext
            cleaned = self._redactor.clean(text)
            if cleaned != text:
                report.longrepr = cleaned
        report.sections = [(name, self._redactor.clean(text)) for name, text in report.sections]

    def _clean_log_records(self) -> None:
        before = logging.getLogRecordFactory()

        def cleaned(*args: Any, **kwargs: Any) -> logging.LogRecord:
            record = before(*args, **kwargs)
            self._clean_record(record)
            return record

        logging.setLogRecordFactory(cleaned)

    def _clean_record(self, record: logging.LogRecord) -> None:
        try:
            text = record.getMessage()
        except (TypeError, ValueError):  # its own mistake, which logging tells of
            return
        cleaned = self._redactor.clean(text)
        if cleaned != text:
            record.msg, record.args = cleaned, None
        if record.exc_info:
            trace = logging.Formatter().formatException(record.exc_info)
            record.exc_text = self._redactor.clean(trace)

    def _clean_allure(self, logger: Any) -> None:
        as_it_is = logger._report_item

        def cleaned(item: Any) -> None:
            _clean_item(item, self._redactor)
            as_it_is(item)

        self._replace(logger, "_report_item", cleaned)
        attachments = _Attachments(Path(logger._report_dir), self._redactor)
        allure_commons.plugin_manager.register(attachments)
        self._restored.callback(allure_commons.plugin_manager.unregister, attachments)

    def _replace(self, owner: Any, name: str, new: object) -> None:
        self._restored.callback(setattr, owner, name, getattr(owner, name))
        setattr(owner, name, new)


def keep_allure_in(folder: Path, config: pytest.Config) -> None:
    """Allure's results belong to the run's folder; allure-pytest reads its option after us, in each process."""
    looking = not config.option.collectonly
    if looking and getattr(config.option, "allure_report_dir", "") is None:
        config.option.allure_report_dir = str(folder / "allure-results")


def failure_text(result: Result) -> str:
    """What pytest is told of a check that did not pass."""
    lines = []
    for item_id, entry in result.last().items():
        if entry["outcome"] != Outcome.PASSED:
            lines.append(f"{entry['outcome'].upper()} {item_id}: {entry['note']}")
            lines += [f"    {k}: {entry[k]}" for k in ("expected", "observed") if entry[k]]
    return console_text("\n".join(lines))


_OUTSIDE = {
    "setup": "when it was set up",
    "call": "without an answer",
    "teardown": "when it was over",
}


def outside_items(report: pytest.TestReport) -> str:
    """What the record is told of a check that failed where none of its items did."""
    where = _OUTSIDE.get(str(report.when), "for its process was lost")
    return f"pytest says that {report.nodeid} failed {where}, which belongs to no item."


def files_elsewhere(config: pytest.Config, folder: Path, began: float) -> list[Path]:
    """Files that pytest and its plugins have written outside the run's folder since `began`, a time in seconds."""
    named = [config.getoption(name, None) for name in _FILE_OPTIONS]
    paths = [Path(str(name)).expanduser().absolute() for name in named if name]
    others = [path for path in paths if not path.is_relative_to(folder)]
    files = [file for path in others for file in ([path] if path.is_file() else path.rglob("*"))]
    return [file for file in files if file.is_file() and file.stat().st_mtime >= began]


class _Attachments:
    """Texts that are attached to Allure's results; copies of files are looked at when the run has ended."""

    def __init__(self, folder: Path, redactor: Redactor) -> None:
        self._folder = folder
        self._redactor = redactor

    @allure_commons.hookimpl(hookwrapper=True)  # type: ignore[misc,unused-ignore]
    def report_attached_data(self, body: object, file_name: str) -> Generator[None, Any]:
        """Clean what was just written."""
        del body
        yield
        path = self._folder / file_name
        data = path.read_bytes()
        cleaned = self._redactor.clean_bytes(data)
        if cleaned is not data:
            path.write_bytes(cleaned)


def _clean_item(item: Any, redactor: Redactor) -> None:
    """Every text of one of Allure's results, in place."""
    for field in _fields(item):
        setattr(item, field.name, _cleaned(getattr(item, field.name), redactor))


def _fields(item: Any) -> tuple[Any, ...]:
    return tuple(getattr(type(item), "__attrs_attrs__", ()))


def _cleaned(value: Any, redactor: Redactor) -> Any:
    if isinstance(value, str):
        cleaned = redactor.clean(value)
        return value if cleaned == value else cleaned  # an enumeration's member stays one
    if isinstance(value, list):
        return [_cleaned(inner, redactor) for inner in value]
    if isinstance(value, Mapping):
        return {key: _cleaned(inner, redactor) for key, inner in value.items()}
    if _fields(value):
        _clean_item(value, redactor)
    return value
