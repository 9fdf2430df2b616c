"""What stands before every answer of the API: its log, its numbers, its last resort."""

from __future__ import annotations

import secrets
import time
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from sandbox.interceptors import Interceptors


class Interceptable(Protocol):
    """What faults can answer for."""

    @property
    def interceptors(self) -> Interceptors:
        """The answers of faults."""
        ...


class Counting(Protocol):
    """Counts requests."""

    def count_request(self, service: str, status: int, seconds: float) -> None:
        """Count an answered request of a service."""
        ...


class Logging(Protocol):
    """What requests are logged and counted by."""

    @property
    def aws(self) -> Counting:
        """The account with the metrics."""
        ...

    def log(self, service: str, level: str, message: str) -> None:
        """Write a line to the log of a service."""
        ...


@dataclass
class Interception:
    """Lets a fault answer in an origin's place."""

    name: str
    app: ASGIApp
    world: Interceptable

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the answer of a fault, or else the application's."""
        answer = None
        if scope["type"] == "http":
            request = Request(scope, receive)
            answer = await self.world.interceptors.answer(self.name, request)
        await (answer or self.app)(scope, receive, send)


@dataclass
class Front:
    """Logs and counts each request; what nobody handled becomes a 500."""

    app: ASGIApp
    world: Logging
    service: str = "api"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, whatever comes of it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, note_status)
        except Exception as error:
            self.log_error(scope, error)
            if not status:
                body = {"error": "internal", "message": "Something went wrong."}
                await JSONResponse(body, status_code=500)(scope, receive, note_status)
        finally:
            self.log(scope, status or 500, time.perf_counter() - began)

    def log(self, scope: Scope, status: int, seconds: float) -> None:
        """Write the request's line and count it."""
        level = "ERROR" if status >= 500 else "INFO"
        line = (
            f"method={scope['method']} path={scope['path']} status={status}"
            f" duration={seconds * 1000:.0f}ms request_id={secrets.token_hex(8)}"
        )
        self.world.log(self.service, level, line)
        self.world.aws.count_request(self.service, status, seconds)

    def log_error(self, scope: Scope, error: Exception) -> None:
        """Write an unhandled error with its stack trace."""
        trace = "".join(traceback.format_exception(error))
        self.world.log(self.service, "ERROR", f"unhandled at {scope['path']}: {error!r}\n{trace}")
