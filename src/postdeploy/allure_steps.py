"""Shows a check to Allure: its rows as suites, its items as steps with their evidence, ids as labels."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import allure_commons  # type: ignore[import-untyped,unused-ignore]
from allure_commons.model2 import (  # type: ignore[import-untyped,unused-ignore]
    Label,
    Status,
    StatusDetails,
    TestResult,
    TestStepResult,
)
from allure_commons.reporter import AllureReporter  # type: ignore[import-untyped,unused-ignore]

from postdeploy.checklist import Checklist
from postdeploy.facts import RunFacts
from postdeploy.outcome import Outcome, Weight
from postdeploy.plain import one_line, plain_text
from postdeploy.ticket import Result

# Allure guesses the kind of what has none, and shows what looks like a page as one.
_KINDS = {".png": "image/png", ".webm": "video/webm", ".zip": "application/zip"}
_UNKNOWN = "application/octet-stream"

STATUS: Final = {
    Outcome.PASSED: Status.PASSED,
    Outcome.FLAKY: Status.PASSED,
    Outcome.ATTESTED: Status.PASSED,
    Outcome.FAILED: Status.FAILED,
    Outcome.BLOCKED: Status.BROKEN,
    Outcome.WAIVED: Status.SKIPPED,
    Outcome.NOT_RUN: Status.SKIPPED,
    Outcome.NOT_APPLICABLE: Status.SKIPPED,
}
_WORST_FIRST: Final = (Status.FAILED, Status.BROKEN, Status.SKIPPED, Status.PASSED)
SEVERITIES: Final = {
    Weight.R: "blocker",
    Weight.B: "critical",
    Weight.F: "normal",
    Weight.W: "minor",
}


@dataclass(frozen=True)
class Labels:
    """What is known of every item before it is looked at, for the labels of what answers it."""

    run_id: str
    place: str
    """System and environment: the suite above all rows."""
    rows: Mapping[str, str]
    """Item → title of its row."""
    weights: Mapping[str, Weight]
    titles: Mapping[str, str]
    waived: frozenset[str] = frozenset()

    @classmethod
    def of(cls, checklist: Checklist, facts: RunFacts, title: str) -> Labels:
        """Those of a run of the system of that title."""
        titles = {row.id: row.title for row in checklist.rows}
        return cls(
            facts.run_id,
            one_line(f"{title} · {facts.environment}"),
            {item.id: titles[item.row] for item in checklist.items},
            {item.id: item.weight for item in checklist.items},
            {item.id: item.title for item in checklist.items},
            frozenset(facts.waived),
        )

    def for_items(self, items: Iterable[str]) -> list[tuple[str, str]]:
        """Names and values; a check that answers items of several rows is in the suite of each."""
        items = list(items)
        rows = dict.fromkeys(self.rows.get(item, "Not in the checklist") for item in items)
        return [
            ("parentSuite", self.place),
            *(("suite", one_line(row)) for row in rows),
            *(("item", one_line(item)) for item in items),
            ("run", self.run_id),
        ]

    def severity(self, items: Iterable[str]) -> list[tuple[str, str]]:
        """That of the gravest of the items, as a label; none where none is in the checklist."""
        weights = {self.weights[item] for item in items if item in self.weights}
        named = [severity for weight, severity in SEVERITIES.items() if weight in weights]
        return [("severity", severity) for severity in named[:1]]


@dataclass(frozen=True)
class _Ended:
    """How a check ended, which allure-pytest cannot know."""

    status: str
    details: Any
    start: int | None
    stop: int | None


class Results:
    """Allure's side of a process's checks: does nothing where Allure is off, and lets a run go on
    whose disk does not take Allure's files; `note` is told of each.
    """

    def __init__(self, note: Callable[[OSError], None], labels: Labels) -> None:
        self._note = note
        self._labels = labels
        self._ended: dict[str, _Ended] = {}
        allure_commons.plugin_manager.register(self)

    def end(self) -> None:
        """What happens from now on is somebody else's."""
        allure_commons.plugin_manager.unregister(self)

    def _passing(self) -> Generator[None, Any, Any]:
        try:
            return (yield)
        except OSError as error:
            self._note(error)

    @allure_commons.hookimpl(wrapper=True)  # type: ignore[untyped-decorator,unused-ignore]
    def report_result(self, result: TestResult) -> Generator[None, Any, Any]:
        """The result of a check, which ended as its items did, and when it ran and not when pytest asked."""
        ended = self._ended.pop(result.uuid, None)
        if ended is not None:
            result.status, result.statusDetails = ended.status, ended.details
            result.start, result.stop = ended.start or result.start, ended.stop or result.stop
        return (yield from self._passing())

    @allure_commons.hookimpl(wrapper=True)  # type: ignore[untyped-decorator,unused-ignore]
    def report_container(self, container: Any) -> Generator[None, Any, Any]:
        """What belongs together, without pytest's fixtures: they are nothing that was looked at."""
        container.befores.clear()
        container.afters.clear()
        return (yield from self._passing())

    @allure_commons.hookimpl(wrapper=True)  # type: ignore[untyped-decorator,unused-ignore]
    def report_attached_file(self) -> Generator[None, Any, Any]:
        """Evidence that is a file."""
        return (yield from self._passing())

    @allure_commons.hookimpl(wrapper=True)  # type: ignore[untyped-decorator,unused-ignore]
    def report_attached_data(self) -> Generator[None, Any, Any]:
        """Evidence that is a text."""
        return (yield from self._passing())

    def show(self, result: Result, folder: Path) -> None:
        """One step for each attempt at each item, with its evidence from the run's `folder`."""
        reporter = _reporter()
        shown = reporter.get_test(None) if reporter is not None else None
        if shown is None:
            return
        shown.name = one_line(result.ticket.title)
        labels = self._labels.for_items(result.ticket.covers)
        for name, value in [*labels, *self._labels.severity(self._gravest(result))]:
            shown.labels.append(Label(name=name, value=value))
        for entry in result.entries:
            self._step(reporter, entry, folder)
        self._ended[shown.uuid] = self._end(result)

    def _step(self, reporter: Any, entry: Mapping[str, Any], folder: Path) -> None:
        item = str(entry["item"])
        title = self._labels.titles.get(item, "")
        number = f" (attempt {entry['attempt']})" if entry["attempt"] > 1 else ""
        name = one_line(f"{item} – {title}{number}: {self._told(entry)}")
        step_id, step = _new_id(), TestStepResult(name=name, start=_milliseconds(entry["started"]))
        reporter.start_step(None, step_id, step)
        for evidence in entry["evidence"]:
            _attach(reporter, evidence, folder)
        details = StatusDetails(message=said) if (said := _said(entry)) else None
        reporter.stop_step(
            step_id,
            stop=_milliseconds(entry["ended"]),
            status=self._status(entry),
            statusDetails=details,
        )

    def _gravest(self, result: Result) -> list[str]:
        """The items that failed, or else all."""
        last = result.last()
        failed = [item for item, entry in last.items() if self._status(entry) == Status.FAILED]
        return failed or list(result.ticket.covers)

    def _is_waived(self, entry: Mapping[str, Any]) -> bool:
        return entry["item"] in self._labels.waived and entry["outcome"] in _RED

    def _told(self, entry: Mapping[str, Any]) -> str:
        return f"{entry['outcome']}, waived" if self._is_waived(entry) else str(entry["outcome"])

    def _status(self, entry: Mapping[str, Any]) -> str:
        outcome = Outcome.WAIVED if self._is_waived(entry) else Outcome(entry["outcome"])
        return str(STATUS[outcome])

    def _end(self, result: Result) -> _Ended:
        last = list(result.last().values())
        worst = sorted(last, key=lambda entry: _WORST_FIRST.index(self._status(entry)))[:1]
        # Word for word what a step says, else Allure shows it as one more step.
        said = next((_said(entry) for entry in worst), "")
        flaky = any(result.failures(e["item"]) and e["outcome"] == Outcome.PASSED for e in last)
        details = StatusDetails(message=said or None, flaky=flaky or None)
        ends = [_milliseconds(entry["ended"]) or 0 for entry in result.entries]
        return _Ended(
            self._status(worst[0]) if worst else str(Status.SKIPPED),
            details if said or flaky else None,
            _milliseconds(result.started),
            max(ends, default=0) or None,
        )


