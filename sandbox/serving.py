"""One HTTP server per origin, all in one event loop, and the runner's network going away."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from abc import ABC, abstractmethod
from collections.abc import Container, Iterable, Iterator
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Protocol

import uvicorn

from sandbox.clock import CLOCK
from sandbox.network import HOST, Network, Relay, protocol_over, reset

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from sandbox.aws import AwsStandIn


class Served(Protocol):
    """What every world has that is served."""

    addresses: dict[str, str]
    network: Network
    aws: AwsStandIn


class OriginServer(uvicorn.Server):
    """A server that leaves the process's signals alone, for there are several of them."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answering = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.answering.set()

    async def on_tick(self, counter: int) -> bool:
        """Go on, and tell the time of the stand-in's own clock in every answer's Date."""
        ended = await super().on_tick(counter)
        if counter % 10 == 0 and CLOCK.skew:
            date = format_datetime(CLOCK.now(), usegmt=True).encode()
            self.server_state.default_headers = [(b"date", date), *self.config.encoded_headers]
        return ended

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


class Serving(ABC):
    """Starts and stops everything that listens for a world."""

    def __init__(self, world: Served, sockets: dict[str, socket.socket], aws_port: int) -> None:
        self._served = world
        self._sockets = sockets
        self._aws_port = aws_port
        self._servers: list[OriginServer] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._relay: Relay | None = None

    async def start(self) -> None:
        """Answer on every origin."""
        world = self._served
        world.addresses["aws"] = f"http://{HOST}:{await self._start_aws()}"
        for name, app in self.applications().items():
            if name in world.network.closed:
                continue
            server = OriginServer(self._config(name, app))
            self._servers.append(server)
            self._tasks.append(asyncio.create_task(server.serve([self._sockets[name]])))
        for server in self._servers:
            await server.answering.wait()

    @abstractmethod
    def applications(self) -> dict[str, ASGIApp]:
        """The application of each origin but AWS, which serves itself."""

    def options(self, name: str) -> dict[str, Any]:
        """What uvicorn is told besides, for one origin."""
        del name
        return {}

    async def _start_aws(self) -> int:
        """Start AWS, behind a relay if the network is going to be lost; return its port."""
        network, aws = self._served.network, self._served.aws
        if network.offline_after is None:
            return aws.start(self._aws_port)
        self._relay = Relay(network, aws.start(0))
        return await self._relay.start(self._aws_port)

    def _config(self, name: str, app: ASGIApp) -> uvicorn.Config:
        return uvicorn.Config(
            app,
            http=protocol_over(self._served.network),
            lifespan="off",
            ws="none",
            log_level="warning",
            access_log=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
            **self.options(name),
        )

    def go_offline(self) -> None:
        """Reset every connection, present and to come, on every origin, AWS included."""
        self._served.network.offline = True
        for server in self._servers:
            for connection in list(server.server_state.connections):
                reset(connection.transport)
        if self._relay is not None:
            self._relay.go_offline()

    async def stop(self) -> None:
        """Close everything, within about a second."""
        for server in self._servers:
            server.should_exit = True
        if self._relay is not None:
            self._relay.stop()
        await asyncio.gather(
            asyncio.to_thread(self._served.aws.stop),
            *self._tasks,
        )


def bind(port: int, origins: Iterable[str]) -> tuple[dict[str, socket.socket], int]:
    """Sockets by origin, and the port that is left for AWS; OSError if a port is taken."""
    names = [name for name in origins if name != "aws"]
    sockets = {name: _socket(port + place if port else 0) for place, name in enumerate(names)}
    return sockets, port + len(names) if port else 0


def _socket(port: int) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((HOST, port))
    except OSError as error:
        raise OSError(f"Port {port} of {HOST} cannot be used: {error.strerror}.") from error
    return opened


def addresses_of(
    sockets: dict[str, socket.socket], encrypted: Container[str] = ()
) -> dict[str, str]:
    """The base URLs of bound sockets, those of the encrypted origins with https."""
    return {
        name: f"{'https' if name in encrypted else 'http'}://{HOST}:{opened.getsockname()[1]}"
        for name, opened in sockets.items()
    }
