"""What a place where kept runs lie can do: list, read, add. Nothing that is there is changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol


class HistoryError(Exception):
    """The history could not be read or written; says why, and what to do."""


class Store(Protocol):
    """Objects by name. A name is a relative path with slashes."""

    where: str
    """The place, as a person writes it."""

    def names(self, under: str) -> Mapping[str, int]:
        """All names that begin with `under` (a folder, with its slash), and the bytes of each. Raises HistoryError."""
        ...

    def read(self, name: str) -> bytes:
        """One object. Raises HistoryError."""
        ...

    def read_all(self, names: Iterable[str]) -> Iterator[tuple[str, bytes | HistoryError]]:
        """Many objects, in any order; what cannot be read is told in its place."""
        ...

    def add(self, name: str, content: bytes) -> bool:
        """Put an object where none is; False when there is one already. Raises HistoryError."""
        ...

    def index(self, place: str) -> bytes:
        """Lines that spare reading single objects; b"" where there are none. Never raises for what is damaged."""
        ...

    def extend_index(self, place: str, fresh: Sequence[bytes], known: Sequence[bytes]) -> None:
        """Add lines to the index, beside those that it is known to hold. Raises HistoryError."""
        ...

    def link(self, name: str) -> str:
        """Where a person finds an object: an absolute path, or an address."""
        ...
