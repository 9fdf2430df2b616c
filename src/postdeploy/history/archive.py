"""The kept runs of all systems: one object for each record, a compact one beside it, and an index of those.

    records/<system>/<environment>/<started>-<run>-<digest>.json.gz    the record, as it was written
    runs/<system>/<environment>/<started>-<run>-<digest>.json          its compact form
    index/…                                                            lines of compact forms, to read them quickly

What lies below runs/ is the history; the index only spares reading it, and is made again where it lacks lines.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Final
from urllib.parse import quote

from postdeploy.history.kept import LARGEST, KeptRun, Unreadable, compact, dump, load
from postdeploy.history.store import HistoryError, Store
from postdeploy.record.model import Record
from postdeploy.record.writers import json as json_writer

_RUNS: Final = "runs/"
_NAME: Final = re.compile(r"runs/([^/]+/[^/]+)/(\d{8}T\d{6}Z-[^/]+-[0-9a-f]{12}\.json)")


@dataclass(frozen=True)
class Entry:
    """A kept run, with the name of its record in the store."""

    run: KeptRun
    record: str


@dataclass(frozen=True)
class Found:
    """Kept runs, oldest first; how many older ones of each place were not read; what was passed over, and why."""

    entries: Sequence[Entry]
    older: Mapping[tuple[str, str], int] = field(default_factory=dict)
    passed_over: tuple[str, ...] = ()

    @property
    def runs(self) -> list[KeptRun]:
        """The runs alone."""
        return [entry.run for entry in self.entries]


class Archive:
    """Keeps records in a store, and finds them again."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def keep(self, record: Record, link: str = "") -> bool:
        """Keep a finished record; False where just this one is kept already. Raises HistoryError.

        The record comes first: what the compact form leads to is there.
        """
        text = json_writer.render(record).encode("utf-8", "replace")
        return self.add(compact(record, datetime.now(UTC), link), text)

    def add(self, run: KeptRun, text: bytes) -> bool:
        """Keep a run's compact form and the text of its record. Raises HistoryError."""
        digest = hashlib.sha256(text).hexdigest()[:12]
        place = f"{_slug(run.system)}/{_slug(run.environment)}"
        key = f"{run.started:%Y%m%dT%H%M%SZ}-{_slug(run.run_id)}-{digest}.json"
        line = dump(run)
        self._store.add(f"records/{place}/{key}.gz", gzip.compress(text, mtime=0))
        fresh = self._store.add(f"{_RUNS}{place}/{key}", line)
        if fresh:
            self._store.extend_index(place, [_indexed(key, line)], ())
        return fresh

    def find(
        self, system: str | None = None, environment: str | None = None, last: int | None = None
    ) -> Found:
        """The kept runs of one system and environment, or of all; of each place the `last` ones.

        Raises HistoryError where the store cannot be listed; what lies there and is no run is told.
        """
        keys, strange = self._keys(system, environment)
        found = [self._of_place(place, named, last) for place, named in sorted(keys.items())]
        entries = sorted((one for part in found for one in part.entries), key=_order)
        told = [text for part in found for text in part.passed_over]
        older = {place: number for part in found for place, number in part.older.items()}
        return Found(entries, older, (*strange, *told))

    def _keys(
        self, system: str | None, environment: str | None
    ) -> tuple[Mapping[str, Mapping[str, int]], list[str]]:
        """By place, the names and sizes of the compact forms; and what else lies there."""
        under = _RUNS
        if system:
            under += f"{_slug(system)}/" + (f"{_slug(environment)}/" if environment else "")
        keys: dict[str, dict[str, int]] = defaultdict(dict)
        strange = []
        for name, size in self._store.names(under).items():
            parts = _NAME.fullmatch(name)
            if parts is None:
                strange.append(f"{name} is not named like a kept run")
            elif not environment or parts[1].endswith(f"/{_slug(environment)}"):
                keys[parts[1]][parts[2]] = size
        return keys, strange

    def _of_place(self, place: str, sizes: Mapping[str, int], last: int | None) -> Found:
        names = sorted(sizes)
        wanted = names[-last:] if last is not None else names
        indexed = _read_index(self._store.index(place))
        lines = {name: line for name in wanted if (line := _content(indexed.get(name, b"")))}
        told: list[str] = []
        missing = {name: sizes[name] for name in wanted if name not in lines}
        entries, fresh = [], []
        for name, line in (lines | self._read(place, missing, told)).items():
            try:
                run = load(line)
                _refuse_elsewhere(run, place)
            except Unreadable as error:
                told.append(f"{_RUNS}{place}/{name} {error}")
                continue
            entries.append(Entry(run, f"records/{place}/{name}.gz"))
            if name in missing:
                fresh.append(name)
                indexed[name] = _indexed(name, dump(run))
        self._mend_index(place, fresh, indexed)
        older = {entry.run.place: len(names) - len(wanted) for entry in entries[:1]}
        return Found(_newest_revisions(entries), older, tuple(told))

    def _read(self, place: str, sizes: Mapping[str, int], told: list[str]) -> dict[str, bytes]:
        """Compact forms that the index lacks; what cannot be read is told."""
        names = {f"{_RUNS}{place}/{name}": name for name in sizes}
        told += [f"{name} is too large" for name in names if sizes[names[name]] > LARGEST]
        lines = {}
        for name, content in self._store.read_all(n for n in names if sizes[names[n]] <= LARGEST):
            if isinstance(content, HistoryError):
                told.append(str(content))
            else:
                lines[names[name]] = content
        return lines

    def _mend_index(self, place: str, fresh: Sequence[str], indexed: Mapping[str, bytes]) -> None:
        if not fresh:
            return
        new = set(fresh)
        known = [line for name, line in indexed.items() if name not in new]
        try:
            self._store.extend_index(place, [indexed[name] for name in fresh], known)
        except HistoryError:
            return  # whoever may only read reads more slowly

    def record(self, entry: Entry) -> bytes:
        """The record of a kept run, as JSON. Raises HistoryError."""
        packed = self._store.read(entry.record)
        try:
            return gzip.decompress(packed)
        except (OSError, EOFError, zlib.error) as error:
            raise HistoryError(f"{entry.record} is damaged: {error}") from None


