"""Runs that were kept, for the tests of the history: each is a letter for each item."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from postdeploy.history.kept import KeptRun
from postdeploy.outcome import Verdict
from postdeploy.record.builder import build_record
from postdeploy.record.model import Record
from selftests.unit.sample_journal import attempt, journal_of

FIRST = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)


def kept(number: int, marks: str, **changes: Any) -> KeptRun:
    """The run of day `number`; its items are a, b, c and so on."""
    started = FIRST + timedelta(days=number)
    items = tuple(chr(ord("a") + index) for index in range(len(marks)))
    bad = any(mark in "FW" for mark in marks)
    facts: dict[str, Any] = {
        "run_id": f"r{number}",
        "system": "qumis",
        "system_title": "Qumis",
        "environment": "prod",
        "started": started,
        "ended": started + timedelta(seconds=40),
        "kept": started + timedelta(seconds=41),
        "verdict": Verdict.NO_GO if bad else Verdict.GO,
        "version": {"api": "4f2a9c1"},
        "items": items,
        "outcomes": marks,
        "seconds": tuple(2.0 if mark == "P" else None for mark in marks),
    }
    return KeptRun.model_validate(facts | changes)


def course(marks: str, **changes: Any) -> list[KeptRun]:
    """Runs of one item, a letter for each day."""
    return [kept(day, mark, **changes) for day, mark in enumerate(marks)]


def timed(seconds: Iterable[float], marks: str = "") -> list[KeptRun]:
    """Runs of one item that took so long, each passed unless `marks` says otherwise."""
    took: Sequence[float] = list(seconds)
    marks = marks or "P" * len(took)
    return [
        kept(day, mark, seconds=(took[day] if mark in "PK" else None,))
        for day, mark in enumerate(marks)
    ]


def record_of(number: int, outcome: str = "passed", **run: Any) -> Record:
    """A whole record of one item, a."""
    started = FIRST + timedelta(days=number)
    facts = {"run_id": f"r{number}", "started": started.isoformat(), "environment": "prod"}
    return build_record(journal_of([attempt("a", outcome)], **(facts | run)))
