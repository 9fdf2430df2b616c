"""Measures the body of an answer while it is read, packed and unpacked, so that no answer fills the memory."""

from __future__ import annotations

import zlib

BODY_BYTES = 64 * 1024 * 1024
"""How much one answer may have, where the target file says nothing else."""
ENCODINGS = "gzip, deflate"
"""What may be asked for: those that can be unpacked piece by piece."""
_PIECE = 1024 * 1024
_ZLIB, _GZIP = zlib.MAX_WBITS, zlib.MAX_WBITS | 16
_WINDOWS = {"gzip": (_GZIP,), "x-gzip": (_GZIP,), "deflate": (_ZLIB, -_ZLIB)}
"""What each may be; servers take the word deflate for either of two things."""


class Unreadable(AssertionError):
    """An answer is larger than any right one, or packed so that nobody can read it: seen, and wrong."""


class Measure:
    """Counts what a body comes to, at most `most` bytes; `what` is the request, for the sentence."""

    def __init__(self, what: str, encoding: str, most: int) -> None:
        self._what = what
        self._encoding = encoding.strip().lower()
        self._most = most
        self._packed = self._unpacked = 0
        self._windows = list(_WINDOWS.get(self._encoding, ()))
        self._unpacking = zlib.decompressobj(self._windows.pop(0)) if self._windows else None

    def add(self, chunk: bytes) -> None:
        """Count a further piece of the body. Raises Unreadable."""
        if self._unpacking is not None:
            self._unpack(chunk)
        elif self._encoding not in ("", "identity"):
            # Any other is unpacked at one go, by whatever library is there.
            told = f"packed as {self._encoding!r}, which nobody asked for"
            raise Unreadable(f"{self._what} was answered {told}")
        self._packed += len(chunk)
        if max(self._packed, self._unpacked) > self._most:
            unpacked = " when unpacked" if self._unpacked > self._most else ""
            most = f"{self._most / 1024 / 1024:g} MB"
            raise Unreadable(f"{self._what} was answered with more than {most}{unpacked}")

    def _unpack(self, chunk: bytes) -> None:
        try:
            self._count(chunk)
        except zlib.error:
            if self._packed or not self._windows:
                told = f"with a body that is not packed as it says ({self._encoding})"
                raise Unreadable(f"{self._what} was answered {told}") from None
            self._unpacking = zlib.decompressobj(self._windows.pop(0))
            self._unpack(chunk)

    def _count(self, chunk: bytes) -> None:
        assert self._unpacking is not None
        while chunk and self._unpacked <= self._most:
            self._unpacked += len(self._unpacking.decompress(chunk, _PIECE))
            chunk = self._unpacking.unconsumed_tail
