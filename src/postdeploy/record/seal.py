"""The seal of a run: digests by which it is seen whether anything was altered after it had ended.

Each journal line has a digest, and the digests are chained: the chain at a line stands for that line and
all before it. Seals and attestations carry the chain of what stood before them; `seal.json` holds the digest of every
line, so that a changed one can be named. There is no key: who alters the files and makes a seal anew is found by a
digest that was noted elsewhere (`postdeploy record verify --seal`).
"""

import contextlib
import fcntl
import hashlib
import json
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from postdeploy.record.journal import Journal
from postdeploy.record.writers.files import write_file

JOURNAL: Final = "journal.jsonl"
TIP: Final = "seal.json"
Sealer = Literal["run", "recover", "attest", "merge"]

_SEALED: Final = ("record.*", "junit.xml", "summary.*", "evidence/**/*")
_LINE_DIGITS: Final = 32
_CHUNK: Final = 1 << 20


class SealBroken(ValueError):
    """What had been sealed is no longer as it was: another seal would hide that."""


@dataclass(frozen=True)
class Tip:
    """What `seal.json` says: the digest of every line, and the chain at the last."""

    lines: tuple[str, ...]
    digest: str


def seal(folder: Path, by: Sealer) -> str:
    """Seal what stands in the folder of a run, and return the chain's digest.

    Sealing again what has not changed adds nothing. Raises SealBroken when the lines that were sealed
    before have changed, or when there are others than attestations after them and it is not the run itself
    that ends; OSError when the disk refuses it.
    """
    path = folder / JOURNAL
    lines = journal_lines(path.read_bytes())
    before = read_tip(folder)
    entries = seals_in(lines)
    if before is not None:
        _refuse_broken(before, lines, by)
    elif entries and by != "run":
        raise SealBroken(f"{TIP} is not there, and the journal has a seal")
    known = sealed_files(entries)
    files = _to_seal(folder, evidence=by == "run" or not entries)
    if before is not None and len(before.lines) == len(lines) and known == {**known, **files}:
        return before.digest
    digests = [line_digest(line) for line in lines]
    entry = {"by": by, "files": files, **({"whole": True} if by == "run" else {})}
    with Journal(path) as journal:
        journal.append({"kind": "seal", **linked(digests), **entry})
    # A worker that had a last word meanwhile has written it before the seal or behind it.
    digests = [line_digest(line) for line in journal_lines(path.read_bytes())]
    tip = {"lines": digests, "digest": chain(digests)}
    write_file(folder / TIP, json.dumps(tip, indent=0) + "\n")
    return str(tip["digest"])


def linked(digests: Sequence[str]) -> dict[str, Any]:
    """What an entry carries that is chained to the lines before it."""
    return {
        "uid": uuid.uuid4().hex,
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "after": len(digests),
        "previous": chain(digests),
    }


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let nobody else complete this run at the same time. Raises OSError when there is no journal."""
    descriptor = os.open(folder / JOURNAL, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def journal_lines(content: bytes) -> list[bytes]:
    """The lines of a journal; a torn last one counts."""
    lines = content.split(b"\n")
    return lines if lines[-1] else lines[:-1]


def line_digest(line: bytes) -> str:
    """The digest of one line, without its end."""
    return hashlib.sha256(line).hexdigest()[:_LINE_DIGITS]


def links(digests: Iterable[str]) -> Iterator[str]:
    """The chain before the first line, and at each line."""
    link = ""
    yield link
    for digest in digests:
        link = hashlib.sha256(f"{link}{digest}".encode()).hexdigest()
        yield link


def chain(digests: Iterable[str]) -> str:
    """The chain at the last of these lines."""
    *_, last = links(digests)
    return last


def file_digest(path: Path) -> str:
    """The digest of a file's content. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def read_tip(folder: Path) -> Tip | None:
    """What `seal.json` says; None when it is not there, or says nothing that can be understood."""
    try:
        read = json.loads((folder / TIP).read_bytes())
        return Tip(tuple(str(digest) for digest in read["lines"]), str(read["digest"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def linked_entries(lines: Iterable[bytes]) -> list[dict[str, Any]]:
    """The entries that carry the chain of what stood before them."""
    found = []
    for line in lines:
        with contextlib.suppress(ValueError, RecursionError):
            entry = json.loads(line)
            if isinstance(entry, dict) and isinstance(entry.get("after"), int):
                found.append(entry)
    return found


def seals_in(lines: Iterable[bytes]) -> list[dict[str, Any]]:
    """The seals among the lines of a journal, the oldest first."""
    return [entry for entry in linked_entries(lines) if entry.get("kind") == "seal"]


def sealed_files(seals: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Each sealed file with the digest of its content, as the latest seal that names it says."""
    files: dict[str, str] = {}
    for one in seals:
        if one.get("whole"):
            files = {}
        named = one.get("files")
        if isinstance(named, dict):
            files |= {str(name): str(digest) for name, digest in named.items()}
    return files


def files_to_seal(folder: Path) -> list[Path]:
    """The documents and the evidence of a run."""
    found = {path for pattern in _SEALED for path in folder.glob(pattern)}
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


def is_document(name: str) -> bool:
    """Whether the file is made from the journal, and may be made anew."""
    return "/" not in name


def _to_seal(folder: Path, *, evidence: bool) -> dict[str, str]:
    """Documents as they are now; evidence as the run left it, so that nothing that was altered later gets a seal."""
    names = {path.relative_to(folder).as_posix(): path for path in files_to_seal(folder)}
    return {
        name: file_digest(path) for name, path in names.items() if evidence or is_document(name)
    }


def _refuse_broken(before: Tip, lines: Sequence[bytes], by: Sealer) -> None:
    digests = [line_digest(line) for line in lines]
    sealed = len(before.lines)
    if tuple(digests[:sealed]) != before.lines:
        raise SealBroken("the journal is not what was sealed")
    if by == "run":
        return
    for number, line in enumerate(lines[sealed:], start=sealed + 1):
        if not any(entry.get("kind") == "attestation" for entry in linked_entries([line])):
            raise SealBroken(f"line {number} of the journal was added after it had been sealed")
