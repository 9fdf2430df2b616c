"""The end of a run: journal to record, documents on disk, exit code, and what the terminal shows."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from postdeploy import secrecy
from postdeploy.calm import called_as
from postdeploy.outcome import EXIT_CODES, Verdict
from postdeploy.record.builder import build_record
from postdeploy.record.journal import Journal, read_journal
from postdeploy.record.model import Record
from postdeploy.record.seal import TIP, SealBroken, Sealer, seal
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
    digest: str = ""
    """Of the seal; "" where there is none."""

    def text(self, reporter: pytest.TerminalReporter) -> str:
        """The terminal's summary."""
        from postdeploy.record.writers.terminal import render

        colour = bool(reporter.hasmarkup) and not shell_value("NO_COLOR")
        told = render(
            self.record,
            width=max(60, reporter._tw.fullwidth),
            colour=colour,
            folder=str(shown(self.folder)),
            program=called_as(reporter.config),
        )
        seal = f"Seal: {self.digest[:16]}" if self.digest else ""
        return "\n".join(part for part in (told.rstrip(), seal, self.trouble) if part)


def close(
    folder: Path,
    carried: Sequence[Mapping[str, Any]],
    pytest_exit: int,
    known: Sequence[Mapping[str, Any]] | None = None,
    by: Sealer = "run",
    *,
    latest: bool = True,
) -> Closing:
    """Build the record from the journal and what reports carried, write and seal it, and decide the exit code.

    `known` is the journal where it may say more than its file does. A document that cannot be written keeps
    no other from being written, and forbids a GO, as does a seal that cannot be made. With `latest`, the link
    of that name beside the folder points to it from now on. Nothing of the run may go out then, until `search` has
    looked at what is written here.
    """
    secrecy.unpublish(folder)
    entries = [dict(entry) for entry in _journal(folder) if known is None]
    entries += [dict(entry) for entry in known or ()]
    seen = {entry.get("uid") for entry in entries}
    entries += [dict(entry) for entry in carried if entry.get("uid") not in seen]
    record = build_record(entries)
    unwritten, digest = _written(record, folder, by, latest=latest)
    if unwritten:
        entries.append(_troubled(entries, unwritten))
        record = build_record(entries)
        unwritten, digest = _written(record, folder, by, latest=latest)
    code = _exit_code(record, pytest_exit)
    told = _told(record, folder, unwritten)
    return Closing(record, code, folder, _durations(entries), told, digest)


def _journal(folder: Path) -> list[dict[str, Any]]:
    path = folder / "journal.jsonl"
    return read_journal(path) if path.exists() else []


def _written(record: Record, folder: Path, by: Sealer, *, latest: bool) -> tuple[list[str], str]:
    """Write the record in all its forms, and seal it; what went wrong with each, and the seal's digest."""
    from postdeploy.record.writers import write_all

    unwritten = write_all(record, folder)
    try:
        if latest:
            _point_latest(folder)
    except OSError as error:
        unwritten.append(f"latest could not be made to point to it: {error}")
    digest, unsealed = _sealed(folder, by)
    return [*unwritten, *unsealed], digest


def _sealed(folder: Path, by: Sealer) -> tuple[str, list[str]]:
    """The digest of the seal, and why there is none."""
    try:
        return seal(folder, by), []
    except OSError as error:
        return "", [f"it could not be sealed: {error.strerror or error}"]
    except SealBroken as error:
        return "", [f"it could not be sealed: {error}"]


def _troubled(entries: Sequence[Mapping[str, Any]], unwritten: Sequence[str]) -> dict[str, Any]:
    """The last entry once more, with what could not be written."""
    last: Mapping[str, Any] = next((e for e in reversed(entries) if e.get("kind") == "end"), {})
    how = {"ended": datetime.now(UTC).isoformat(timespec="milliseconds"), "how": "recovered"}
    return {"kind": "end", **how, **last, "troubles": [f"{text}." for text in unwritten]}


def _told(record: Record, folder: Path, unwritten: Sequence[str]) -> str:
    """What to say of documents that are not there; the record is then put where there may be room."""
    if not unwritten:
        return ""
    told = [f"The record could not be written: {'; '.join(unwritten)}."]
    if not (folder / "record.json").exists():
        told.append(f"`postdeploy record recover {shown(folder)}` makes it later.")
        told += _aside(record)
    return " ".join(told)


