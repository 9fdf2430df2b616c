"""Finds any of many byte strings in a text of any length, at the speed of one pass over it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

_WORD, _STRIDE = 8, 4
_LEAST = _WORD + _STRIDE - 1
"""Wherever so many bytes lie, they cover a word of eight that begins at a multiple of four."""


class Lookout:
    """Knows needles; more may be added while another thread searches.

    The text is read as machine words. Only those that are part of a needle are looked at more closely,
    so that a thousand needles cost hardly more than one.
    """

    def __init__(self) -> None:
        self._words: set[int] = set()
        self._needles: dict[int, tuple[bytes, ...]] = {}
        self._short: list[bytes] = []
        self._known: set[bytes] = set()
        self.longest = 0

    def add(self, needle: bytes) -> None:
        """Look for `needle` from now on."""
        if not needle or needle in self._known:
            return
        self._known.add(needle)
        self.longest = max(self.longest, len(needle))
        if len(needle) < _LEAST:
            self._short.append(needle)
            return
        for start in range(len(needle) - _WORD + 1):
            word = int.from_bytes(needle[start : start + _WORD], sys.byteorder)
            self._needles[word] = (*self._needles.get(word, ()), needle)
            self._words.add(word)

    def find(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Every place of every needle, overlapping ones included."""
        for needle in self._candidates(data):
            at = data.find(needle)
            while at >= 0:
                yield at, needle
                at = data.find(needle, at + 1)

    def _candidates(self, data: bytes) -> set[bytes]:
        found = set(self._short)
        for start in (0, _STRIDE):
            length = (len(data) - start) // _WORD * _WORD
            if length > 0:
                words = memoryview(data)[start : start + length].cast("Q")
                for word in self._words.intersection(words):
                    found.update(self._needles[word])
        return found
