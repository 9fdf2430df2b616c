"""Answers that faults give before an origin does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

Interceptor = Callable[[Request], Awaitable[Response | None]]


@dataclass
class Interceptors:
    """By the name of the origin, which must be one of `origins`."""

    origins: tuple[str, ...]
    by_origin: dict[str, list[Interceptor]] = field(default_factory=dict)

    def add(self, origin: str, interceptor: Interceptor) -> None:
        """Ask this first; where it returns None the origin answers as usual."""
        if origin not in self.origins:
            raise ValueError(f"there is no origin {origin!r}")
        self.by_origin.setdefault(origin, []).append(interceptor)

    async def answer(self, origin: str, request: Request) -> Response | None:
        """The first answer that any interceptor of the origin gives."""
        for interceptor in self.by_origin.get(origin, ()):
            response = await interceptor(request)
            if response is not None:
                return response
        return None
