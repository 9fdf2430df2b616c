"""Waits for one of several landmarks, and tells at once when the page can come to none of them."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from playwright.async_api import Error as BrowserError
from playwright.async_api import TimeoutError as Late

from postdeploy import gateway
from postdeploy.errors import NotSeen
from postdeploy.responding import RESPONSE_SECONDS, unresponsive
from postdeploy.waiting import quiet

if TYPE_CHECKING:
    from playwright.async_api import Frame, Locator, Page, Request, Response

_LOOP = "net::ERR_TOO_MANY_REDIRECTS"
_SUPERSEDED = "net::ERR_ABORTED"
_CHANGING = "Execution context was destroyed"


class Journey:
    """Follows the main frame of a page over several origins, as `async with` block.

    A navigation that ends in a redirect loop, in a 5xx of any host, or in a 4xx of one of `hosts`
    ends the waiting at once. Where a load balancer of `hosts` answered for a document or a script, the page
    is loaded again, twice at most. Network failures go through as Playwright's own errors.
    """

    def __init__(self, page: Page, hosts: Iterable[str], seconds: float) -> None:
        self._page = page
        self._hosts = frozenset(urlsplit(url).netloc for url in hosts)
        self._seconds = seconds
        self._trouble: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._pauses = list(gateway.PAUSES)
        self._loading: asyncio.Task[None] | None = None
        self._attending = gateway.attending(page)

    async def __aenter__(self) -> Self:
        self._attending.__enter__()
        self._page.on("response", self._note_response)
        self._page.on("requestfailed", self._note_failure)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._page.remove_listener("response", self._note_response)
        self._page.remove_listener("requestfailed", self._note_failure)
        self._attending.__exit__(None, None, None)
        self._trouble.cancel()
        if self._loading is not None:
            self._loading.cancel()

    async def arrive(self, what: str, *landmarks: Locator) -> None:
        """Wait until one of the landmarks can be seen.

        Raises NotSeen with what stopped it, or with what the page shows instead.
        """
        first = functools.reduce(lambda one, other: one.or_(other), landmarks).first
        seen = asyncio.ensure_future(self._seen(first))
        either: set[asyncio.Future[Any]] = {seen, self._trouble}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if seen.done() and seen.result():
            return
        seen.cancel()
        raise NotSeen(f"{what}: {await self._instead()}")

    async def _seen(self, landmark: Locator) -> bool:
        try:
            await landmark.wait_for(state="visible", timeout=self._seconds * 1000)
        except Late:
            return False
        return True

    async def _instead(self) -> str:
        if self._trouble.done():
            return self._trouble.result()
        return f"not within {self._seconds:g} s; {await shown(self._page)}"

    def _note_response(self, response: Response) -> None:
        if self._is_passing(response):
            self._load_again(response)
            return
        limit = 400 if urlsplit(response.url).netloc in self._hosts else 500
        if response.status >= limit and self._leads(response.request):
            self._tell(f"{place(response.url)} answered {response.status}")

    def _is_passing(self, response: Response) -> bool:
        """Whether a balancer answered for a part of the page that can be loaded again."""
        kind = response.headers.get("content-type", "")
        if not gateway.is_gateways(response.status, kind) or not self._may_load_again():
            return False
        request = response.request
        part = request.resource_type == "script" or self._leads(request)
        return urlsplit(response.url).netloc in self._hosts and request.method == "GET" and part

    def _may_load_again(self) -> bool:
        return bool(self._pauses) or (self._loading is not None and not self._loading.done())

    def _load_again(self, response: Response) -> None:
        if self._loading is None or self._loading.done():
            gateway.repeated(self._page, f"{response.status} to GET {place(response.url)}")
            self._loading = asyncio.ensure_future(self._reload(self._pauses.pop(0)))

    async def _reload(self, pause: float) -> None:
        await quiet(pause)
        with contextlib.suppress(BrowserError):  # the page went on by itself
            await self._page.reload(wait_until="commit")

    def _note_failure(self, request: Request) -> None:
        failure = request.failure or ""
        if failure and failure != _SUPERSEDED and self._leads(request):
            reason = "it redirects without end" if failure == _LOOP else failure
            self._tell(f"{place(request.url)} could not be opened: {reason}")

    def _leads(self, request: Request) -> bool:
        return request.is_navigation_request() and _frame(request) == self._page.main_frame

    def _tell(self, trouble: str) -> None:
        if not self._trouble.done():
            self._trouble.set_result(trouble)


def _frame(request: Request) -> Frame | None:
    try:
        return request.frame
    except BrowserError:  # a frame that is gone was not the main one
        return None


def place(url: str) -> str:
    """An address without its query, which may hold tokens."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}" if parts.netloc else url


async def texts(locator: Locator) -> list[str]:
    """The texts of all that match at this moment; none while one page gives way to another.

    Raises NotSeen when the page does not respond: a browser waits for that without end.
    """
    try:
        async with asyncio.timeout(RESPONSE_SECONDS):
            found = await locator.all_inner_texts()
    except TimeoutError:
        raise NotSeen(unresponsive(locator.page.url)) from None
    except BrowserError as error:
        if _CHANGING not in error.message:
            raise
        return []
    return [text.strip() for text in found if text.strip()]


async def shown(page: Page) -> str:
    """Where the page is and what its heading and alerts say, as part of a sentence."""
    headings = await texts(page.get_by_role("heading", level=1))
    alerts = await texts(page.get_by_role("alert"))
    said = f", and an alert says {alerts[0]!r}" if alerts else ""
    return f"{place(page.url)} shows the heading {(headings or [''])[0]!r}{said}"
