"""The very end of a run: its record is compared with earlier ones, searched for secrets, and kept."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from postdeploy.allure_rest import complete
from postdeploy.closing import Closing
from postdeploy.endings import deaf
from postdeploy.history.place import Place
from postdeploy.settings import Machine

if TYPE_CHECKING:
    from postdeploy.history.remembering import Memory


class Notes(Protocol):
    """What takes the entries of the journal."""

    def write(self, entry: Mapping[str, Any]) -> None:
        """Write one entry."""
        ...


class Ending(Protocol):
    """A run that has ended, and whose record is on disk."""

    folder: Path
    outcome: Closing | None

    @property
    def notes(self) -> Notes:
        """What the journal is written by."""
        ...

    def remake(self, when: datetime | None) -> None:
        """Make the record again from all that was noted; the run ended `when`."""
        ...

    def search(self) -> None:
        """Search all that was written for secrets, and withhold what does not pass."""
        ...


def conclude(run: Ending, history: Place | None) -> None:
    """Compare, search, keep; without a history, search. Whoever is in a hurry goes without the first and the last."""
    memory = _memory(history)
    with contextlib.suppress(KeyboardInterrupt):
        if memory is not None:
            _look_back(run, memory)
    before = _outcome(run).record
    with deaf():
        with contextlib.suppress(OSError):  # it is an account of what the record has
            complete(before, run.folder)
        run.search()
    with contextlib.suppress(KeyboardInterrupt):
        if memory is not None:
            _keep(run, memory, passed=_outcome(run).record is before)


def _memory(history: Place | None) -> Memory | None:
    if history is None:
        return None
    from postdeploy.history.remembering import Memory  # and the writers with it, which take a while

    return Memory(history, Machine().run_url)


def _look_back(run: Ending, memory: Memory) -> None:
    record = _outcome(run).record
    said = memory.look_back(record)
    if said:
        with deaf():
            _remake(run, said)


def _keep(run: Ending, memory: Memory, *, passed: bool) -> None:
    """Keep the record; where it cannot be kept, make and search it again with a warning.

    Not where the search found anything: the record that says so is the last.
    """
    outcome = _outcome(run)
    warnings = memory.keep(outcome.record, run.folder)
    if warnings and passed and not outcome.trouble:
        with deaf():
            _remake(run, warnings)
            run.search()
    elif warnings:
        told = [outcome.trouble, *(str(warning["text"]) for warning in warnings)]
        run.outcome = replace(outcome, trouble="\n".join(told).strip())


def _remake(run: Ending, entries: Sequence[Mapping[str, Any]]) -> None:
    """Make the record with further entries; the run ended when it did."""
    for entry in entries:
        run.notes.write(entry)
    run.remake(_outcome(run).record.ended)


def _outcome(run: Ending) -> Closing:
    assert run.outcome is not None
    return run.outcome
