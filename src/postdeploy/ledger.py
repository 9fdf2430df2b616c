"""What this run makes in the product: the intent on disk before each create, and its removal at the end."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path


class Unannounced(Exception):
    """Something was about to be made of which the ledger knows nothing: a mistake in the check."""


@dataclass
class Entry:
    """One thing that the run makes; without an id it may or may not exist."""

    kind: str
    name: str
    role: str | None
    ledger: Ledger
    number: int = 1
    """Which user of the role makes it."""
    id: str = ""
    gone: bool = False
    sent: float = 0
    """When the request that makes it went out, by the monotonic clock; 0 = it did not."""
    answered: bool = False
    refused: bool = False
    """The product said that it does not make it."""

    def made(self, made_id: str) -> None:
        """The product told the id of what it made."""
        self.id = made_id
        self.ledger.write("remains" if self.kind in self.ledger.remains else "made", self)

    def tell(self, made_id: str) -> None:
        """As `made`, of what the product lists; a disk that is full keeps nobody from removing it."""
        with contextlib.suppress(OSError):
            self.made(made_id)

    @property
    def pending(self) -> bool:
        """Whether the product may still be making it, and nobody will hear of it."""
        return self.sent > 0 and not self.answered and not self.id


@dataclass
class Ledger:
    """The entries of a run, and the file that outlives a killed process."""

    path: Path
    entries: list[Entry] = field(default_factory=list)
    remains: frozenset[str] = frozenset()
    """Kinds that nobody can take back: noted, and never removed."""
    closed: bool = False
    """The run is ending: nothing more is made."""

    def intend(self, kind: str, name: str, role: str | None, number: int = 1) -> Entry:
        """Write the intent to disk, synchronously, and hand out its entry.

        Raises Unannounced when the run is ending, and OSError when the disk does not take it: in
        both cases nothing may be made.
        """
        if self.closed:
            raise Unannounced(f"the run is ending: no {kind} {name!r} is made any more")
        entry = Entry(kind, name, role, self, number)
        self.write("intended", entry)
        self.entries.append(entry)
        return entry

    def found(self, kind: str, name: str, made_id: str, role: str | None, number: int) -> Entry:
        """Enter something of this run that the product lists and that no answer told of."""
        entry = Entry(kind, name, role, self, number, id=made_id)
        self.entries.append(entry)
        with contextlib.suppress(OSError):
            self.write("made", entry)
        return entry

    def write(self, what: str, entry: Entry) -> None:
        """Append one line and have it on the disk before anything else happens."""
        line = {"what": what, "kind": entry.kind, "name": entry.name, "role": entry.role}
        self._append({**line, "number": entry.number, "id": entry.id})

    def settled(self) -> None:
        """The run has looked after all that it made: whoever finds the file need not."""
        with contextlib.suppress(OSError):
            self._append({"what": "settled"})

    def _append(self, line: dict[str, object]) -> None:
        fresh = not self.path.exists()
        # Together with a line end before it, so that half a line of a full disk spoils no other.
        text = json.dumps(line) + "\n"
        with self.path.open("ab") as file:
            if file.tell() and not _ends_a_line(self.path):
                text = "\n" + text
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        if fresh:
            _keep_name(self.path.parent)
            _keep_name(self.path.parent.parent)

    def open_entries(self) -> Iterable[Entry]:
        """What still has to be removed, newest first."""
        mine = (entry for entry in reversed(self.entries) if entry.kind not in self.remains)
        return [entry for entry in mine if entry.id and not entry.gone]

    async def clean_up(self, remove: Callable[[Entry], Awaitable[str]]) -> list[tuple[Entry, str]]:
        """Remove what was made, newest first; returns what is left, with a sentence saying why.

        `remove` answers why it could not, or "".
        """
        left: list[tuple[Entry, str]] = []
        for entry in self.open_entries():
            try:
                why = await remove(entry)
            except Exception as error:  # one that cannot be removed must not keep the others
                why = f"{type(error).__name__}: {error}"
            if why:
                left.append((entry, why))
            else:
                self.removed(entry)
        return left

    def removed(self, entry: Entry) -> None:
        """It is gone; a disk that is full does not bring it back."""
        entry.gone = True
        with contextlib.suppress(OSError):
            self.write("removed", entry)


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _keep_name(folder: Path) -> None:
    """Have the folder's own list of names on the disk, where a system can do that."""
    with contextlib.suppress(OSError):
        file = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)


def left_by_others(folder: Path) -> list[dict[str, str]]:
    """What the ledgers of a run's folder say was made and do not say was removed: that of killed workers.

    Each has kind, name, role, number and id, as in the ledger, the newest last.
    """
    made: dict[tuple[str, str], dict[str, str]] = {}
    for path in sorted(folder.glob("ledger*.jsonl")):
        for line in _lines(path):
            key = (line.get("kind", ""), line.get("id", ""))
            if line["what"] == "made":
                made[key] = line
    for path in sorted(folder.glob("ledger*.jsonl")):
        for line in _lines(path):
            if line["what"] == "removed":
                made.pop((line.get("kind", ""), line.get("id", "")), None)
    return list(made.values())


def makers(folder: Path) -> set[tuple[str, int]]:
    """Role and number of the test users as whom a run made, or was about to make, things."""
    found = set()
    for path in folder.glob("ledger*.jsonl"):
        for line in _lines(path):
            if line.get("role"):
                found.add((line["role"], int(line.get("number", 1))))
    return found


def unsettled(folder: Path) -> bool:
    """Whether a process of that run has made, or was about to make, things and never looked after them."""
    for path in folder.glob("ledger*.jsonl"):
        said = [line["what"] for line in _lines(path)]
        if "intended" in said and "settled" not in said:
            return True
    return False


def note_removed(folder: Path, line: dict[str, str]) -> None:
    """Note beside a dead run's ledgers that what they tell of was removed by somebody else."""
    with contextlib.suppress(OSError), (folder / "ledger-swept.jsonl").open("a") as file:
        file.write(json.dumps({**line, "what": "removed"}) + "\n")


def _lines(path: Path) -> Iterator[dict[str, str]]:
    """The lines of a ledger; what a full disk or a kill has left of one is passed over."""
    try:
        texts = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for text in texts:
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict) and "what" in line:
            yield line
