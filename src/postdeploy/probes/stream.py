"""Observes the beginning of a stream of events, and lets go of it as soon as the first bytes are there."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass

import httpx

from postdeploy.probes.bearer import request_headers
from postdeploy.probes.http import NoAnswer
from postdeploy.target import Stream


@dataclass(frozen=True)
class Opening:
    """How a stream began; `first` is "" where it ended without a byte, or was not read."""

    status: int
    content_type: str
    first: str
    seconds: float
    """From the request to the first bytes."""


async def observe_opening(client: httpx.AsyncClient, stream: Stream, token: str) -> Opening:
    """Open the stream with `token` and read its first bytes.

    Raises Unreachable, or NoAnswer when there are no bytes within the stream's `seconds`.
    """
    started = time.monotonic()
    async with _opened(client, stream, token) as answer:
        first = b""
        if answer.status_code == httpx.codes.OK:
            left = max(0.0, stream.seconds - (time.monotonic() - started))
            first = await _first_bytes(answer, left, stream)
        return Opening(
            status=answer.status_code,
            content_type=answer.headers.get("content-type", ""),
            first=first.decode("utf-8", errors="replace"),
            seconds=time.monotonic() - started,
        )


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


async def _first_bytes(answer: httpx.Response, seconds: float, stream: Stream) -> bytes:
    try:
        async with asyncio.timeout(seconds):
            async for chunk in answer.aiter_raw():
                if chunk:
                    return chunk
    except TimeoutError:
        raise NoAnswer(
            f"GET {stream.url} opened and sent nothing in {stream.seconds:g} s"
        ) from None
    return b""