_RED: Final = frozenset({Outcome.FAILED, Outcome.BLOCKED, Outcome.NOT_RUN})


def _new_id() -> str:
    return str(uuid.uuid4())


def _reporter() -> Any:
    """allure-pytest's AllureReporter of this process, which has no types; None where it is off."""
    for plugin in allure_commons.plugin_manager.get_plugins():
        reporter = getattr(plugin, "allure_logger", None)
        if isinstance(reporter, AllureReporter):
            return reporter
    return None


def _said(entry: Mapping[str, Any]) -> str:
    """What there is to say of one that did not pass."""
    if entry["outcome"] not in _RED:
        return ""
    parts = (
        ("", entry["note"]),
        ("expected: ", entry["expected"]),
        ("observed: ", entry["observed"]),
    )
    return plain_text("\n".join(f"{label}{text}" for label, text in parts if text))


def _milliseconds(moment: str) -> int | None:
    """Since 1970, as Allure counts."""
    return round(datetime.fromisoformat(moment).timestamp() * 1000) if moment else None


def _attach(reporter: Any, evidence: Mapping[str, str], folder: Path) -> None:
    title, text = one_line(evidence["title"]), plain_text(evidence.get("text", ""))
    path = folder / evidence["path"] if evidence.get("path") else None
    if path is not None and path.is_file():
        kind = _KINDS.get(path.suffix, _UNKNOWN)
        suffix = path.suffix.removeprefix(".") if kind != _UNKNOWN else ""
        reporter.attach_file(
            _new_id(), str(path), name=title, attachment_type=kind, extension=suffix
        )
    elif text:
        reporter.attach_data(
            _new_id(), text, name=title, attachment_type="text/plain", extension="txt"
        )
