"""Tells of a record that is safe on disk, and puts into it what became of that."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postdeploy import secrecy
from postdeploy.closing import Closing, close
from postdeploy.endings import deaf
from postdeploy.record.journal import Journal
from postdeploy.record.seal import JOURNAL, SealBroken, seal

if TYPE_CHECKING:
    from postdeploy.history.conclusion import Ending
    from postdeploy.telling.teller import Teller


def tell_of_run(run: Ending, teller: Teller, *, passed: bool) -> None:
    """Tell of a run that has ended; then its record is made, sealed and searched once more, now with what was told.

    Where the search had found anything (not `passed`), the record that says so is the last: then the journal alone
    has it, and the terminal.
    """
    outcome = run.outcome
    assert outcome is not None
    entries = teller.tell(outcome)
    if not entries:
        return
    with deaf():
        if passed and not outcome.trouble:
            for entry in entries:
                run.notes.write(entry)
            run.remake(outcome.record.ended)
            run.search()
        else:
            run.outcome = _noted(outcome, entries)


def tell_of_merged(closing: Closing, teller: Teller) -> Closing:
    """The same for a record that was merged, which has no run any more."""
    entries = teller.tell(closing)
    if not entries:
        return closing
    try:
        passed = (closing.folder / secrecy.PUBLISHABLE).read_text("utf-8").splitlines()
    except (OSError, ValueError):
        passed = []
    try:
        _append(closing.folder, entries)
    except OSError as error:
        return _troubled(closing, entries, f"That could not be written down: {error}")
    # Sealed as a run is: nothing is added to this one afterwards but the words of people.
    again = close(closing.folder, [], pytest_exit=0, by="run", latest=False)
    with contextlib.suppress(OSError):  # then nothing goes out
        if passed:
            secrecy.publish(closing.folder, passed)
    trouble = "\n".join(dict.fromkeys(t for t in (closing.trouble, again.trouble) if t))
    return replace(again, trouble=trouble)


def _noted(outcome: Closing, entries: Sequence[Mapping[str, Any]]) -> Closing:
    try:
        _append(outcome.folder, entries)
        # A record that says too much was left without a seal.
        digest = seal(outcome.folder, "run") if outcome.digest else ""
    except (OSError, SealBroken) as error:
        return _troubled(outcome, entries, f"That could not be written down: {error}")
    return replace(_troubled(outcome, entries), digest=digest)


def _append(folder: Path, entries: Sequence[Mapping[str, Any]]) -> None:
    with Journal(folder / JOURNAL) as journal:
        for entry in entries:
            journal.append(entry)


def _troubled(outcome: Closing, entries: Sequence[Mapping[str, Any]], why: str = "") -> Closing:
    """With a line on the terminal for each who was told or not: the record does not say it."""
    warnings = [str(one["text"]) for one in entries if one.get("kind") == "warning"]
    told = [f"Told: {one['where']}" for one in entries if one.get("outcome") == "told"]
    lines = [outcome.trouble, *told, *warnings, why]
    return replace(outcome, trouble="\n".join(line for line in lines if line))
