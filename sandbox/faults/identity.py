"""Faults of signing in: of the identity provider, and of the way back from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from sandbox.faults.base import Fault, put, wrap
from sandbox.product.errors import UnauthenticatedError
from sandbox.product.sessions import Session

if TYPE_CHECKING:
    from sandbox.product.people import Person
    from sandbox.world import World

MEMBERS = "member@harbor.example"
"""How the addresses of the members that checks sign in as end."""


class RedirectLoop(Fault):
    """Two servers that each send the browser to the other."""

    id = "identity.redirect-loop"
    title = "Product and identity provider redirect to each other for ever"

    def apply(self, world: World) -> None:
        async def back(request: Request) -> Response | None:
            if request.url.path != "/authorize":
                return None
            return RedirectResponse(f"{world.addresses['api']}/auth/start", status_code=302)

        world.interceptors.add("idp", back)


class ProviderBroken(Fault):
    """An identity provider that is down."""

    id = "identity.500"
    title = "The identity provider answers every request with 500"

    def apply(self, world: World) -> None:
        async def broken(_: Request) -> Response | None:
            return PlainTextResponse("Internal Server Error", status_code=500)

        world.interceptors.add("idp", broken)


class SignInNotPersisted(Fault):
    """A session store that forgets."""

    id = "identity.session-lost"
    title = "A session is gone after a few requests"

    def apply(self, world: World) -> None:
        seen: dict[str, int] = {}

        def forgetful(original: Callable[[str], Session | None], token: str) -> Session | None:
            session = original(token)
            if session is not None:
                seen[session.id] = seen.get(session.id, 0) + 1
            return session if seen.get(session.id if session else "", 0) <= 5 else None

        wrap(world.sessions, "find", forgetful)


class NotLetIn(Fault):
    """Signed in, and not let in."""

    id = "identity.not-let-in"
    title = "After signing in the product leads back to its sign-in page"

    def apply(self, world: World) -> None:
        put(world.sso, "redeem", lambda _token: None)


class WrongPassword(Fault):
    """Passwords that have run out: the checker's trouble, not the product's."""

    id = "identity.password-changed"
    title = "The passwords of the members that checks sign in as are no longer right"

    def apply(self, world: World) -> None:
        def changed(original: Callable[..., bool], person: Person, password: str) -> bool:
            return not person.email.endswith(MEMBERS) and original(person, password)

        wrap(world.people, "password_holds", changed)


class CodesRefused(Fault):
    """A clock that has drifted: nobody's code is right."""

    id = "identity.codes-refused"
    title = "The identity provider finds every one-time code wrong"

    def apply(self, world: World) -> None:
        put(world.people, "code_holds", lambda _person, _code: False)


class FirstSignInFails(Fault):
    """A sign-in that works at the second try."""

    id = "identity.first-sign-in-fails"
    title = "Each person's first sign-in ends on the sign-in page, the next ones work"

    def apply(self, world: World) -> None:
        came: set[str] = set()

        def flaky(original: Callable[[str], Person | None], token: str) -> Person | None:
            person = original(token)
            if person is None or person.email in came:
                return person
            came.add(person.email)
            return None

        wrap(world.sso, "redeem", flaky)


class NamesLost(Fault):
    """An attribute that the provider calls otherwise since yesterday."""

    id = "identity.names-lost"
    title = "People are signed in without their names, and greeted without"

    def apply(self, world: World) -> None:
        async def nameless(request: Request) -> Response | None:
            if request.url.path != "/api/v1/me":
                return None
            try:
                person = world.access.session(request).person
            except UnauthenticatedError:
                return None
            return JSONResponse({**person.as_json(), "name": "", "first_name": ""})

        world.interceptors.add("api", nameless)


class TeammateElsewhere(Fault):
    """Test users that somebody has moved: the checker's trouble, not the product's."""

    id = "identity.teammate-elsewhere"
    title = "The teammates are in another organisation than the members"

    def apply(self, world: World) -> None:
        def moved(original: Callable[[str], Person | None], token: str) -> Person | None:
            person = original(token)
            if person is None or not person.email.startswith("t"):
                return person
            return replace(person, organisation="Harbor Holding")

        wrap(world.sso, "redeem", moved)
