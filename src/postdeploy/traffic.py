"""Watches the requests of browser pages for ones that are never answered."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from postdeploy.probes.http import Exchange

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Frame, Request, Response


_WAITED_FOR = ("document", "fetch", "xhr")
"""Kinds of requests whose end the browser always tells. An image that is taken off the page while it loads may
never be heard of again; that the pictures of a document load is for the viewer's own check to see."""

TIMED_OUT = (408, 504)
"""Statuses by which a server or a gateway says that it has waited long enough."""


class TrafficWatch:
    """Notes each request to the product's own origins that timed out, or is open for longer than `seconds`.

    A browser waits for an answer for ever, so that a request without one is seen only by its age.
    Third parties are left out: what they load is not the product's.
    """

    def __init__(
        self, origins: Iterable[str], seconds: float, note: Callable[[Exchange], None]
    ) -> None:
        self._origins = tuple(origins)
        self._seconds = seconds
        self._note = note
        self._open: dict[BrowserContext, dict[Request, float]] = {}

    def watch(self, context: BrowserContext) -> None:
        """Follow the requests of all pages of `context`, until it ends."""
        mine: dict[Request, float] = {}
        self._open[context] = mine
        context.on("request", lambda request: self._began(mine, request))
        context.on("response", lambda response: self._responded(mine, response))
        context.on("requestfinished", lambda request: _answered(mine, request))
        context.on("requestfailed", lambda request: self._failed(mine, request))
        context.on("page", lambda page: page.on("framenavigated", lambda f: self._left(mine, f)))
        context.on("close", lambda closed: self.end(closed))

    def _began(self, mine: dict[Request, float], request: Request) -> None:
        if request.url.startswith(self._origins) and request.resource_type in _WAITED_FOR:
            mine[request] = time.monotonic()

    def _responded(self, mine: dict[Request, float], response: Response) -> None:
        request = response.request
        began = mine.pop(request, None)
        if began is not None and response.status in TIMED_OUT:
            self._judge(request, began, told=True)

    def _failed(self, mine: dict[Request, float], request: Request) -> None:
        began = mine.pop(request, None)
        if began is None:
            return
        # A page that is left or closed aborts what it still waits for: only a long wait is telling.
        self._judge(request, began, told="TIMED_OUT" in (request.failure or ""))

    def _left(self, mine: dict[Request, float], frame: Frame) -> None:
        """A document that is left drops what it waits for, often without a word: judge it by its age now."""
        for request in [one for one in mine if one.frame == frame]:
            self._judge(request, mine.pop(request))

    def end(self, context: BrowserContext) -> None:
        """Judge what the pages of a context that is closed, or about to be, still wait for.

        What they ask for while they close is never answered, and nobody waits for it.
        """
        mine = self._open.pop(context, {})
        for request, began in list(mine.items()):
            self._judge(request, began)
        mine.clear()

    def _judge(self, request: Request, began: float, *, told: bool = False) -> None:
        spent = time.monotonic() - began
        if told or spent >= self._seconds:
            self._note(Exchange(request.method, request.url, None, spent, timed_out=True))

    def late(self) -> list[Exchange]:
        """Requests that have been open for longer than they may."""
        moment = time.monotonic()
        return [
            Exchange(request.method, request.url, None, moment - began, timed_out=True)
            for mine in self._open.values()
            for request, began in mine.items()
            if moment - began >= self._seconds
        ]


def _answered(mine: dict[Request, float], request: Request) -> None:
    mine.pop(request, None)
