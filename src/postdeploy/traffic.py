"""Watches the requests of browser pages for ones that are never answered."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from postdeploy.probes.http import Exchange

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Frame, Request


_WAITED_FOR = ("document", "fetch", "xhr")
"""Kinds of requests whose end the browser always tells. An image that is taken off the page while it loads may
never be heard of again; that the pictures of a document load is for the viewer's own check to see."""


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
        self._open: dict[Request, float] = {}

    def watch(self, context: BrowserContext) -> None:
        """Follow the requests of all pages of `context`."""
        context.on("request", self._began)
        context.on("response", lambda response: self._answered(response.request))
        context.on("requestfinished", self._answered)
        context.on("requestfailed", self._failed)
        context.on("page", lambda page: page.on("framenavigated", self._left))

    def _began(self, request: Request) -> None:
        if request.url.startswith(self._origins) and request.resource_type in _WAITED_FOR:
            self._open[request] = time.monotonic()

    def _answered(self, request: Request) -> None:
        self._open.pop(request, None)

    def _failed(self, request: Request) -> None:
        began = self._open.pop(request, None)
        if began is None:
            return
        spent = time.monotonic() - began
        # A page that is left or closed aborts what it still waits for: only a long wait is telling.
        if "TIMED_OUT" in (request.failure or "") or spent >= self._seconds:
            self._note(Exchange(request.method, request.url, None, spent, timed_out=True))

    def _left(self, frame: Frame) -> None:
        """A document that is left drops what it waits for, often without a word: judge it by its age now."""
        for request in [one for one in self._open if one.frame == frame]:
            self._give_up(request)

    def _give_up(self, request: Request) -> None:
        spent = time.monotonic() - self._open.pop(request)
        if spent >= self._seconds:
            self._note(Exchange(request.method, request.url, None, spent, timed_out=True))

    def end(self, context: BrowserContext) -> None:
        """Judge what the pages of a context that is about to be closed still wait for."""
        for request in [one for one in self._open if one.frame.page in context.pages]:
            self._give_up(request)

    def late(self) -> list[Exchange]:
        """Requests that have been open for longer than they may."""
        moment = time.monotonic()
        return [
            Exchange(request.method, request.url, None, moment - began, timed_out=True)
            for request, began in self._open.items()
            if moment - began >= self._seconds
        ]
