"""What stands before a system's API: its log, the faults' answers, headers of every answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

from sandbox.api.front import Front, Interception

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from sandbox.systems.world import SystemWorld


def fronted(world: SystemWorld, origin: str, app: ASGIApp, log: str = "") -> ASGIApp:
    """The application behind the faults' answers and, with a `log`, behind that service's log."""
    answering = Interception(origin, app, world)
    return Front(answering, world, log) if log else answering


@dataclass
class WithHeaders:
    """Puts headers on every answer but those of the bare paths."""

    app: ASGIApp
    headers: Mapping[str, str]
    bare: Collection[str] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, and add the headers that are there at this moment."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start" and scope["path"] not in self.bare:
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        await self.app(scope, receive, send_with_headers)