def _aside(record: Record) -> list[str]:
    from postdeploy.record.writers import json
    from postdeploy.record.writers.files import write_file

    try:
        aside = Path(tempfile.mkdtemp(prefix=f"postdeploy-{record.run_id}-"))
        write_file(aside / "record.json", json.render(record))
    except OSError:
        return []
    return [f"Meanwhile it is in {aside}."]


def search(
    closing: Closing,
    carried: Sequence[Mapping[str, Any]],
    pytest_exit: int,
    redactor: Redactor,
    outside: Sequence[Path] = (),
    known: Sequence[Mapping[str, Any]] | None = None,
) -> Closing:
    """The very last: search every file of the run for secrets, withhold those that do not pass, and say so.

    Where any is withheld the record is made once more, and what was rewritten is searched once more.
    `carried` and `known` as for `close`.
    """
    folder, trouble = closing.folder, closing.trouble
    written = _journal(folder) if known is None else known
    entries = _cleaned(written, redactor)
    try:
        findings = secrecy.keep_back(folder, redactor, outside=outside)
        if findings.sentences:
            told = [{"kind": "secrecy", "text": sentence} for sentence in findings.sentences]
            entries += told
            closing = close(folder, _cleaned(carried, redactor), pytest_exit, entries)
            _append(folder, told)
            again = secrecy.keep_back(folder, redactor, only=_REWRITTEN)
            trouble = "\n".join([closing.trouble, *again.sentences]).strip()
            findings = findings.but_for(again)
        secrecy.publish(folder, findings.passed)
    except OSError as error:
        why = f"The files of the run could not be searched for secrets: {error}."
        return _unsearched(closing, _cleaned(carried, redactor), pytest_exit, entries, why)
    # What was withheld, and the words about it, belong to the run as it ended.
    digest, unsealed = _sealed(folder, "run")
    trouble = "\n".join([trouble, *(f"The run: {text}." for text in unsealed)]).strip()
    code = closing.exit_code
    # The record says no GO where anything was found.
    if code == EXIT_CODES[Verdict.GO] and (findings.sentences or not digest):
        code = EXIT_CODES[Verdict.BLOCKED]
    return replace(closing, trouble=trouble, exit_code=code, digest=digest)


def _unsearched(
    closing: Closing,
    carried: Sequence[Mapping[str, Any]],
    pytest_exit: int,
    entries: Sequence[Mapping[str, Any]],
    why: str,
) -> Closing:
    """A search that failed is no search: the record is made once more and says so, or it is not sealed.

    Whoever asks for the verdict later, or merges this run, has the record and not the exit code.
    """
    folder, told = closing.folder, [{"kind": "secrecy", "text": why}]
    closing = close(folder, carried, pytest_exit, [*entries, *told])
    digest, left_undone = "", [closing.trouble] if closing.trouble else []
    try:
        _append(folder, told)
    except OSError as error:
        left_undone.append(f"That could not be written down: {error}.")
    if not left_undone:
        digest, unsealed = _sealed(folder, "run")
        left_undone = [f"The run: {text}." for text in unsealed]
    if not digest:
        left_undone += _unseal(folder)
    trouble = "\n".join([*left_undone, f"{why} Publish none of them."])
    code = closing.exit_code or EXIT_CODES[Verdict.BLOCKED]
    return replace(closing, trouble=trouble, exit_code=code, digest=digest)


def _unseal(folder: Path) -> list[str]:
    """Take away the seal of a record that says too much; why it could not be, where it is still there."""
    try:
        (folder / TIP).unlink(missing_ok=True)
    except OSError as error:
        return [f"Its seal could not be taken away: {error}."]
    return []


def _append(folder: Path, entries: Sequence[Mapping[str, Any]]) -> None:
    with Journal(folder / "journal.jsonl") as journal:
        for entry in entries:
            journal.append(entry)


def _cleaned(entries: Sequence[Mapping[str, Any]], redactor: Redactor) -> list[dict[str, Any]]:
    """What was written before all secrets were known; a plan is made of the project's own files."""
    return [
        dict(one)
        if one.get("kind") == "plan"
        else dict(cast(dict[str, Any], redactor.clean_tree(one)))
        for one in entries
    ]


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
