"""The end of a run: journal to record, documents on disk, exit code, and what the terminal shows."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from postdeploy import secrecy
from postdeploy.outcome import EXIT_CODES, Verdict
from postdeploy.record.builder import build_record
from postdeploy.record.journal import Journal, read_journal
from postdeploy.record.model import Record
from postdeploy.redact import Redactor
from postdeploy.settings import shell_value
from postdeploy.target_file import shown

_REWRITTEN = ("journal.jsonl", "record.json", "record.md", "record.html", "junit.xml")
_JUDGED = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)


@dataclass(frozen=True)
class Closing:
    """What a finished run leaves behind."""

    record: Record
    exit_code: int
    folder: Path
    durations: Mapping[str, float]
    trouble: str = ""

    def text(self, reporter: pytest.TerminalReporter) -> str:
        """The terminal's summary."""
        from postdeploy.record.writers.terminal import render

        colour = bool(reporter.hasmarkup) and not shell_value("NO_COLOR")
        told = render(
            self.record,
            width=max(60, reporter._tw.fullwidth),
            colour=colour,
            folder=str(shown(self.folder)),
        )
        return f"{told}\n{self.trouble}".rstrip()


def close(folder: Path, carried: Sequence[Mapping[str, Any]], pytest_exit: int) -> Closing:
    """Build the record from the journal and what reports carried, write it, and decide the exit code.

    Nothing of the run may go out then, until `search` has looked at what is written here.
    """
    from postdeploy.record.writers import write_all

    secrecy.unpublish(folder)
    entries = read_journal(folder / "journal.jsonl")
    seen = {entry.get("uid") for entry in entries}
    entries += [dict(entry) for entry in carried if entry.get("uid") not in seen]
    record = build_record(entries)
    trouble = ""
    try:
        write_all(record, folder)
        _point_latest(folder)
    except OSError as error:
        trouble = f"The record could not be written: {error}. `postdeploy record recover {folder}` makes it later."
    code = _exit_code(record, pytest_exit)
    if trouble and code == EXIT_CODES[Verdict.GO]:
        code = EXIT_CODES[Verdict.BLOCKED]
    return Closing(record, code, folder, _durations(entries), trouble)


def search(
    closing: Closing,
    carried: Sequence[Mapping[str, Any]],
    pytest_exit: int,
    redactor: Redactor,
    outside: Sequence[Path] = (),
) -> Closing:
    """The very last: search every file of the run for secrets, withhold those that do not pass, and say so.

    Where any is withheld the record is made once more, and what was rewritten is searched once more.
    """
    folder = closing.folder
    trouble = closing.trouble
    try:
        findings = secrecy.keep_back(folder, redactor, outside=outside)
        if findings.sentences:
            with Journal(folder / "journal.jsonl", clean=redactor.clean) as journal:
                for sentence in findings.sentences:
                    journal.append({"kind": "secrecy", "text": sentence})
            closing = close(folder, carried, pytest_exit)
            again = secrecy.keep_back(folder, redactor, only=_REWRITTEN)
            trouble = "\n".join([closing.trouble, *again.sentences]).strip()
            findings = findings.but_for(again)
        secrecy.publish(folder, findings.passed)
    except OSError as error:
        trouble = f"The files of the run could not be searched for secrets: {error}. Publish none of them."
    code = closing.exit_code
    # The record says no GO where anything was found; a search that failed is no search.
    if code == EXIT_CODES[Verdict.GO] and (trouble or findings.held_back):
        code = EXIT_CODES[Verdict.BLOCKED]
    return replace(closing, trouble=trouble, exit_code=code)


def _exit_code(record: Record, pytest_exit: int) -> int:
    """pytest's own 2 to 5 keep their meaning; otherwise the verdict is the code."""
    if pytest_exit not in _JUDGED:
        return pytest_exit
    return record.exit_code


def _point_latest(folder: Path) -> None:
    """Make `latest` beside the run's folder point to it, in one step."""
    fresh = folder.parent / f".latest-{os.getpid()}"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(folder.name, target_is_directory=True)
    fresh.replace(folder.parent / "latest")


def _durations(entries: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Seconds that each passed check took; the others say nothing about next time."""
    took = {}
    for entry in entries:
        if (
            entry.get("kind") == "check"
            and entry.get("status") == "passed"
            and entry.get("started")
        ):
            started = datetime.fromisoformat(entry["started"])
            took[entry["check"]] = (
                datetime.fromisoformat(entry["ended"]) - started
            ).total_seconds()
    return took
