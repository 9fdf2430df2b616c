"""Records that are made after their runs have ended, merged, recovered or attested: compared, and kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from postdeploy.closing import Closing
from postdeploy.history.place import Place
from postdeploy.history.remembering import Memory
from postdeploy.record.builder import build_record
from postdeploy.record.journal import Journal, read_journal
from postdeploy.record.model import Record
from postdeploy.record.seal import JOURNAL
from postdeploy.settings import Machine


def memory_of(place: Place | None) -> Memory | None:
    """What remembers there; None where no history is kept."""
    return Memory(place, Machine().run_url) if place is not None else None


def look_back(folder: Path, memory: Memory) -> None:
    """Into the journal there, which is not sealed yet: what earlier runs say of the record that is made of it.

    Raises OSError.
    """
    said = memory.look_back(build_record(read_journal(folder / JOURNAL)))
    with Journal(folder / JOURNAL) as journal:
        for entry in said:
            journal.append(entry)


def kept(closing: Closing, memory: Memory) -> Closing:
    """The same after it was kept; where it could not be, its trouble says so, and its verdict stays."""
    unkept = unkept_because(closing.record, closing.folder, memory)
    told = "\n".join(part for part in (closing.trouble, *unkept) if part)
    return replace(closing, trouble=told)


def unkept_because(record: Record, folder: Path, memory: Memory) -> list[str]:
    """Keep the record; why it could not be kept, in sentences."""
    return [f"{entry['text']}." for entry in memory.keep(record, folder)]
