"""A person answers afterwards for what a run could not observe: an entry of its own, and the record made anew."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from postdeploy.errors import ConfigError, Problem, nearest
from postdeploy.outcome import Outcome
from postdeploy.plain import one_line
from postdeploy.record.builder import build_record
from postdeploy.record.items import is_unseen
from postdeploy.record.journal import Journal, read_journal
from postdeploy.record.model import Item, Record
from postdeploy.record.seal import (
    JOURNAL,
    journal_lines,
    line_digest,
    linked,
    locked,
    seal,
)
from postdeploy.record.verifying import verify
from postdeploy.record.writers import write_all
from postdeploy.secrecy import unpublish

RECORD: Final = "record.json"


@dataclass(frozen=True)
class Words:
    """What a person says of an item."""

    item: str
    by: str
    note: str
    failed: bool = False


def attest(folder: Path, words: Words) -> Record:
    """Add the words to the run's journal, and make and seal its record anew; said twice, they count once.

    Raises ConfigError when the run, the item or the words do not allow it, and OSError when the disk refuses it.
    """
    words = Words(words.item, one_line(words.by), one_line(words.note), words.failed)
    _refuse_silence(words)
    path = folder / JOURNAL
    if not path.is_file():
        mend = "Name the folder of a run, reports/<run id>; without its journal no record can be made anew"
        raise ConfigError([Problem(str(path), "is not there", mend)])
    with locked(folder):
        _refuse_altered(folder)
        entries = read_journal(path)
        _refuse_lost_observations(folder, entries)
        _refuse_item(build_record(_without_words(entries)), words)
        if not _is_said(entries, words):
            entries.append(_append(path, words))
        unpublish(folder)
        record = build_record(entries)
        unwritten = write_all(record, folder)
        seal(folder, "attest")
    if unwritten:
        raise OSError("; ".join(unwritten))
    return record


def _refuse_silence(words: Words) -> None:
    mend = "Say who answers for the item, and what they saw"
    missing = [("--by", words.by), ("--note", words.note)]
    problems = [Problem(option, "says nothing", mend) for option, text in missing if not text]
    if problems:
        raise ConfigError(problems)


def _refuse_altered(folder: Path) -> None:
    """What was altered after the run must not get the seal of an attestation."""
    found = verify(folder)
    if not found.is_sealed:
        mend = "End it first, or make its record with `postdeploy record recover`"
        raise ConfigError([Problem(str(folder), found.in_journal[0].partition(" (")[0], mend)])
    mend = "`postdeploy record recover` completes an attestation that was interrupted; otherwise run again"
    problems = [Problem(str(folder / JOURNAL), problem, mend) for problem in found.in_journal]
    if problems:
        raise ConfigError(problems)


def _refuse_lost_observations(folder: Path, entries: Sequence[Mapping[str, Any]]) -> None:
    """A disk that was full may have refused to the journal what the record knows."""
    try:
        read = json.loads((folder / RECORD).read_bytes())
        told = {
            one["uid"] for row in read["rows"] for item in row["items"] for one in item["attempts"]
        }
    except (OSError, ValueError, KeyError, TypeError):
        return
    written = {entry.get("uid") for entry in entries}
    lost = {uid for uid in told - written if not str(uid).startswith(("silent:", "shard:"))}
    if lost:
        what = f"tells of {len(lost)} observations that the journal does not hold"
        mend = "A record made anew would lose them: run again"
        raise ConfigError([Problem(str(folder / RECORD), what, mend)])


def _without_words(entries: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [entry for entry in entries if entry.get("kind") != "attestation"]


def _refuse_item(seen: Record, words: Words) -> None:
    items = {item.id: item for item in seen.items}
    item = items.get(words.item)
    if item is None:
        what, mend = f"the run has no item {words.item!r}", nearest(words.item, items)
    elif item.outcome is Outcome.NOT_APPLICABLE:
        what, mend = f"is not applicable: {item.note}", "There is nothing to answer for"
    elif item.outcome is Outcome.WAIVED and not words.failed:
        what, mend = "is waived", "There is nothing left to answer for"
    elif not _is_open(item):
        what = f"was observed: {item.outcome.value}"
        mend = "A person answers for what was not seen, never against what was: run its check again"
    else:
        return
    raise ConfigError([Problem(words.item, what, mend)])


def _is_open(item: Item) -> bool:
    if item.waiver is not None and item.outcome is Outcome.WAIVED:
        return item.waiver.covers is Outcome.BLOCKED
    return is_unseen(item)


def _is_said(entries: Sequence[Mapping[str, Any]], words: Words) -> bool:
    said = (words.item, words.by, words.note, words.failed)
    return any(
        (entry.get("item"), entry.get("by"), entry.get("note"), entry.get("failed")) == said
        for entry in entries
        if entry.get("kind") == "attestation"
    )


def _append(path: Path, words: Words) -> dict[str, Any]:
    digests = [line_digest(line) for line in journal_lines(path.read_bytes())]
    entry = {
        "kind": "attestation",
        "item": words.item,
        "by": words.by,
        "note": words.note,
        "failed": words.failed,
        **linked(digests),
    }
    with Journal(path, durable=True) as journal:
        journal.append(entry)
    return entry
