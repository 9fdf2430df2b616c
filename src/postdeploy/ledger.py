"""What this run makes in the product: the intent on disk before each create, and its removal at the end."""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from postdeploy.target import Route


@dataclass
class Entry:
    """One thing that the run makes; without an id it may or may not exist."""

    kind: str
    name: str
    role: str | None
    ledger: Ledger
    id: str = ""
    gone: bool = False

    def made(self, made_id: str) -> None:
        """The product told the id of what it made."""
        self.id = made_id
        self.ledger.write("made", self)


@dataclass
class Ledger:
    """The entries of a run, and the file that outlives a killed process."""

    path: Path
    entries: list[Entry] = field(default_factory=list)

    def intend(self, kind: str, name: str, role: str | None) -> Entry:
        """Write the intent to disk, synchronously, and hand out its entry."""
        entry = Entry(kind, name, role, self)
        self.entries.append(entry)
        self.write("intended", entry)
        return entry

    def write(self, what: str, entry: Entry) -> None:
        """Append one line and have it on the disk before anything else happens."""
        line = {"what": what, "kind": entry.kind, "name": entry.name, "role": entry.role}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**line, "id": entry.id}) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def open_entries(self) -> Iterable[Entry]:
        """What still has to be removed, newest first."""
        return [entry for entry in reversed(self.entries) if entry.id and not entry.gone]

    async def clean_up(
        self,
        routes: dict[str, Route],
        client_for: Callable[[str | None], Awaitable[httpx.AsyncClient]],
    ) -> list[tuple[Entry, str]]:
        """Remove what was made, newest first; returns what is left, with a sentence saying why."""
        left: list[tuple[Entry, str]] = []
        for entry in self.open_entries():
            why = await self._remove(entry, routes, client_for)
            if why:
                left.append((entry, why))
        return left

    async def _remove(
        self,
        entry: Entry,
        routes: dict[str, Route],
        client_for: Callable[[str | None], Awaitable[httpx.AsyncClient]],
    ) -> str:
        route = routes.get(entry.kind)
        if route is None:
            return f"the target file declares no [cleanup] for a {entry.kind}"
        try:
            client = await client_for(entry.role)
            answer = await client.request(route.method, route.path.replace("{id}", entry.id))
        except Exception as error:  # one that cannot be removed must not keep the others
            return f"{type(error).__name__}: {error}"
        if answer.is_success or answer.status_code == httpx.codes.NOT_FOUND:
            entry.gone = True
            self.write("removed", entry)
            return ""
        return f"{route.method} answered {answer.status_code}"


def left_by_others(folder: Path) -> list[dict[str, str]]:
    """What the ledgers of a run's folder say was made and do not say was removed: that of killed workers.

    Each has kind, name, role and id, as in the ledger; half a line at a ledger's end is passed over.
    """
    made: dict[tuple[str, str], dict[str, str]] = {}
    for path in sorted(folder.glob("ledger*.jsonl")):
        for line in _lines(path):
            key = (line["kind"], line["id"])
            if line["what"] == "made":
                made[key] = line
            elif line["what"] == "removed":
                made.pop(key, None)
    return list(made.values())


def _lines(path: Path) -> Iterable[dict[str, str]]:
    for text in path.read_text(encoding="utf-8").splitlines(keepends=True):
        if text.endswith("\n"):
            yield json.loads(text)
