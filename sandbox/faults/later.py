"""Faults that one look misses: they begin some seconds after the first, or show in some answers only."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.faults.base import Fault

if TYPE_CHECKING:
    from sandbox.world import World

_OTHER_RELEASE = "2026.11.4-7be01d2"


class _Later(Fault):
    """Lets one path of one origin answer otherwise, some seconds after it was first asked for."""

    origin: ClassVar[str]
    path: ClassVar[str]
    seconds: ClassVar[float] = 2.0

    def apply(self, world: World) -> None:
        """Break it, later."""
        first: list[float] = []

        async def give(request: Request) -> Response | None:
            if request.url.path != self.path:
                return None
            first.append(time.monotonic())
            return self.answer() if first[-1] - first[0] >= self.seconds else None

        world.interceptors.add(self.origin, give)

    def answer(self) -> Response:
        """What is answered then."""
        raise NotImplementedError


class ApiReplaced(_Later):
    """Somebody else deploys while the checks run."""

    id = "release.api-changes"
    title = "The API that answers is of another release from a moment after the start on"
    origin = "api"
    path = "/health"

    def answer(self) -> Response:
        checks = dict.fromkeys(("database", "redis", "storage", "search"), "ok")
        return JSONResponse({"status": "ok", "version": _OTHER_RELEASE, "checks": checks})


class BundleReplaced(_Later):
    """A cache that turns to the next release's bundle while the checks run."""

    id = "web.version-changes"
    title = "The web bundle is of another release from a moment after the start on"
    origin = "app"
    path = "/version.json"

    def answer(self) -> Response:
        return JSONResponse({"version": _OTHER_RELEASE})


class BundleMixed(Fault):
    """A cache of which one node was not emptied."""

    id = "web.version-mixed"
    title = "Every fourth look gets the web bundle of the release before"

    def apply(self, world: World) -> None:
        """Break it."""
        numbers = itertools.count(1)

        async def give(request: Request) -> Response | None:
            if request.url.path != "/version.json" or next(numbers) % 4:
                return None
            return JSONResponse({"version": "2026.11.2-1d83c07"})

        world.interceptors.add("app", give)


class ApiDiesLater(_Later):
    """Connections that are not given back: all is well for a while."""

    id = "health.api-fails-later"
    title = "The API's health endpoint answers 503 from seven seconds after the first look on"
    origin = "api"
    path = "/health"
    seconds = 7.0

    def answer(self) -> Response:
        return JSONResponse({"status": "error", "checks": {"database": "error"}}, status_code=503)
