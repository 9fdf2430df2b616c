"""Answers that a load balancer gives in the product's place, and what a run makes of them.

While targets are exchanged a balancer answers a few requests with 502, 503 or 504 by itself. A person
loads the page again, or presses the button again; what is wrong for good is wrong then, too. Every such
answer is kept, whatever was done again because of it makes an item flaky, and too many are a failure.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from postdeploy.waiting import quiet

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page, Response

STATUSES = (502, 503, 504)
PAUSES = (0.3, 0.9)
"""Seconds before what a gateway answered is asked for again, each time."""
_PROXY_LOGIN = 407
_PARTS = ("document", "script")
"""What a page cannot be without, and what no page asks for again by itself."""


def is_gateways(status: int, content_type: str) -> bool:
    """Whether an answer looks like a balancer's own: the product's errors are JSON."""
    return status in STATUSES and content_type != "" and "json" not in content_type


@dataclass
class Disturbances:
    """What gateways answered in one attempt at a check, and what was done again because of it."""

    answers: list[str] = field(default_factory=list)
    repeats: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    """Documents and scripts among the answers."""
    by_proxy: list[str] = field(default_factory=list)
    """Pages for which this machine's proxy wanted a login (407 is nobody else's answer)."""
    attended: int = 0
    """How many are just now loading a page, and load it again themselves."""
    reloads: set[asyncio.Task[None]] = field(default_factory=set)
    requests: int = 0
    """How many answers of the product's origins there were in all, in the browser."""
    _unread: dict[str, int] = field(default_factory=dict)
    """Address → status of what a gateway answered to a page's script."""
    _told: int = 0

    def passed(self, url: str, status: int, content_type: str) -> None:
        """Know of an answer to a page that may be kept from reading it: a gateway sends no CORS headers."""
        if is_gateways(status, content_type):
            self._unread[url] = status

    def read_by_page(self, url: str) -> None:
        """Forget an answer of which the page's own traffic tells."""
        self._unread.pop(url, None)

    def kept_from_page(self, method: str, url: str) -> None:
        """Keep the gateway's answer, if it was one, to a request of which a page was told only that it failed."""
        if status := self._unread.pop(url, 0):
            self.requests += 1
            self.saw(method, url, status)

    def saw(self, method: str, url: str, status: int) -> str:
        """Keep an answer; returns it in words."""
        words = f"{status} to {method} {url.partition('?')[0]}"
        self.answers.append(words)
        return words

    def add(self, others: Disturbances) -> None:
        """Take over the answers of an attempt that has ended."""
        self.answers += others.answers
        self.requests += others.requests

    def untold(self) -> list[str]:
        """What was done again since this was last asked."""
        new = self.repeats[self._told :]
        self._told = len(self.repeats)
        return new


_WATCHED: WeakKeyDictionary[BrowserContext, Disturbances] = WeakKeyDictionary()


def watch(context: BrowserContext, found: Disturbances, origins: Iterable[str]) -> None:
    """Keep in `found` what gateways answer to the pages of `context` for the product's origins."""
    own = tuple(origins)
    _WATCHED[context] = found

    def look(response: Response) -> None:
        if response.status == _PROXY_LOGIN:
            found.by_proxy.append(f"407 to {response.url.partition('?')[0]}")
        if not response.url.startswith(own):
            return
        found.requests += 1
        found.read_by_page(response.url)
        if is_gateways(response.status, response.headers.get("content-type", "")):
            words = found.saw(response.request.method, response.url, response.status)
            if response.request.resource_type in _PARTS:
                found.parts.append(words)
                if not found.attended and response.request.resource_type == "script":
                    _reload_later(response, found, words)

    context.on("response", look)
    context.on("requestfailed", lambda one: found.kept_from_page(one.method, one.url))


def _reload_later(response: Response, found: Disturbances, words: str) -> None:
    """A script that a page fetches as it goes on, and that did not come: nobody but a reload helps it."""
    done = len(found.reloads)
    if done >= len(PAUSES):
        return
    found.repeats.append(f"loaded again after {words}")
    found.reloads.add(asyncio.ensure_future(_reload(response, PAUSES[done])))


async def _reload(response: Response, pause: float) -> None:
    from playwright.async_api import Error

    await quiet(pause)
    with contextlib.suppress(Error):  # the page is gone, or went on by itself
        await response.frame.page.reload(wait_until="commit")


def repeated(page: Page, answer: str) -> None:
    """Keep that a page is loaded again after that answer."""
    found = _WATCHED.get(page.context)
    if found is not None:
        found.repeats.append(f"loaded again after {answer}")


@contextlib.contextmanager
def attending(page: Page) -> Iterator[None]:
    """While this lasts, who opened it sees to it that the page is loaded again."""
    found = _WATCHED.get(page.context) or Disturbances()
    found.attended += 1
    try:
        yield
    finally:
        found.attended -= 1


async def loaded(
    page: Page, load: Callable[[], Awaitable[Response | None]], seconds: float
) -> Response | None:
    """Load a page, and again where a gateway answered for the document or for one of its scripts.

    `seconds` is how long the document and its scripts may take; one that takes longer is returned as
    it is, for whoever waits for its contents to tell.
    """
    found = _WATCHED.get(page.context)
    if found is None:
        return await load()
    with attending(page):
        for pause in PAUSES:
            before = len(found.parts)
            response = await load()
            await _scripts(page, seconds)
            if len(found.parts) == before:
                return response
            repeated(page, found.parts[-1])
            await quiet(pause)
        return await load()


async def _scripts(page: Page, seconds: float) -> None:
    from playwright.async_api import TimeoutError as Late

    try:
        await page.wait_for_load_state("domcontentloaded", timeout=seconds * 1000)
    except Late:
        return
