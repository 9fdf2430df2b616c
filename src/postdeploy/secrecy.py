"""The last look: no file of a finished run goes out before it was searched for every secret of that run."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from postdeploy.redact import Redactor
from postdeploy.unpacking import Bounds, Unreadable, pieces

PUBLISHABLE = "publishable.txt"
"""In the run's folder: the files that may be published, one path a line, relative to the folder."""
_WITHHELD = ".withheld"
"""Beside the folders of the runs, so that whoever publishes one of them never has it."""
_JOURNAL = "journal.jsonl"
_UNFINISHED = (".raw", ".tmp")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PICTURES = (".png", ".jpeg", ".jpg", ".webp")
_NAMED_AT_MOST = 20


@dataclass(frozen=True)
class Finding:
    """A file that must not go out, and why: the kind of secret in it, or that it could not be searched."""

    file: str
    why: str
    shown: str
    """The file's name as it may be told."""


@dataclass(frozen=True)
class Findings:
    """What a scan found; nothing passed means that nothing was scanned, which is trouble as well."""

    passed: tuple[str, ...] = ()
    held_back: tuple[Finding, ...] = ()
    scanned: int = 0
    size: int = 0
    """Bytes looked at, as files and unpacked."""
    seconds: float = 0.0

    @property
    def sentences(self) -> list[str]:
        """What a reader of the record must know; none when all is well."""
        told = [f"{one.shown} is withheld: {one.why}." for one in self.held_back[:_NAMED_AT_MOST]]
        more = len(self.held_back) - len(told)
        if more > 0:
            told.append(f"{more} more files are withheld.")
        if not self.scanned:
            told.append("No file of the run was searched for secrets.")
        return told

    def but_for(self, again: Findings) -> Findings:
        """These findings, where some of the files were looked at once more."""
        seen = {*again.passed, *(one.file for one in again.held_back)}
        return replace(
            again,
            passed=tuple(
                sorted({*again.passed, *(name for name in self.passed if name not in seen)})
            ),
            held_back=(*self.held_back, *again.held_back),
            scanned=self.scanned + again.scanned,
            size=self.size + again.size,
            seconds=self.seconds + again.seconds,
        )


def keep_back(
    folder: Path, redactor: Redactor, *, outside: Iterable[Path] = (), only: Collection[str] = ()
) -> Findings:
    """Scan the run's folder (of it, `only` those files, if named) and withhold what does not pass.

    `outside` are files of the run that lie elsewhere. The journal is withheld as it was, and a cleaned
    copy takes its place: the record is made from it.
    """
    findings = scan(folder, redactor, outside=outside, only=only)
    for number, finding in enumerate(findings.held_back, start=1):
        cleaned = None
        path = folder / finding.file
        if finding.file == _JOURNAL and path.is_file() and not path.is_symlink():
            cleaned = redactor.clean_bytes(path.read_bytes())
        _withhold(folder, path, finding, number)
        if cleaned is not None:
            path.write_bytes(cleaned)
    return findings


def scan(
    folder: Path, redactor: Redactor, *, outside: Iterable[Path] = (), only: Collection[str] = ()
) -> Findings:
    """Search every file below `folder` for every secret that the redactor knows, in all spellings.

    A file that cannot be read, or unpacked within bounds, does not pass. Changes nothing.
    """
    began = time.monotonic()
    passed: list[str] = []
    held_back: dict[str, Finding] = {}
    scanned = size = 0
    for path in [*_files(folder, only), *outside]:
        scanned += 1
        name = _relative(path, folder)
        bounds = Bounds()
        why = _why_not(path, name, redactor, bounds)
        size += bounds.seen
        if why:
            held_back[name] = Finding(name, why, _shown(name, redactor))
        else:
            passed.append(name)
    for name in passed:
        words = held_back.get(_words_of(name))
        if words is not None:
            held_back[name] = replace(words, file=name, shown=_shown(name, redactor))
    for name, original in _copies(folder, passed, held_back):
        held_back[name] = replace(original, file=name, shown=_shown(name, redactor))
    return Findings(
        passed=tuple(sorted(name for name in passed if name not in held_back)),
        held_back=tuple(held_back.values()),
        scanned=scanned,
        size=size,
        seconds=time.monotonic() - began,
    )


