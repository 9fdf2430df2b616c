"""Ways in which an answer over HTTP goes wrong; each gives what a fault applies."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from sandbox.interceptors import Interceptor
from sandbox.systems.faults.base import Break

if TYPE_CHECKING:
    from sandbox.systems.world import SystemWorld

_PAGE = "<!doctype html><title>Welcome</title><h1>Welcome</h1>"


def answered(origins: tuple[str, ...], path: str, answer: Response) -> Break:
    """Let a path of these origins give another answer."""

    async def give(request: Request) -> Response | None:
        return answer if request.url.path == path else None

    return _at(origins, lambda: give)


def json(status: int, body: object) -> Response:
    """A JSON answer."""
    return JSONResponse(body, status_code=status)


def page() -> Response:
    """The page of a catch-all route."""
    return HTMLResponse(_PAGE)


def delayed(origins: tuple[str, ...], path: str, every: int, seconds: float) -> Break:
    """Hold each so-and-so-many-th answer of a path back."""

    def begin() -> Interceptor:
        numbers = itertools.count(1)

        async def wait(request: Request) -> Response | None:
            if request.url.path == path and next(numbers) % every == 0:
                await asyncio.sleep(seconds)
            return None

        return wait

    return _at(origins, begin)


def delayed_once(origins: tuple[str, ...], path: str, seconds: float) -> Break:
    """Hold the first answer of a path back, and no other."""

    def begin() -> Interceptor:
        numbers = itertools.count(1)

        async def wait(request: Request) -> Response | None:
            if request.url.path == path and next(numbers) == 1:
                await asyncio.sleep(seconds)
            return None

        return wait

    return _at(origins, begin)


def answered_at_times(origins: tuple[str, ...], path: str, answer: Response, every: int) -> Break:
    """Let each so-and-so-many-th look at a path get another answer."""

    def apply(world: SystemWorld) -> None:
        numbers = itertools.count(1)

        async def give(request: Request) -> Response | None:
            turn = request.url.path == path and next(numbers) % every == 0
            return answer if turn else None

        for origin in origins:
            world.interceptors.add(origin, give)

    return apply


def answered_later(origins: tuple[str, ...], path: str, answer: Response, seconds: float) -> Break:
    """Let a path give another answer from so many seconds after the first look at it on."""

    def begin() -> Interceptor:
        first: list[float] = []

        async def give(request: Request) -> Response | None:
            if request.url.path != path:
                return None
            first.append(time.monotonic())
            return answer if first[-1] - first[0] >= seconds else None

        return give

    return _at(origins, begin)


def _at(origins: tuple[str, ...], begin: Callable[[], Interceptor]) -> Break:
    """Ask at each of these origins the one interceptor that is begun with the world."""

    def apply(world: SystemWorld) -> None:
        interceptor = begin()
        for origin in origins:
            world.interceptors.add(origin, interceptor)

    return apply


def closed(*origins: str) -> Break:
    """Let nothing listen at these origins."""

    def apply(world: SystemWorld) -> None:
        world.network.closed.update(origins)

    return apply
