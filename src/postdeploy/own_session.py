"""The guard of shared sessions: what ends a session is refused where other checks use it as well."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    import httpx
    from playwright.async_api import BrowserContext, Page

_SHARED: WeakKeyDictionary[BrowserContext, str] = WeakKeyDictionary()
"""Browser contexts that carry a shared session, and whose it is."""


class SharedSession(Exception):
    """A check was about to end a session that other checks use: a mistake in the check."""

    def __init__(self, role: str, what: str) -> None:
        super().__init__(
            f"{what} would end the session as {role} that other checks share; "
            "ask the flow for one of your own with own_session=True"
        )


def carries_shared(context: BrowserContext, role: str) -> None:
    """From now on `context` is known to carry the shared session of `role`."""
    _SHARED[context] = role


def needs_own_session(page: Page, what: str) -> None:
    """Raises SharedSession where `what` ("signing out") would end a session that is not the page's own."""
    role = _SHARED.get(page.context)
    if role is not None:
        raise SharedSession(role, what)


def refusing(role: str, ends: Sequence[str]) -> Callable[[httpx.Request], Awaitable[None]]:
    """A request hook for clients with the shared session of `role`: the paths in `ends` are not sent."""

    async def refuse(request: httpx.Request) -> None:
        if request.url.path.rstrip("/").endswith(tuple(ends)):
            raise SharedSession(role, f"{request.method} {request.url.path}")

    return refuse
