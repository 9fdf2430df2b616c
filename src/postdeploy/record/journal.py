"""The journal: one JSON line for each thing that happened, written as it happens."""

import contextlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class Journal:
    """Appends entries to a file that several processes may write at once.

    Each entry is one `write` to a descriptor opened for appending, so lines of different
    processes do not mix. `clean` is applied to every text before it is written (redaction).
    With `durable`, each line is forced to the disk before `append` returns.
    """

    def __init__(
        self,
        path: Path,
        *,
        clean: Callable[[str], str] | None = None,
        durable: bool = False,
    ) -> None:
        self.path = path
        self._clean = clean
        self._durable = durable
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        self._torn = self._ends_torn()

    def append(self, entry: Mapping[str, Any]) -> None:
        """Write one entry. Raises OSError when the disk refuses it."""
        content = _cleaned(dict(entry), self._clean) if self._clean else dict(entry)
        line = json.dumps(content, ensure_ascii=False, default=str, separators=(",", ":"))
        # A process killed in mid-write, or a full disk, leaves half a line; nothing must be glued to it.
        begin = b"\n" if self._torn else b""
        self._torn = True
        self._write(begin + whole(line).encode("utf-8") + b"\n")
        self._torn = False

    def entries(self) -> list[dict[str, Any]]:
        """What stands in it, as `read_journal` tells it, although the file may have been removed meanwhile."""
        size = os.fstat(self._descriptor).st_size
        return parse_lines(os.pread(self._descriptor, size, 0))

    def put_back(self) -> bool:
        """Write the file anew where somebody removed or replaced it; whether that was so. Raises OSError."""
        with contextlib.suppress(FileNotFoundError):
            if self.path.stat().st_ino == os.fstat(self._descriptor).st_ino:
                return False
        content = os.pread(self._descriptor, os.fstat(self._descriptor).st_size, 0)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        os.dup2(fresh, self._descriptor)
        os.close(fresh)
        self._write(content)
        return True

    def close(self) -> None:
        """Give the file back; further calls of `append` fail."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._descriptor, data) :]
        if self._durable:
            os.fsync(self._descriptor)

    def _ends_torn(self) -> bool:
        size = os.fstat(self._descriptor).st_size
        return bool(size) and os.pread(self._descriptor, 1, size - 1) != b"\n"


def whole(text: str) -> str:
    """The text with halves of characters, as a page's script can make them, put together or marked."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def read_journal(path: Path) -> list[dict[str, Any]]:
    """All entries of a journal, in the order in which they were written.

    A torn last line is passed over. A broken line before it becomes an entry of the kind
    "unreadable", because what it said might have been a failure.
    """
    return parse_lines(path.read_bytes())


def parse_lines(content: bytes) -> list[dict[str, Any]]:
    """The entries in the content of a journal."""
    lines = content.split(b"\n")
    torn = len(lines)  # what follows the last line end is empty, or torn
    entries = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        entry = _parsed(line)
        if entry is not None:
            entries.append(entry)
        elif number != torn:
            entries.append({"kind": "unreadable", "text": f"journal line {number}"})
    return entries


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def _cleaned(value: Any, clean: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {key: _cleaned(inner, clean) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(inner, clean) for inner in value]
    return value
