"""The policy for httpx: a transport that refuses before it hands anything on."""

from __future__ import annotations

import httpx

from postdeploy.policy.permit import Permit, Refused
from postdeploy.policy.rules import Policy, Wish, authority


class PolicyTransport(httpx.AsyncBaseTransport):
    """Lets through what the policy allows under `permit`; each hop of a redirect is a request of its own.

    `bound` is the one address ("host:443") to which a client may speak that carries somebody's session.
    """

    def __init__(
        self, inner: httpx.AsyncBaseTransport, policy: Policy, permit: Permit, bound: str = ""
    ) -> None:
        self._inner = inner
        self._policy = policy
        self._permit = permit
        self._bound = bound

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request. Raises Refused, and nothing has left then."""
        wish = Wish(request.method, str(request.url), request.headers, _body(request))
        if "target" in request.extensions:
            what = f"{wish.shown} was not sent: its extensions name another target"
            raise self._permit.keep(Refused(what, mend="Put the path into the URL"))
        self._policy.require(wish, self._permit)
        if self._bound and authority(wish.url) != self._bound:
            what = f"{wish.shown} was not sent: its client carries a session of {self._bound}"
            raise self._permit.keep(Refused(what, mend="Use flow.http() for other addresses"))
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the inner transport."""
        await self._inner.aclose()


def _body(request: httpx.Request) -> bytes | None:
    try:
        return request.content
    except httpx.RequestNotRead:
        return None