def _refuse_elsewhere(run: KeptRun, place: str) -> None:
    """A file that was copied into another environment's folder would be taken for its past."""
    own = f"{_slug(run.system)}/{_slug(run.environment)}"
    if own != place:
        raise Unreadable(f"is of {own}")


def _order(entry: Entry) -> tuple[datetime, str]:
    return entry.run.identity


def _newest_revisions(entries: Iterable[Entry]) -> list[Entry]:
    """Of a run whose record was completed afterwards, only what was kept last."""
    newest: dict[tuple[datetime, str], Entry] = {}
    for entry in entries:
        known = newest.get(entry.run.identity)
        if known is None or known.run.kept < entry.run.kept:
            newest[entry.run.identity] = entry
    return sorted(newest.values(), key=_order)


@cache
def _slug(name: str) -> str:
    """A name as one part of a path: what is no letter, digit, dash, underscore or dot is escaped."""
    slug = quote(name, safe="", errors="replace").replace("~", "%7E")
    if slug.startswith("."):
        slug = f"%2E{slug[1:]}"
    return slug[:120] or "%00"


def _indexed(name: str, line: bytes) -> bytes:
    """A line of the index: a checksum, the name, and the compact form."""
    rest = name.encode() + b" " + line
    return b"%08x " % zlib.crc32(rest) + rest


def _read_index(lines: bytes) -> dict[str, bytes]:
    """The lines of an index by the name that they are for, each as it stands there."""
    read = {}
    for line in lines.split(b"\n"):
        name = line[9 : line.find(b" ", 9)] if line[8:9] == b" " else b""
        if name:
            read[name.decode("utf-8", "replace")] = line
    return read


def _content(line: bytes) -> bytes:
    """The compact form in a line of the index; b"" where the line is damaged, which is as good as missing."""
    if line[:8] != b"%08x" % zlib.crc32(line[9:]):
        return b""
    return line[9:].partition(b" ")[2]
