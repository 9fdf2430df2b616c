"""Reads what Sentry's SDKs post: envelopes, compressed or not."""

import gzip
import importlib
import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any


class EnvelopeError(ValueError):
    """The posted bytes are no envelope."""


def _brotli(body: bytes) -> bytes:
    # The SDK compresses by Brotli only where this package is installed, and so do we.
    decompressed: bytes = importlib.import_module("brotli").decompress(body)
    return decompressed


_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda body: body,
    "identity": lambda body: body,
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
    "br": _brotli,
}


def decode(body: bytes, encoding: str) -> bytes:
    """Undo a Content-Encoding; raises EnvelopeError when that cannot be done."""
    decoder = _DECODERS.get(encoding.strip().lower())
    if decoder is None:
        raise EnvelopeError(f"unsupported content encoding {encoding}")
    try:
        return decoder(body)
    except (OSError, EOFError, zlib.error, ImportError) as error:
        raise EnvelopeError(f"cannot decode {encoding}: {error}") from error


def events(envelope: bytes) -> Iterator[dict[str, Any]]:
    """The events of an envelope; transactions, sessions and reports are passed over.

    Raises EnvelopeError when the bytes do not have an envelope's form.
    """
    for header, payload in _items(envelope):
        if header.get("type") == "event":
            yield _object(payload)


def _items(envelope: bytes) -> Iterator[tuple[dict[str, Any], bytes]]:
    first, _, rest = envelope.partition(b"\n")
    _object(first)
    while rest.strip():
        line, _, rest = rest.partition(b"\n")
        header = _object(line)
        length = header.get("length")
        if not isinstance(length, int):
            length = len(rest.partition(b"\n")[0])
        yield header, rest[:length]
        rest = rest[length:].removeprefix(b"\n")


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise EnvelopeError(f"invalid JSON: {error}") from error
    if not isinstance(found, dict):
        raise EnvelopeError("a JSON object was expected")
    return found
