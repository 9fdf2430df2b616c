"""Faults of how fast the API answers, and whether it answers at all."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from sandbox.faults.base import Fault

if TYPE_CHECKING:
    from sandbox.world import World


class SlowList(Fault):
    """A tail that an average hides."""

    id = "performance.slow-tail"
    title = "Every eighth list of documents takes three seconds"

    def apply(self, world: World) -> None:
        _delay(world, "/api/v1/documents", every=8, seconds=3.0)


class SlowStatus(Fault):
    """A public endpoint that has become slow."""

    id = "performance.slow-status"
    title = "The API's public status takes two seconds"

    def apply(self, world: World) -> None:
        _delay(world, "/api/v1/status", every=1, seconds=2.0)


class RequestsTimeOut(Fault):
    """A connection that is never answered."""

    id = "performance.request-times-out"
    title = "Every sixth look at a list of recent things is never answered"

    def apply(self, world: World) -> None:
        _delay(world, "/api/v1/recent", every=6, seconds=3600.0)


def _delay(world: World, path: str, every: int, seconds: float) -> None:
    """Hold back each so-and-so-many-th GET of a path."""
    numbers = itertools.count(1)

    async def wait(request: Request) -> Response | None:
        asked = request.method == "GET" and request.url.path == path
        if asked and next(numbers) % every == 0:
            await asyncio.sleep(seconds)
        return None

    world.interceptors.add("api", wait)


class GatewayTimeOut(Fault):
    """A timeout as it looks behind a load balancer: an answer, in somebody else's name."""

    id = "performance.gateway-times-out"
    title = "The load balancer answers every seventh look at a job with 504"

    def apply(self, world: World) -> None:
        numbers = itertools.count(1)

        async def give_up(request: Request) -> Response | None:
            if not request.url.path.startswith("/api/v1/jobs/") or next(numbers) % 7:
                return None
            return PlainTextResponse("504 Gateway Time-out", status_code=504)

        world.interceptors.add("api", give_up)


class FailsInBursts(Fault):
    """A pool of two connections: who asks alone never notices."""

    id = "performance.status-fails-in-bursts"
    title = "Asked often in a short time, the public status answers 500 every third time"

    def apply(self, world: World) -> None:
        last, numbers = [0.0], itertools.count(1)

        async def overrun(request: Request) -> Response | None:
            if request.url.path != "/api/v1/status":
                return None
            before, last[0] = last[0], time.monotonic()
            if last[0] - before > _BURST_SECONDS or next(numbers) % 3:
                return None
            return JSONResponse({"error": "internal", "message": "No connection."}, 500)

        world.interceptors.add("api", overrun)


_BURST_SECONDS = 0.5