def publish(folder: Path, passed: Sequence[str]) -> None:
    """Write the list of the files that may go out. Raises OSError."""
    inside = [
        name for name in passed if not Path(name).is_absolute() and not name.endswith(".lock")
    ]
    text = "".join(f"{name}\n" for name in sorted({*inside, PUBLISHABLE}))
    (folder / PUBLISHABLE).write_text(text, encoding="utf-8")


def unpublish(folder: Path) -> None:
    """Take the list away: of a run that is at work, or that nobody could search, nothing may go out."""
    with contextlib.suppress(OSError):
        (folder / PUBLISHABLE).unlink(missing_ok=True)


def _files(folder: Path, only: Collection[str]) -> Iterator[Path]:
    if only:
        yield from (folder / name for name in only if (folder / name).is_file())
        return
    for where, folders, names in os.walk(folder):
        # A link to a folder is not walked into; it is looked at, and refused, as a file is.
        links = [name for name in folders if (Path(where) / name).is_symlink()]
        yield from (Path(where) / name for name in sorted([*names, *links]))


def _relative(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)


def _shown(name: str, redactor: Redactor) -> str:
    return _CONTROL.sub("?", redactor.clean(name))


def _words_of(name: str) -> str:
    """The file with the text of a picture of a page: what holds for it holds for the picture."""
    path = Path(name)
    return str(path.with_suffix(".txt")) if path.suffix in _PICTURES else ""


def _copies(
    folder: Path, passed: Sequence[str], held_back: Mapping[str, Finding]
) -> list[tuple[str, Finding]]:
    """Files that are the same as a picture that is held back: Allure takes copies."""
    pictures = {
        _digest(folder / name): one
        for name, one in held_back.items()
        if name.endswith(_PICTURES) and (folder / name).is_file()
    }
    if not pictures:
        return []
    others = [name for name in passed if name not in held_back]
    digests = ((name, _digest(folder / name)) for name in others)
    return [(name, pictures[digest]) for name, digest in digests if digest in pictures]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _why_not(path: Path, name: str, redactor: Redactor, bounds: Bounds) -> str:
    """Why a file must not go out; "" when it may."""
    if kinds := redactor.kinds_in(name.encode("utf-8", "surrogateescape")):
        return _holds(kinds, "its name holds")
    if _CONTROL.search(name):
        return "its name holds control characters"
    if path.suffix in _UNFINISHED:
        return "it was never finished, so that nobody has cleaned it"
    return _why_not_within(path, redactor, bounds)


def _why_not_within(path: Path, redactor: Redactor, bounds: Bounds) -> str:
    try:
        before = path.lstat()
        if not stat.S_ISREG(before.st_mode):
            return "it is no file but a link, or something else that leads elsewhere"
        with path.open("rb") as file:
            found = _holds(_kinds(file, redactor, bounds), "it holds")
        after = path.lstat()
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            return found or "it was still being written"
        return found  # noqa: TRY300 - what it says depends on what was just read
    except Unreadable as error:
        return f"it cannot be searched: {error}"
    except OSError as error:
        return f"it cannot be read: {error.strerror or type(error).__name__}"
    except (
        Exception
    ) as error:  # whatever a strange file does to those who read it, it does not pass
        return f"it cannot be searched ({type(error).__name__})"


def _kinds(file: IO[bytes], redactor: Redactor, bounds: Bounds) -> set[str]:
    found: set[str] = set()
    for piece in pieces(file, bounds):
        found |= redactor.kinds_in(
            piece.data, begins=piece.begins, ends=piece.ends, binary=piece.binary
        )
        if found:
            return found
    return found


def _holds(kinds: set[str], words: str) -> str:
    return f"{words} a secret ({', '.join(sorted(kinds))})" if kinds else ""


def _withhold(folder: Path, path: Path, finding: Finding, number: int) -> None:
    """Move a file out of the run's folder; where that fails, delete it: it must not stay."""
    told_apart = finding.file if finding.shown == finding.file else f"withheld-{number}"
    place = folder.parent / _WITHHELD / folder.name / Path(told_apart.lstrip("/"))
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        (folder.parent / _WITHHELD).chmod(0o700)
        if not path.is_symlink():
            path.chmod(0o600)
        path.replace(place)
    except OSError:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
