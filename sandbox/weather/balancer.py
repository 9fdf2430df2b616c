"""The load balancer before the product, which drains: some requests never reach the application."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from starlette.types import ASGIApp, Receive, Scope, Send

LOST_SHARE = 1 / 200
_PAGE = "\r\n".join(
    (
        "<html>",
        "<head><title>502 Bad Gateway</title></head>",
        "<body>",
        "<center><h1>502 Bad Gateway</h1></center>",
        "</body>",
        "</html>",
        "",
    )
)


def bad_gateway() -> Response:
    """What AWS's balancer answers in the application's place; it knows nothing of CORS headers."""
    headers = {"Server": "awselb/2.0", "Content-Type": "text/html"}
    return Response(_PAGE, status_code=502, headers=headers)


class Tally:
    """How many requests of each kind the balancer saw, and how many it lost; `say` tells of each of those."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.seen: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self._say = say

    def note(self, origin: str, request: Request, *, lost: bool) -> None:
        """Count a request."""
        kind = f"{origin} {kind_of(request)}"
        self.seen[kind] += 1
        if lost:
            self.lost[kind] += 1
            self._say(f"502 for {request.method} {request.url.path} ({kind})")

    def told(self) -> dict[str, dict[str, int]]:
        """The numbers by origin and kind."""
        return {"requests": dict(self.seen.most_common()), "bad_gateways": dict(self.lost)}


def kind_of(request: Request) -> str:
    """What a request is for, as far as its headers tell: `document`, `script`, `fetch GET`, `GET`…"""
    if request.method == "OPTIONS":
        return "preflight"
    destination = request.headers.get("Sec-Fetch-Dest", "")
    if destination == "empty":
        return f"fetch {request.method}"
    return destination or request.method


@dataclass
class Balancer:
    """Passes requests on to an application, but for one in two hundred."""

    app: ASGIApp
    origin: str
    draws: Random
    tally: Tally

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or lose it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        lost = self.draws.random() < LOST_SHARE
        self.tally.note(self.origin, request, lost=lost)
        if not lost:
            await self.app(scope, receive, send)
            return
        await request.body()  # a balancer takes in what is sent to it, whatever comes of it
        await bad_gateway()(scope, receive, send)
