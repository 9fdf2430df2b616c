"""Kept runs in a folder."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

from postdeploy.history.store import HistoryError

T = TypeVar("T")
_NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EXDEV})
"""What file systems answer that have no hard links."""


class Folder:
    """A folder of this machine, or one that it has mounted."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.where = str(path)

    def names(self, under: str) -> Mapping[str, int]:
        """Regular files; a link, a pipe or what begins with a dot is none of ours."""
        return self._trying(under, lambda: dict(self._walk(under.rstrip("/"))))

    def _walk(self, under: str) -> Iterator[tuple[str, int]]:
        with contextlib.suppress(FileNotFoundError), os.scandir(self._path / under) as found:
            for entry in found:
                name = f"{under}/{entry.name}"
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    yield from self._walk(name)
                elif entry.is_file(follow_symlinks=False):
                    with contextlib.suppress(FileNotFoundError):
                        yield name, entry.stat(follow_symlinks=False).st_size

    def read(self, name: str) -> bytes:
        """One file."""
        return self._trying(name, (self._path / name).read_bytes)

    def read_all(self, names: Iterable[str]) -> Iterator[tuple[str, bytes | HistoryError]]:
        """File by file."""
        for name in names:
            try:
                yield name, self.read(name)
            except HistoryError as error:
                yield name, error

    def add(self, name: str, content: bytes) -> bool:
        """The whole file or none of it appears under its name, and is on the disk."""
        return self._trying(name, lambda: self._added(self._path / name, content))

    def _added(self, path: Path, content: bytes) -> bool:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".adding-")
        unfinished = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
            unfinished.chmod(0o644)
            return _linked(unfinished, path, content)
        finally:
            unfinished.unlink(missing_ok=True)

    def index(self, place: str) -> bytes:
        """The file of lines."""
        try:
            return self._index(place).read_bytes()
        except OSError:
            return b""

    def extend_index(self, place: str, fresh: Sequence[bytes], known: Sequence[bytes]) -> None:
        """One write to the end of the file: lines of two runs that end together do not mix."""
        del known
        self._trying(f"the index of {place}", lambda: self._append(self._index(place), fresh))

    def _append(self, path: Path, lines: Sequence[bytes]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            size = os.fstat(descriptor).st_size
            # A line that was torn by a crash or a full disk must not swallow the next one.
            torn = b"\n" * (size > 0 and os.pread(descriptor, 1, size - 1) != b"\n")
            data = torn + b"".join(line + b"\n" for line in lines)
            while data:
                data = data[os.write(descriptor, data) :]
        finally:
            os.close(descriptor)

    def _index(self, place: str) -> Path:
        return self._path / "index" / f"{place}.jsonl"

    def link(self, name: str) -> str:
        """The file's absolute path."""
        return str((self._path / name).absolute())

    def _trying(self, what: str, work: Callable[[], T]) -> T:
        try:
            return work()
        except OSError as error:
            raise HistoryError(f"{what} in {self.where}: {error.strerror or error}") from error


def _linked(unfinished: Path, path: Path, content: bytes) -> bool:
    """Give a finished file its name, unless there is one of that name."""
    try:
        os.link(unfinished, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _created(path, content)
    return True


def _created(path: Path, content: bytes) -> bool:
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        return False
    return True
