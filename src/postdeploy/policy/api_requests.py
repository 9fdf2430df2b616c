"""The policy for Playwright's own HTTP client (page.request, context.request, route.fetch).

Its requests are sent by Playwright's driver and pass no browser, so they are judged where they are handed over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from playwright._impl.fetch import APIRequestContext as Sender

from postdeploy.policy.permit import Refused
from postdeploy.policy.rules import Wish

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

Require = Callable[[Wish], None]
"""Raises Refused for what may not be sent."""
_KNOWN: WeakKeyDictionary[Any, Require] = WeakKeyDictionary()
_send = Sender._inner_fetch


def admit(context: BrowserContext, require: Require) -> None:
    """From now on the requests of `context` are judged by `require`; until then all are refused."""
    _KNOWN[context.request._impl_obj] = require


async def _judged(sender: Any, *, url: str | None, request: Any, **given: Any) -> Any:
    """In place of the method by which every such request is sent; none follows a redirect."""
    address = url if url is not None else request.url
    method = given["method"] or (request.method if request else "GET")
    headers: Mapping[str, str] = given["headers"] or (request.headers if request else {})
    wish = Wish(method.upper(), address, headers)
    require = _KNOWN.get(sender)
    if require is None:
        raise Refused(
            f"{wish.shown} was not sent: no check owns the client that was to send it",
            mend="Use flow.http(), flow.client() or a page of the flow",
        )
    require(wish)
    # The driver would follow redirects by itself, and to whom is not asked there.
    return await _send(sender, url=url, request=request, **{**given, "max_redirects": 0})


setattr(Sender, "_inner_fetch", _judged)  # noqa: B010 - a method may not be assigned to, say types
