"""What is inside a file, however it is packed, piece by piece and within bounds of memory and depth."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from postdeploy.redact import unpacked_base64

MEBIBYTE = 1024 * 1024
PIECE = 4 * MEBIBYTE
OVERLAP = 16 * 1024
"""Bytes that two pieces have in common, so that what lies across their border is seen in one of them."""
_LONGEST_RUN = 64 * MEBIBYTE
_DEPTH = 6
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{32,}={0,2}")
_BASE64_LETTER = re.compile(rb"[A-Za-z0-9+/_=-]$")
_ENCRYPTED = 0x1
_ZIP, _PNG, _PDF = b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", b"%PDF-"
_STREAMS: dict[bytes, Callable[[IO[bytes]], Any]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
}
_CLOSED = {
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!": "RAR",
    b"-----BEGIN PGP MESSAGE": "PGP",
}
"""Formats that nothing here can open, by their first bytes."""
_PACKED = (_ZIP, _PNG, _PDF, *_STREAMS)
_BINARY = (
    _PNG,
    b"\xff\xd8\xff",
    b"\x1aE\xdf\xa3",
    b"wOFF",
    b"wOF2",
    b"\0\1\0\0\0",
    b"GIF8",
    b"RIFF",
)
_FLATE = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)


class Unreadable(Exception):
    """What is inside cannot be told: encrypted, broken, too deep, or more than any file of ours holds."""


@dataclass(frozen=True)
class Piece:
    """A piece of what is inside a file; `binary` where nothing is escaped or wrapped."""

    data: bytes
    begins: bool = True
    ends: bool = True
    binary: bool = False


@dataclass
class Bounds:
    """How much one file may unpack to."""

    left: int = 1024 * MEBIBYTE
    members: int = 50_000
    seen: int = field(default=0, init=False)

    def take(self, count: int) -> None:
        """Note `count` further bytes. Raises Unreadable when there are too many."""
        self.seen += count
        self.left -= count
        if self.left < 0:
            raise Unreadable("it unpacks to more than 1 GiB")

    def enter(self) -> None:
        """Note a further member. Raises Unreadable when there are too many."""
        self.members -= 1
        if self.members < 0:
            raise Unreadable("it has more than 50 000 members")


def pieces(file: IO[bytes], bounds: Bounds, depth: int = 0) -> Iterator[Piece]:
    """Everything in a file: as it stands there, and unpacked. Raises Unreadable, or OSError.

    `file` must be seekable; at most some 64 MiB are held at once.
    """
    if depth > _DEPTH:
        raise Unreadable("it is packed more than six times over")
    start = file.read(32)
    file.seek(0)
    _refuse(start)
    binary = start.startswith((*_BINARY, _ZIP, *_STREAMS))
    for piece in _raw(file, bounds, binary=binary):
        yield piece
        if not binary:
            yield from _from_base64(piece.data, bounds, depth)
    file.seek(0)
    try:
        yield from _unpacked(start, file, bounds, depth)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError) as error:
        raise Unreadable(
            f"it is broken or packed in an unknown way ({type(error).__name__})"
        ) from error
    except OSError as error:
        raise Unreadable(f"it cannot be unpacked ({type(error).__name__})") from error


def _refuse(start: bytes) -> None:
    for mark, name in _CLOSED.items():
        if start.startswith(mark):
            raise Unreadable(f"it is packed as {name}, which cannot be looked into")


def _raw(file: IO[bytes], bounds: Bounds, *, binary: bool) -> Iterator[Piece]:
    """The bytes as they are, in overlapping pieces; a run of base64 is never torn."""
    kept, begins = b"", True
    while True:
        fresh = file.read(PIECE)
        while (
            len(fresh) >= PIECE and len(fresh) < _LONGEST_RUN and _within_run(fresh, binary=binary)
        ):
            more = file.read(PIECE)
            fresh += more
            if not more:
                break
        bounds.take(len(fresh))
        following = file.read(1) if fresh else b""
        data = kept + fresh
        if data or begins:
            yield Piece(data, begins, not following, binary)
        if not following:
            return
        bounds.take(1)
        kept, begins = data[-OVERLAP:] + following, False


def _within_run(data: bytes, *, binary: bool) -> bool:
    return not binary and _BASE64_LETTER.search(data, len(data) - 1) is not None


def _from_base64(data: bytes, bounds: Bounds, depth: int) -> Iterator[Piece]:
    small = []
    for found in _BASE64.finditer(data):
        inner = unpacked_base64(found[0])
        bounds.take(len(inner))
        if inner.startswith(_PACKED):
            yield from _guessed(inner, bounds, depth)
        else:
            small.append(inner)
            yield from _inflated(inner, bounds, depth)
    if small:
        # One by one they would cost far more than what is in them.
        together = b"\n".join(small)
        yield Piece(together, begins=False, ends=False)
        yield from _deeper(together, bounds, depth)


def _deeper(data: bytes, bounds: Bounds, depth: int) -> Iterator[Piece]:
    if depth >= _DEPTH:
        raise Unreadable("it is packed more than six times over")
    yield from _from_base64(data, bounds, depth + 1)


def _guessed(inner: bytes, bounds: Bounds, depth: int) -> Iterator[Piece]:
    """What looks packed by its first bytes alone may be anything: what cannot be unpacked is none."""
    yield Piece(inner, binary=True)
    if depth >= _DEPTH:
        raise Unreadable("it is packed more than six times over")
    try:
        yield from _unpacked(inner[:32], io.BytesIO(inner), bounds, depth)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError):
        return


def _unpacked(start: bytes, file: IO[bytes], bounds: Bounds, depth: int) -> Iterator[Piece]:
    if start.startswith(_ZIP):
        yield from _zip(file, bounds, depth)
    elif start.startswith(_PNG):
        yield from _png_texts(file, bounds, depth)
    elif start.startswith(_PDF):
        yield from _pdf_streams(file, bounds, depth)
    else:
        for mark, opened in _STREAMS.items():
            if start.startswith(mark):
                yield from pieces(opened(file), bounds, depth + 1)


def _zip(file: IO[bytes], bounds: Bounds, depth: int) -> Iterator[Piece]:
    with zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            bounds.enter()
            if entry.flag_bits & _ENCRYPTED:
                raise Unreadable("it is encrypted")
            yield Piece(entry.filename.encode("utf-8", "surrogateescape"))
            with archive.open(entry) as member:
                yield from pieces(member, bounds, depth + 1)


def _png_texts(file: IO[bytes], bounds: Bounds, depth: int) -> Iterator[Piece]:
    """The packed texts of a picture; the plain ones stand in its bytes as they are."""
    file.seek(len(_PNG))
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind in (b"zTXt", b"iTXt", b"iCCP"):
            body = file.read(length)
            for at in range(min(len(body), 200)):
                if body[at : at + 1] == b"\x78":
                    yield from _inflated(body[at:], bounds, depth)
            file.seek(4, io.SEEK_CUR)
        else:
            file.seek(length + 4, io.SEEK_CUR)


def _pdf_streams(file: IO[bytes], bounds: Bounds, depth: int) -> Iterator[Piece]:
    content = file.read(_LONGEST_RUN)
    if b"/Encrypt" in content:
        raise Unreadable("it is encrypted")
    for found in _FLATE.finditer(content):
        yield from _inflated(found[1], bounds, depth)
    yield Piece(_pdf_text(content).encode("utf-8", "replace"))


def _pdf_text(content: bytes) -> str:
    """What a reader of the document sees; its letters may be drawn by numbers of a font."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError:
        return ""  # nobody sees anything in it; its bytes and streams have been looked at
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def _inflated(data: bytes, bounds: Bounds, depth: int) -> Iterator[Piece]:
    if data[:1] != b"\x78":
        return
    stream = zlib.decompressobj()
    try:
        while data:
            inner = stream.decompress(data, PIECE)
            bounds.take(len(inner))
            yield Piece(inner)
            yield from _deeper(inner, bounds, depth)
            data = stream.unconsumed_tail
    except zlib.error:
        return
