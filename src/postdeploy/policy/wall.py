"""The browser's outer wall: Chromium may connect to the declared hosts itself, for all else it asks here.

To Chromium this is a proxy; it refuses everybody, and keeps for whom it was asked. Where this machine
reaches the declared hosts by a proxy of its own, Chromium asks for them here as well, and they are
passed on to that one.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from postdeploy.policy.rules import authority

_HEAD_SECONDS = 10.0
_CHUNK = 65_536
_REFUSED = (
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nConnection: close\r\n"
    b"Content-Length: 38\r\n\r\nBlocked by the policy of postdeploy.\r\n"
)
_NO_PROXY = b"HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_HOP = ("proxy-connection", "proxy-authorization", "connection")

Heard = Callable[[str, str], str]
"""Told a method (CONNECT for TLS and web sockets) and "host:port"; answers the proxy to pass it on to, or ""."""


class Wall:
    """A server on loopback that hears, and refuses, whatever goes to no declared host."""

    def __init__(self, heard: Heard) -> None:
        self._heard = heard
        self._server: asyncio.Server | None = None
        self._port = 0

    async def start(self) -> int:
        """Listen; returns the port."""
        if self._server is None:
            self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
            self._port = int(self._server.sockets[0].getsockname()[1])
        return self._port

    async def stop(self) -> None:
        """Listen no more: who asks then is refused by the machine itself."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, TimeoutError, EOFError, ValueError):
            async with asyncio.timeout(_HEAD_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
            method, address, _ = head.decode("latin-1").split(" ", 2)
            proxy = self._heard(method, address if method == "CONNECT" else authority(address))
            if proxy and not proxy.startswith(("http://", "https://")):
                writer.write(_NO_PROXY)
            elif proxy:
                await _pass_on(proxy, head, reader, writer)
            else:
                writer.write(_REFUSED)
            await writer.drain()
        writer.close()


async def _pass_on(
    proxy: str, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Let both sides talk; one request for each connection, for the next may be for somebody else."""
    parts = urlsplit(proxy)
    secure = parts.scheme == "https"
    try:
        async with asyncio.timeout(_HEAD_SECONDS):
            answers, there = await asyncio.open_connection(
                parts.hostname, parts.port or (443 if secure else 80), ssl=secure or None
            )
    except (OSError, TimeoutError):
        writer.write(_NO_PROXY)
        await writer.drain()
        return
    there.write(_rewritten(head, parts.username, parts.password))
    try:
        await asyncio.gather(_pour(reader, there), _pour(answers, writer))
    finally:
        there.close()


def _rewritten(head: bytes, user: str | None, password: str | None) -> bytes:
    lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    kept = [line for line in lines if line.partition(":")[0].lower() not in _HOP]
    if not lines[0].startswith("CONNECT "):
        kept.append("Connection: close")
    if user is not None:
        login = f"{unquote(user)}:{unquote(password or '')}".encode()
        kept.append(f"Proxy-Authorization: Basic {base64.b64encode(login).decode()}")
    return ("\r\n".join(kept) + "\r\n\r\n").encode("latin-1")


async def _pour(source: asyncio.StreamReader, into: asyncio.StreamWriter) -> None:
    while chunk := await source.read(_CHUNK):
        into.write(chunk)
        await into.drain()
    if into.can_write_eof():
        into.write_eof()
