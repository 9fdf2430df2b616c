"""One HTTP server per origin, all in one event loop, and the runner's network going away."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING

import uvicorn

from sandbox.api.app import build_api, build_control, build_llm, build_search, report_to_sentry
from sandbox.api.front import Interception
from sandbox.clock import CLOCK
from sandbox.identity.app import build_identity
from sandbox.network import HOST, Relay, protocol_over, reset
from sandbox.web.app import build_app
from sandbox.world import ORIGINS, World

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass
class Paced:
    """Holds answers back for as long as the pace says."""

    app: ASGIApp
    world: World

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait, then serve; static files come at once."""
        if scope["type"] == "http" and not scope["path"].startswith("/assets/"):
            await asyncio.sleep(self.world.pace.answer_seconds())
        await self.app(scope, receive, send)


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


class Servers:
    """Starts and stops everything that listens."""

    def __init__(self, world: World, sockets: dict[str, socket.socket], aws_port: int) -> None:
        self._world = world
        self._sockets = sockets
        self._aws_port = aws_port
        self._servers: list[OriginServer] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._relay: Relay | None = None

    async def start(self) -> None:
        """Answer on every origin."""
        world = self._world
        world.addresses["aws"] = f"http://{HOST}:{await self._start_aws()}"
        report_to_sentry(world)
        for name, app in applications(world).items():
            if name in world.network.closed:
                continue
            server = OriginServer(self._config(app))
            self._servers.append(server)
            self._tasks.append(asyncio.create_task(server.serve([self._sockets[name]])))
        world.jobs.start()
        for server in self._servers:
            await server.answering.wait()

    async def _start_aws(self) -> int:
        """Start AWS, behind a relay if the network is going to be lost; return its port."""
        network, aws = self._world.network, self._world.aws
        if network.offline_after is None:
            return aws.start(self._aws_port)
        self._relay = Relay(network, aws.start(0))
        return await self._relay.start(self._aws_port)

    def _config(self, app: ASGIApp) -> uvicorn.Config:
        return uvicorn.Config(
            app,
            http=protocol_over(self._world.network),
            lifespan="off",
            ws="none",
            log_level="warning",
            access_log=False,
            # A balancer that answers in an application's place has a name of its own.
            server_header=self._world.weather is None,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )

    def go_offline(self) -> None:
        """Reset every connection, present and to come, on every origin, AWS included."""
        self._world.network.offline = True
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
            self._world.jobs.stop(),
            asyncio.to_thread(self._world.aws.stop),
            *self._tasks,
        )


def applications(world: World) -> dict[str, ASGIApp]:
    """The application of each origin but AWS, which serves itself."""
    others: dict[str, ASGIApp] = {
        "control": build_control(world),
        "app": Paced(build_app(world), world),
        "idp": build_identity(world),
        "llm": build_llm(world),
        "search": build_search(world),
        "integrations": world.integrations.app,
    }
    intercepted = {name: Interception(name, app, world) for name, app in others.items()}
    # The API has its interception within, behind its log and its CORS headers.
    apps: dict[str, ASGIApp] = {**intercepted, "api": Paced(build_api(world), world)}
    return world.weather.over(apps) if world.weather else apps


def bind(port: int) -> tuple[dict[str, socket.socket], int]:
    """Sockets by origin, and the port that is left for AWS; OSError if a port is taken."""
    names = [name for name in ORIGINS if name != "aws"]
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


def addresses_of(sockets: dict[str, socket.socket]) -> dict[str, str]:
    """The base URLs of bound sockets."""
    return {name: f"http://{HOST}:{opened.getsockname()[1]}" for name, opened in sockets.items()}
