"""One HTTP server per origin, all in one event loop, and the runner's network going away."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn
from starlette.requests import Request
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox.api.app import build_api, build_control, build_llm, build_search, report_to_sentry
from sandbox.identity.app import build_identity
from sandbox.web.app import build_app
from sandbox.world import ORIGINS, World

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

HOST = "127.0.0.1"
# Closing a socket with this option sends a reset, as a lost network path makes it look.
_RESET = struct.pack("ii", 1, 0)


@dataclass
class Origin:
    """What every origin has in common: the answers of faults, and the pace."""

    name: str
    app: ASGIApp
    world: World

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a fault answer, or else the application, after as long as the pace says."""
        answer = None
        if scope["type"] == "http":
            await self._hold_back(scope["path"])
            answer = await self.world.interceptors.answer(self.name, Request(scope, receive))
        await (answer or self.app)(scope, receive, send)

    async def _hold_back(self, path: str) -> None:
        if self.name in ("app", "api") and not path.startswith("/assets/"):
            await asyncio.sleep(self.world.pace.answer_seconds())


class OriginServer(uvicorn.Server):
    """A server that leaves the process's signals alone, for there are several of them."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answering = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.answering.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


class Servers:
    """Starts and stops everything that listens."""

    def __init__(self, world: World, sockets: dict[str, socket.socket], aws_port: int) -> None:
        self._world = world
        self._sockets = sockets
        self._aws_port = aws_port
        self._servers: list[OriginServer] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._dead_ends: list[asyncio.Server] = []

    async def start(self) -> None:
        """Answer on every origin."""
        world = self._world
        opened = await asyncio.to_thread(world.aws.start, self._aws_port)
        world.addresses["aws"] = f"http://{HOST}:{opened}"
        report_to_sentry(world)
        for name, app in applications(world).items():
            server = OriginServer(self._config(Origin(name, app, world)))
            self._servers.append(server)
            self._tasks.append(asyncio.create_task(server.serve([self._sockets[name]])))
        world.jobs.start()
        for server in self._servers:
            await server.answering.wait()

    def _config(self, app: Origin) -> uvicorn.Config:
        return uvicorn.Config(
            app,
            http=protocol_of(self._world),
            lifespan="off",
            ws="none",
            log_level="warning",
            access_log=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )

    async def go_offline(self) -> None:
        """Reset every connection, present and to come, on every origin, AWS included."""
        world = self._world
        world.network.offline = True
        for server in self._servers:
            for connection in list(server.server_state.connections):
                reset(connection.transport)
        port = int(world.addresses["aws"].rpartition(":")[2])
        await asyncio.to_thread(world.aws.stop)
        dead_end = await asyncio.get_running_loop().create_server(
            DeadEnd, HOST, port, reuse_address=True
        )
        self._dead_ends.append(dead_end)

    async def stop(self) -> None:
        """Close everything, within about a second."""
        for server in self._servers:
            server.should_exit = True
        for dead_end in self._dead_ends:
            dead_end.close()
        await asyncio.gather(
            self._world.jobs.stop(),
            asyncio.to_thread(self._world.aws.stop),
            *self._tasks,
        )


def applications(world: World) -> dict[str, ASGIApp]:
    """The application of each origin but AWS, which serves itself."""
    return {
        "control": build_control(world),
        "app": build_app(world),
        "api": build_api(world),
        "idp": build_identity(world),
        "llm": build_llm(world),
        "search": build_search(world),
        "integrations": world.integrations.app,
    }


def protocol_of(world: World) -> type[H11Protocol]:
    """HTTP, as long as the world's network is there."""

    class OnlineProtocol(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if world.network.offline:
                reset(transport)

    return OnlineProtocol


class DeadEnd(asyncio.Protocol):
    """Accepts a connection and resets it."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Reset at once."""
        reset(transport)


def reset(transport: asyncio.BaseTransport) -> None:
    """End a connection as a lost network path does."""
    peer = transport.get_extra_info("socket")
    if peer is not None:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    assert isinstance(transport, asyncio.Transport)
    transport.abort()


def bind(port: int) -> tuple[dict[str, socket.socket], int]:
    """Sockets by origin, and the port that is left for AWS; OSError if a port is taken."""
    names = [name for name in ORIGINS if name != "aws"]
    sockets = {name: _socket(port + place if port else 0) for place, name in enumerate(names)}
    return sockets, port + len(names) if port else 0


def _socket(port: int) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind((HOST, port))
    return opened


def addresses_of(sockets: dict[str, socket.socket]) -> dict[str, str]:
    """The base URLs of bound sockets."""
    return {name: f"http://{HOST}:{opened.getsockname()[1]}" for name, opened in sockets.items()}
