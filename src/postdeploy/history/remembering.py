"""The end of a run: look at the earlier ones, and keep this one; never at the cost of its verdict."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from postdeploy.history.archive import Archive
from postdeploy.history.kept import compact
from postdeploy.history.place import Place
from postdeploy.history.since import LOOK_BACK, compare
from postdeploy.record.model import Record

T = TypeVar("T")
SECONDS: Final = 15.0
"""For reading, and again for keeping."""
TOLD_AT_MOST: Final = 3


@dataclass(frozen=True)
class Memory:
    """The history of a run's system and environment; no visit to it takes longer than SECONDS."""

    place: Place
    link: str = ""

    def look_back(self, record: Record) -> list[dict[str, Any]]:
        """Entries for the journal: what the earlier runs say about this one, or why that is not known."""
        try:
            return _within(SECONDS, lambda: self._entries(record))
        except Exception as error:
            return [_warning(f"The history {self.place} could not be read: {_why(error)}")]

    def _entries(self, record: Record) -> list[dict[str, Any]]:
        archive = Archive(self.place.open())
        found = archive.find(record.system, record.environment, LOOK_BACK)
        entries = [_warning(f"In the history, {text}") for text in found.passed_over[:TOLD_AT_MOST]]
        more = len(found.passed_over) - TOLD_AT_MOST
        if more > 0:
            entries.append(_warning(f"In the history, {more} more things are no kept runs"))
        now = compact(record, datetime.now(UTC))
        compared = compare(now, found.runs, found.older.get(now.place, 0))
        if compared is not None:
            run = compared.run.model_dump(mode="json")
            items = {name: one.model_dump(mode="json") for name, one in compared.items.items()}
            entries.append({"kind": "history", "run": run, "items": items})
        return entries

    def keep(self, record: Record, folder: Path) -> list[dict[str, Any]]:
        """Keep the record of a finished run, once it is on disk; entries for the journal if that fails."""
        if record.verdict is None:
            return []
        if not (folder / "record.json").is_file():
            return [_warning("The record is not kept in the history, for it is not on disk")]
        try:
            _within(SECONDS, lambda: Archive(self.place.open()).keep(record, self.link))
        except Exception as error:
            return [_warning(f"The record is not kept in the history {self.place}: {_why(error)}")]
        return []


def _warning(text: str) -> dict[str, Any]:
    return {"kind": "warning", "text": text}


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return str(error)
    return str(error) or repr(error)


def _within(seconds: float, work: Callable[[], T]) -> T:
    """The result of `work`, or its exception. Raises TimeoutError when it takes longer.

    A mounted folder or an address that is silent cannot be interrupted: the thread is left behind.
    """
    answers: list[T] = []
    errors: list[Exception] = []

    def answer() -> None:
        try:
            answers.append(work())
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=answer, name="history", daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not answers:
        raise TimeoutError(f"no answer within {seconds:g} s")
    return answers[0]
