"""The servers of Qumis: an application for each origin."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.api.app import build_api, build_control, build_llm, build_search, report_to_sentry
from sandbox.api.front import Interception
from sandbox.identity.app import build_identity
from sandbox.serving import Serving
from sandbox.web.app import build_app
from sandbox.world import World

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


class Servers(Serving):
    """Starts and stops everything that listens for Qumis."""

    def __init__(self, world: World, sockets: dict[str, socket.socket], aws_port: int) -> None:
        super().__init__(world, sockets, aws_port)
        self._world = world

    def applications(self) -> dict[str, ASGIApp]:
        """The application of each origin; the API reports to the stand-in's Sentry from here on."""
        report_to_sentry(self._world)
        return applications(self._world)

    async def start(self) -> None:
        """Answer on every origin, and work off the background jobs."""
        await super().start()
        self._world.jobs.start()

    async def stop(self) -> None:
        """Close everything, within about a second."""
        await asyncio.gather(self._world.jobs.stop(), super().stop())

    def options(self, name: str) -> dict[str, Any]:
        """A balancer that answers in an application's place has a name of its own."""
        del name
        return {"server_header": self._world.weather is None}


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
