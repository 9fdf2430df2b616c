"""Flight Rescheduler over HTTP: its status page, and a stream of notifications."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from sandbox.systems.flight_rescheduler import ACCOUNT_AT_START
from sandbox.systems.front import fronted
from sandbox.systems.world import System, SystemWorld

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_TOKEN = "sandbox-stream-token"


@dataclass
class FlightRescheduler:
    """What the status page says, and how the stream behaves.

    `silent` means that the stream opens and never sends a byte, `ends` that it is over after its first bytes.
    """

    status: str = "All systems operational"
    needs_token: bool = True
    any_token: bool = False
    silent: bool = False
    content_type: str = "text/event-stream"
    first: str = ": connected\n\n"
    ends: bool = False


def applications(world: SystemWorld) -> dict[str, ASGIApp]:
    """The status page and the API."""
    product: FlightRescheduler = world.product

    async def status(_: Request) -> Response:
        page = f"<!doctype html><title>Status</title><h1>Flight Rescheduler</h1><p>{product.status}"
        return HTMLResponse(page)

    async def stream(request: Request) -> Response:
        if product.needs_token and not _has_token(request, product.any_token):
            return JSONResponse({"error": "unauthorized"}, status_code=401)
        headers = {"cache-control": "no-cache", "content-type": product.content_type}
        return StreamingResponse(_events(product), headers=headers)

    return {
        "api": fronted(
            world, "api", Starlette(routes=[Route("/api/notifications/stream", stream)])
        ),
        "status": fronted(world, "status", Starlette(routes=[Route("/", status)])),
    }


def _has_token(request: Request, any_will_do: bool) -> bool:
    given = request.headers.get("authorization", "")
    if any_will_do and given.startswith("Bearer "):
        return True
    return secrets.compare_digest(given.encode(), f"Bearer {_TOKEN}".encode())


async def _events(product: FlightRescheduler) -> AsyncIterator[str]:
    while product.silent:
        await asyncio.sleep(1)
        if not product.silent:
            break
    yield product.first
    while not product.ends:
        await asyncio.sleep(1)
        yield "event: heartbeat\ndata: {}\n\n"


SYSTEM = System(
    "flight-rescheduler",
    "Flight Rescheduler",
    ACCOUNT_AT_START,
    ("control", "api", "status", "aws"),
    FlightRescheduler,
    applications,
)
