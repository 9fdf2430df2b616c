"""Observes the beginning of a stream of events, and lets go of it as soon as the first bytes are there."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import httpx

from postdeploy.probes.bearer import request_headers
from postdeploy.probes.http import NoAnswer
from postdeploy.target import Stream

_MOMENT_SECONDS = 0.5
_MOST_BYTES = 4096


@dataclass(frozen=True)
class Opening:
    """How a stream began; `first` is what came at first and in a moment after.

    It is "" where the stream ended without a byte, or was not read; `ended` says that there was no more.
    """

    status: int
    content_type: str
    first: str
    seconds: float
    """From the request to the first bytes."""
    ended: bool = False


async def observe_opening(client: httpx.AsyncClient, stream: Stream, token: str) -> Opening:
    """Open the stream with `token` and read its first bytes.

    Raises Unreachable, or NoAnswer when there are no bytes within the stream's `seconds`.
    """
    started = time.monotonic()
    async with _opened(client, stream, token) as answer:
        if answer.status_code != httpx.codes.OK:
            return _opening(answer, b"", started)
        chunks = aiter(answer.aiter_raw())
        first = await _first_bytes(chunks, _left(stream, started), stream)
        opening = _opening(answer, first, started)
        more, ended = await _shortly_after(chunks, _left(stream, started)) if first else (b"", True)
        told = (first + more).decode("utf-8", errors="replace")
        return replace(opening, first=told, ended=ended)


def _opening(answer: httpx.Response, first: bytes, started: float) -> Opening:
    return Opening(
        status=answer.status_code,
        content_type=answer.headers.get("content-type", ""),
        first=first.decode("utf-8", errors="replace"),
        seconds=time.monotonic() - started,
    )


def _left(stream: Stream, started: float) -> float:
    return max(0.0, stream.seconds - (time.monotonic() - started))


async def observe_refusal(client: httpx.AsyncClient, stream: Stream, token: str = "") -> int:
    """The status with which the stream is refused to `token` ("" = none); nothing of it is read.

    Raises Unreachable or NoAnswer.
    """
    async with _opened(client, stream, token) as answer:
        return answer.status_code


def _opened(
    client: httpx.AsyncClient, stream: Stream, token: str
) -> contextlib.AbstractAsyncContextManager[httpx.Response]:
    headers = request_headers(token, {"Accept": stream.content_type})
    return client.stream("GET", stream.url, headers=headers, timeout=stream.seconds)


async def _first_bytes(chunks: AsyncIterator[bytes], seconds: float, stream: Stream) -> bytes:
    try:
        async with asyncio.timeout(seconds):
            async for chunk in chunks:
                if chunk:
                    return chunk
    except TimeoutError:
        raise NoAnswer(
            f"GET {stream.url} opened and sent nothing in {stream.seconds:g} s"
        ) from None
    return b""


async def _shortly_after(chunks: AsyncIterator[bytes], left: float) -> tuple[bytes, bool]:
    """What else comes in a moment, and whether the stream is over then."""
    found = b""
    try:
        async with asyncio.timeout(min(_MOMENT_SECONDS, left / 2)):
            async for chunk in chunks:
                found += chunk
                if len(found) > _MOST_BYTES:
                    return found, False
    except TimeoutError:
        return found, False
    return found, True
