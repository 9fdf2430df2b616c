"""Faults of one server, or one route, of several: most looks find nothing wrong."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.faults.base import Fault, put, wrap
from sandbox.product.people import Person

if TYPE_CHECKING:
    from sandbox.world import World

_DOCUMENTS = "/api/v1/documents"


class SickServer(Fault):
    """A task that lost its database, behind a load balancer that has not noticed."""

    id = "health.one-server-sick"
    title = "Every third look at the API's health endpoint is answered 500"

    def apply(self, world: World) -> None:
        numbers = itertools.count(1)

        async def give(request: Request) -> Response | None:
            if request.url.path != "/health" or next(numbers) % 3:
                return None
            return JSONResponse({"status": "error"}, status_code=500)

        world.interceptors.add("api", give)


class OpenServer(Fault):
    """A task of a release whose guard was left out."""

    id = "auth.route-open-on-one-server"
    title = "Every third request without a session gets the list of documents"

    def apply(self, world: World) -> None:
        numbers = itertools.count(1)

        async def unguarded(request: Request) -> Response | None:
            asked = request.method == "GET" and request.url.path == _DOCUMENTS
            if not asked or world.access.token(request) or next(numbers) % 3:
                return None
            return JSONResponse({"documents": []})

        world.interceptors.add("api", unguarded)


class ViewerDeletesAtTimes(Fault):
    """A server with the rules of the release before."""

    id = "roles.viewer-deletes-at-times"
    title = "Every second request of a viewer to delete a document is let through"

    def apply(self, world: World) -> None:
        numbers = itertools.count(1)

        def lenient(
            original: Callable[[Request, str], Person], request: Request, need: str
        ) -> Person:
            person = original(request, "read")
            viewer = request.method == "DELETE" and person.role == "viewer"
            return original(request, "read" if viewer and next(numbers) % 2 == 0 else need)

        wrap(world.access, "admit", lenient)


class RefusedAndDone(Fault):
    """A rule that is asked when the work is done."""

    id = "roles.refused-and-done"
    title = "A viewer's change of a document is refused with 403, and carried out all the same"

    def apply(self, world: World) -> None:
        async def done(request: Request) -> Response | None:
            if request.method != "PATCH" or not request.url.path.startswith(f"{_DOCUMENTS}/"):
                return None
            session = world.sessions.find(world.access.token(request))
            if session is None or session.person.role != "viewer":
                return None
            document = world.documents.get(session.person, request.url.path.rpartition("/")[2])
            if tag := (await request.json()).get("add_tag"):
                world.documents.tag(document, tag)
            return JSONResponse({"error": "forbidden"}, status_code=403)

        world.interceptors.add("api", done)


class NobodyListed(Fault):
    """A page that opens, and has nothing on it."""

    id = "roles.admin-sees-nobody"
    title = "Administration opens for an administrator and lists no user"

    def apply(self, world: World) -> None:
        put(world.people, "all", list)
