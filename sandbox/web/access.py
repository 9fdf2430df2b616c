"""Middleware of the `app` origin: its access log, and answers that a fault has fixed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from sandbox.web.assets import WebAssets
    from sandbox.world import World


@dataclass
class AccessLog:
    """Writes a line to the web service's log for each request that is not for a static file."""

    app: ASGIApp
    world: World

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request and log its method, path, status and duration in milliseconds."""
        if scope["type"] != "http" or scope["path"].startswith(("/assets/", "/favicon")):
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, note_status)
        finally:
            self._log(scope, status, (time.perf_counter() - started) * 1000)

    def _log(self, scope: Scope, status: int, milliseconds: float) -> None:
        level = "ERROR" if status >= 500 else "INFO"
        line = f"{scope['method']} {scope['path']} {status} {milliseconds:.0f}ms"
        self.world.aws.log("web", level, line)


@dataclass
class FixedAnswers:
    """Answers a path with what the assets fix for it, instead of the application's own answer."""

    app: ASGIApp
    assets: WebAssets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the fixed answer of the path, if there is one."""
        fixed = self.assets.answers.get(scope["path"]) if scope["type"] == "http" else None
        if fixed is None:
            await self.app(scope, receive, send)
            return
        response = Response(fixed.body, fixed.status, media_type=fixed.media_type)
        await response(scope, receive, send)
