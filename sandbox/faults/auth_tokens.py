"""Faults of tokens that should have ended, of sessions that end too soon, and of walls with two sides."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.requests import Request

from sandbox.faults.base import Fault, put, wrap
from sandbox.product.sessions import Session

if TYPE_CHECKING:
    from sandbox.world import World

EARLY = 0.4
"""The share of its idle time after which a session ends that ends too soon."""


class OldTokenOnOneServer(Fault):
    """One server of several keeps what it has once found."""

    id = "auth.old-token-on-one-server"
    title = "After signing out, one request in three with the old token is let in"

    def apply(self, world: World) -> None:
        known: dict[str, Session] = {}
        numbers = itertools.count(1)

        def remembering(original: Callable[[str], Session | None], token: str) -> Session | None:
            found = original(token)
            if found is not None:
                known[token] = found
                return found
            old = known.get(token)
            return old if old is not None and next(numbers) % 3 == 0 else None

        wrap(world.sessions, "find", remembering)


class OldTokenFault(Fault):
    """What has ended is still known somewhere; derive from it and say for which requests."""

    def knows(self, request: Request) -> bool:
        """Whether the old token opens what this asks for."""
        raise NotImplementedError

    def apply(self, world: World) -> None:
        """Keep every session that ends."""
        ended: dict[str, Session] = {}
        sessions, access = world.sessions, world.access

        def end(original: Callable[[Session], None], session: Session) -> None:
            ended[session.id] = session
            original(session)

        def session(original: Callable[[Request], Session], request: Request) -> Session:
            old = ended.get(sessions.verified_id(access.token(request)) or "")
            return old if old is not None and self.knows(request) else original(request)

        wrap(sessions, "end", end)
        wrap(access, "session", session)


class OldBearerWorks(OldTokenFault):
    """Two ways to carry a token, one of which was forgotten."""

    id = "auth.old-bearer-works"
    title = "After signing out the old token still works as a bearer token"

    def knows(self, request: Request) -> bool:
        """By the header, and not by the cookie."""
        return bool(request.headers.get("authorization"))


class OldTokenOnOneRoute(OldTokenFault):
    """A route that has a cache of sessions to itself."""

    id = "auth.old-token-on-one-route"
    title = "After signing out the old token still opens the list of documents"

    def knows(self, request: Request) -> bool:
        """The one route."""
        return request.url.path == "/api/v1/documents"


class OldTokenDownloads(OldTokenFault):
    """Files that are served by somebody else."""

    id = "auth.old-token-downloads"
    title = "After signing out the old token still opens files and their pages"

    def knows(self, request: Request) -> bool:
        """What belongs to one document."""
        return request.method == "GET" and request.url.path.endswith(("/content", "/pages"))


class OldTokenWrites(OldTokenFault):
    """A guard that only readers pass."""

    id = "auth.old-token-writes"
    title = "After signing out the old token still changes documents and orders reports"

    def knows(self, request: Request) -> bool:
        """All that is more than a question."""
        return request.method != "GET" and request.url.path.startswith("/api/v1/")


class EndsEarly(Fault):
    """A session that is cut short."""

    id = "auth.session-ends-early"
    title = "A session ends before its idle time is over"

    def apply(self, world: World) -> None:
        world.sessions.idle_seconds *= EARLY


class SignatureIgnored(Fault):
    """A token of which only the part before the dot is looked at."""

    id = "auth.signature-ignored"
    title = "A token is accepted without its signature"

    def apply(self, world: World) -> None:
        put(world.sessions, "verified_id", lambda token: token.partition(".")[0])
