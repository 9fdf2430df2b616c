"""In which spellings a secret may stand in a text, and the one normal form of all escaped ones.

A text is not searched for every way in which a value may be escaped: the escapes of the text are undone,
as deep as they are nested, and white space and backslashes taken out; the same is done to the value.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from html.entities import html5

_ROUNDS = 5
_ESCAPES = (
    re.compile(rb"%[0-9a-f]{2}"),
    re.compile(rb"&(?:#x[0-9a-f]{1,6}|#[0-9]{1,7}|[a-z][a-z0-9]{1,30});"),
    re.compile(
        rb"\\+(?:ud[89ab][0-9a-f]{2}\\+ud[c-f][0-9a-f]{2}|u[0-9a-f]{4}|u\{[0-9a-f]{1,6}\}|x[0-9a-f]{2})"
    ),
)
"""Each begins with one certain character, by which `re` skips through a text fast."""
_UNSEEN = (
    re.compile(rb"\\+[nrt]"),
    re.compile(rb"\x1b\[[0-9;?]*[a-z]"),
    re.compile(rb"<wbr ?/?>"),
    re.compile(rb"\xc2\xad"),
    re.compile(rb"\xe2\x80[\x8b-\x8d]"),
    re.compile(rb"[ \t\r\n\x0b\x0c\0]+"),
)
_BACKSLASHES = (re.compile(rb"\\+"),)
"""Line ends, written out or not, colours of a terminal, soft hyphens: what a text is wrapped and quoted with."""
_SPACES = b" \t\r\n\x0b\x0c\0"
_HEX = re.compile(rb"[0-9a-f]+")


@dataclass(frozen=True)
class Normal:
    """A text in its normal form, and where each of its bytes came from."""

    data: bytes
    starts: list[int]
    ends: list[int]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where in the original text the bytes from `start` to `end` stood."""
        return self.starts[start], self.ends[end - 1]


def normal(data: bytes) -> bytes:
    """The normal form of a text in small letters."""
    data = _without_unseen(data)
    for _ in range(_ROUNDS):
        undone = data
        for escape in _ESCAPES:
            undone = escape.sub(_undo, undone)
        if undone == data:
            break
        data = undone
    return _without_unseen(data).replace(b"\\", b"")


def _without_unseen(data: bytes) -> bytes:
    for unseen in _UNSEEN[:-1]:
        data = unseen.sub(b"", data)
    return data.translate(None, _SPACES)


def normal_with_places(data: bytes) -> Normal:
    """As `normal`, much slower, with the place of each byte."""
    text = Normal(data, list(range(len(data))), list(range(1, len(data) + 1)))
    text = _all_replaced(text, _UNSEEN, keep=False)
    for _ in range(_ROUNDS):
        undone = _all_replaced(text, _ESCAPES, keep=True)
        if undone.data == text.data:
            break
        text = undone
    return _all_replaced(text, (*_UNSEEN, *_BACKSLASHES), keep=False)


def _all_replaced(text: Normal, patterns: Iterable[re.Pattern[bytes]], *, keep: bool) -> Normal:
    for pattern in patterns:
        text = _replaced(text, pattern, keep=keep)
    return text


def _replaced(text: Normal, pattern: re.Pattern[bytes], *, keep: bool) -> Normal:
    if pattern.search(text.data) is None:
        return text
    data, starts, ends = bytearray(), list[int](), list[int]()
    done = 0
    for found in pattern.finditer(text.data):
        start, end = found.span()
        data += text.data[done:start]
        starts += text.starts[done:start]
        ends += text.ends[done:start]
        new = _character(found[0]) if keep else b""
        data += new
        starts += [text.starts[start]] * len(new)
        ends += [text.ends[end - 1]] * len(new)
        done = end
    data += text.data[done:]
    return Normal(bytes(data), starts + text.starts[done:], ends + text.ends[done:])


def _undo(found: re.Match[bytes]) -> bytes:
    return _character(found[0])


@lru_cache(maxsize=8192)
def _character(escape: bytes) -> bytes:
    """The bytes that an escape stands for, in small letters; the escape itself where it stands for none."""
    if escape[:1] == b"&" and escape[1:2] != b"#":
        named = html5.get(escape[1:].decode())
        return named.encode().lower() if named else escape
    if escape[:1] == b"%" or (escape[:1] == b"\\" and b"x" in escape):
        return bytes([int(escape[-2:], 16)]).lower()
    if escape[:2] == b"&#" and escape[2:3] != b"x":
        return _encoded(int(escape[2:-1]), escape)
    numbers = [int(one, 16) for one in _HEX.findall(escape)]
    if len(numbers) == 2:
        return _encoded(0x10000 + ((numbers[0] - 0xD800) << 10) + numbers[1] - 0xDC00, escape)
    return _encoded(numbers[-1], escape)


def _encoded(number: int, escape: bytes) -> bytes:
    if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
        return escape
    return chr(number).encode().lower()


def spellings(value: str) -> Iterator[bytes]:
    """Every spelling of a value to look for in a text in small letters, and in its normal form."""
    for written in _written(value):
        yield written.lower()
        yield normal(written.lower())
        yield written.hex().encode()


def _written(value: str) -> Iterator[bytes]:
    """The value as bytes: in the encodings and forms of Unicode that products write."""
    for text in (value, value.upper()):
        yield text.encode("utf-8", "surrogatepass")
    if not value.isascii():
        for form in ("NFC", "NFD"):
            yield unicodedata.normalize(form, value).encode("utf-8", "surrogatepass")
        yield value.encode("latin-1", "replace")
        # In small letters Python's \U00012345 reads as JSON's \u0001 and four digits.
        yield ascii(value)[1:-1].encode()
        yield repr(value)[1:-1].encode("utf-8", "surrogatepass")
    if " " in value:
        yield value.replace(" ", "+").encode("utf-8", "surrogatepass")


def base64_cores(value: str) -> Iterator[bytes]:
    """What is the same in base64 of every text with the value in it, for each of the three alignments."""
    raw = value.encode("utf-8", "surrogatepass")
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + raw)
        core = encoded[(before * 8 + 5) // 6 : (before + len(raw)) * 8 // 6].lower()
        yield core
        yield core.replace(b"+", b"-").replace(b"/", b"_")
