"""The network of whoever looks at the stand-in, and how it can be lost."""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter

HOST = "127.0.0.1"
# Closing a socket with this option sends a reset, which is what a lost path looks like.
_RESET = struct.pack("ii", 1, 0)
_CHUNK = 65536


@dataclass
class Network:
    """Whether anything answers; `offline_after` counts seconds from the announcement on.

    At the origins in `closed` nothing listens, so that a connection is refused.
    """

    offline: bool = False
    offline_after: float | None = None
    closed: set[str] = field(default_factory=set)


def reset(transport: asyncio.BaseTransport) -> None:
    """End a connection without any farewell."""
    peer = transport.get_extra_info("socket")
    if peer is not None:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    assert isinstance(transport, asyncio.Transport)
    transport.abort()


def protocol_over(network: Network) -> type[H11Protocol]:
    """HTTP, for as long as the network is there."""

    class OnlineProtocol(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if network.offline:
                reset(transport)

    return OnlineProtocol


class Relay:
    """Passes connections on to a server that runs in threads, so that they can be reset."""

    def __init__(self, network: Network, target: int) -> None:
        self._network = network
        self._target = target
        self._open: set[StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def start(self, port: int) -> int:
        """Listen on a port (0: any free one) and return it."""
        self._server = await asyncio.start_server(self._pass_on, HOST, port)
        opened: int = self._server.sockets[0].getsockname()[1]
        return opened

    async def _pass_on(self, reader: StreamReader, writer: StreamWriter) -> None:
        if self._network.offline:
            reset(writer.transport)
            return
        there_reader, there_writer = await asyncio.open_connection(HOST, self._target)
        self._open.add(writer)
        try:
            await asyncio.gather(_pump(reader, there_writer), _pump(there_reader, writer))
        finally:
            self._open.discard(writer)

    def go_offline(self) -> None:
        """Reset what is open."""
        for writer in self._open:
            reset(writer.transport)

    def stop(self) -> None:
        """Stop listening, and end what is open."""
        self.go_offline()
        if self._server is not None:
            self._server.close()


async def _pump(reader: StreamReader, writer: StreamWriter) -> None:
    """Pass bytes on until one side ends; a reset of either side is such an end."""
    try:
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    except ConnectionError:
        reset(writer.transport)
    else:
        writer.close()
