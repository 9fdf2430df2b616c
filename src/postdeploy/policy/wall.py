"""The browser's outer wall: Chromium may connect to the declared hosts itself, for all else it asks here.

To Chromium this is a proxy; it refuses everybody, and keeps for whom it was asked.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from postdeploy.policy.rules import authority

_HEAD_BYTES = 16_384
_HEAD_SECONDS = 10.0
_ANSWER = (
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nConnection: close\r\n"
    b"Content-Length: 38\r\n\r\nBlocked by the policy of postdeploy.\r\n"
)


class Wall:
    """A server on loopback that hears, and refuses, whatever goes to no declared host."""

    def __init__(self, heard: Callable[[str, str], None]) -> None:
        self._heard = heard
        """Told the method (CONNECT for TLS and web sockets) and "host:port"."""
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
        with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError, ValueError):
            async with asyncio.timeout(_HEAD_SECONDS):
                line = await reader.readuntil(b"\r\n")
                method, address, _ = line[:_HEAD_BYTES].decode("latin-1").split(" ", 2)
                self._heard(method, address if method == "CONNECT" else authority(address))
                writer.write(_ANSWER)
                await writer.drain()
        writer.close()
