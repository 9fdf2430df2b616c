"""Faults of sessions, of protected routes and of roles."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from sandbox.faults.base import Fault, put, wrap
from sandbox.product.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from sandbox.product.people import Person
from sandbox.product.sessions import Session

if TYPE_CHECKING:
    from sandbox.world import World

Admit = Callable[[Request, str], Person]


class LogoutLeavesCookie(Fault):
    """A sign-out that only the browser knows of."""

    id = "auth.logout-leaves-session"
    title = "After signing out the old cookie still works"

    def apply(self, world: World) -> None:
        put(world.sessions, "end", lambda _session: None)


class TamperedAccepted(Fault):
    """A token that is read and not verified."""

    id = "auth.tampered-accepted"
    title = "A tampered token is accepted as long as its beginning is right"

    def apply(self, world: World) -> None:
        def unverified(token: str) -> str | None:
            alike = [item.id for item in world.sessions.live() if token[:8] == item.id[:8]]
            return alike[0] if alike else None

        put(world.sessions, "verified_id", unverified)


class AnyTokenAccepted(Fault):
    """A token whose presence is all that counts."""

    id = "auth.any-token-accepted"
    title = "Any token at all is accepted"

    def apply(self, world: World) -> None:
        def anyone(original: Callable[[str], Session | None], token: str) -> Session | None:
            found = original(token)
            return found or (Session("any", world.people.all()[0]) if token else None)

        wrap(world.sessions, "find", anyone)


class NeverIdle(Fault):
    """A session that outlives its time."""

    id = "auth.session-never-ends"
    title = "An idle session does not end"

    def apply(self, world: World) -> None:
        put(world.sessions, "is_idle", lambda _session: False)


class ListOpen(Fault):
    """A route without its guard."""

    id = "auth.route-open"
    title = "The list of documents answers 200 without a session"

    def apply(self, world: World) -> None:
        async def unguarded(request: Request) -> Response | None:
            asked = request.method == "GET" and request.url.path == "/api/v1/documents"
            open_ = asked and not world.access.token(request)
            return JSONResponse({"documents": []}) if open_ else None

        world.interceptors.add("api", unguarded)


class RouteMissing(Fault):
    """A route that was not mounted."""

    id = "auth.route-missing"
    title = "The list of chats answers 404, with a session and without"

    def apply(self, world: World) -> None:
        async def unmounted(request: Request) -> Response | None:
            missing = request.method == "GET" and request.url.path == "/api/v1/chats"
            return JSONResponse({"error": "not_found"}, status_code=404) if missing else None

        world.interceptors.add("api", unmounted)


class RedirectsInsteadOf401(Fault):
    """A refusal that a client which follows redirects takes for success."""

    id = "auth.redirects-instead-of-401"
    title = "The API answers a request without a session by a redirect to the sign-in page"

    def apply(self, world: World) -> None:
        async def redirect(request: Request) -> Response | None:
            inside = request.url.path.startswith("/api/v1/") and request.method == "GET"
            if not inside or request.url.path == "/api/v1/status" or world.access.token(request):
                return None
            return RedirectResponse(f"{world.addresses['app']}/login", status_code=302)

        world.interceptors.add("api", redirect)


class ValidRefused(Fault):
    """One server of several that does not know the session."""

    id = "auth.valid-refused"
    title = "Every seventh request with a valid session is refused with 401"

    def apply(self, world: World) -> None:
        numbers = itertools.count(1)

        def forgetful(original: Callable[[str], Session | None], token: str) -> Session | None:
            found = original(token)
            return found if found is None or next(numbers) % 7 else None

        wrap(world.sessions, "find", forgetful)


class ViewerDeletes(Fault):
    """A rule that one method was left out of."""

    id = "roles.viewer-deletes"
    title = "A viewer may delete documents and reports by the API"

    def apply(self, world: World) -> None:
        def lenient(original: Admit, request: Request, need: str) -> Person:
            return original(request, "read" if request.method == "DELETE" else need)

        wrap(world.access, "admit", lenient)


class ViewerUploads(Fault):
    """A rule that lives in the page alone."""

    id = "roles.viewer-writes"
    title = "A viewer may upload documents and ask for reports by the API"

    def apply(self, world: World) -> None:
        def lenient(original: Admit, request: Request, need: str) -> Person:
            return original(
                request, "read" if request.method == "POST" and need == "write" else need
            )

        wrap(world.access, "admit", lenient)


class ViewerChanges(Fault):
    """A rule that one more method was left out of."""

    id = "roles.viewer-changes"
    title = "A viewer may rename and tag documents by the API"

    def apply(self, world: World) -> None:
        def lenient(original: Admit, request: Request, need: str) -> Person:
            return original(request, "read" if request.method == "PATCH" else need)

        wrap(world.access, "admit", lenient)


class AdminOpen(Fault):
    """A rule that asks for a session only."""

    id = "roles.admin-open"
    title = "Members may use the administrators' routes"

    def apply(self, world: World) -> None:
        def lenient(original: Callable[..., None], person: Person, need: str) -> None:
            original(person, "write" if need == "admin" else need)

        wrap(world.access, "check_role", lenient)


class AdminLockedOut(Fault):
    """A rule that fits nobody."""

    id = "roles.admin-locked-out"
    title = "Administrators are refused on their own routes"

    def apply(self, world: World) -> None:
        def strict(original: Callable[..., None], person: Person, need: str) -> None:
            original(person, need)
            if need == "admin":
                raise ForbiddenError("Only owners may do this.")

        wrap(world.access, "check_role", strict)


class RefusalAs404(Fault):
    """A refusal that hides itself."""

    id = "roles.refusal-as-404"
    title = "A role that is too low is refused with 404 in place of 403"

    def apply(self, world: World) -> None:
        _refuse_as(world, NotFoundError("There is no such path."))


class RefusalAs401(Fault):
    """A refusal that says something else."""

    id = "roles.refusal-as-401"
    title = "A role that is too low is refused with 401 in place of 403"

    def apply(self, world: World) -> None:
        _refuse_as(world, UnauthenticatedError("Please sign in."))


def _refuse_as(world: World, other: Exception) -> None:
    def refuse(original: Callable[..., None], person: Person, need: str) -> None:
        try:
            original(person, need)
        except ForbiddenError as error:
            raise other from error

    wrap(world.access, "check_role", refuse)


class OrdersWithoutSession(Fault):
    """A guard that was put before what is read."""

    id = "auth.orders-without-session"
    title = "A report is made for whoever asks, without a session"

    def apply(self, world: World) -> None:
        _let_in(world, "POST", "/api/v1/reports")


class ChangesWithoutSession(Fault):
    """A route of one method that a guard was not put before."""

    id = "auth.changes-without-session"
    title = "A document is renamed or tagged by whoever asks, without a session"

    def apply(self, world: World) -> None:
        _let_in(world, "PATCH", "/api/v1/documents/")


def _let_in(world: World, method: str, path: str) -> None:
    """Take whoever has no session for a member, there."""

    def admit(original: Admit, request: Request, need: str) -> Person:
        try:
            return original(request, need)
        except UnauthenticatedError:
            if request.method != method or not request.url.path.startswith(path):
                raise
            return next(one for one in world.people.all() if one.role == "member")

    wrap(world.access, "admit", admit)
