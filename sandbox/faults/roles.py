"""Faults of single routes whose rule for the roles was forgotten, or is asked too late."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.faults.base import Fault, wrap
from sandbox.product.people import Person

if TYPE_CHECKING:
    from sandbox.world import World

_DOCUMENTS = "/api/v1/documents/"


class ViewerRestores(Fault):
    """A route that came later than the rule."""

    id = "roles.viewer-restores"
    title = "A viewer may restore documents by the API"

    def apply(self, world: World) -> None:
        def restores(request: Request) -> bool:
            return request.method == "POST" and request.url.path.endswith("/restore")

        _read_suffices(world, restores)


class ViewerErases(Fault):
    """A parameter that leads past the rule."""

    id = "roles.viewer-erases"
    title = "A viewer may delete documents for good by the API, though not into the trash"

    def apply(self, world: World) -> None:
        def erases(request: Request) -> bool:
            return request.method == "DELETE" and request.query_params.get("permanent") == "true"

        _read_suffices(world, erases)


class ViewerRenames(Fault):
    """A rule that was asked for one of two changes."""

    id = "roles.viewer-renames"
    title = "A viewer may rename documents by the API, though not tag them"

    def apply(self, world: World) -> None:
        async def rename(request: Request) -> Response | None:
            person = _viewer(world, request)
            if person is None or request.method != "PATCH":
                return None
            name = (await request.json()).get("name")
            if not name:
                return JSONResponse({"error": "forbidden"}, status_code=403)
            document = world.documents.get(person, request.url.path.removeprefix(_DOCUMENTS))
            world.documents.rename(document, name)
            world.ingest.changed(document)
            return JSONResponse(document.as_json())

        world.interceptors.add("api", rename)


class AnybodyRetries(Fault):
    """One of the administrators' routes without its rule."""

    id = "roles.anybody-retries-jobs"
    title = "Whoever is signed in may have jobs tried again by the administrators' route"

    def apply(self, world: World) -> None:
        _read_suffices(world, lambda request: request.url.path.endswith("/retry"))


class MembersDiagnose(Fault):
    """An administrators' route that is not called so."""

    id = "roles.members-order-diagnostics"
    title = "Members may order diagnostic jobs, as administrators may"

    def apply(self, world: World) -> None:
        _read_suffices(
            world, lambda request: request.url.path.endswith("/diagnostics/jobs"), "write"
        )


class RefusedAndMade(Fault):
    """A rule that is asked when the order is taken."""

    id = "roles.refused-and-made"
    title = (
        "A viewer's request for a report is refused with 403, and the report is made all the same"
    )

    def apply(self, world: World) -> None:
        async def made(request: Request) -> Response | None:
            person = _viewer(world, request)
            if person is None or request.method != "POST" or request.url.path != "/api/v1/reports":
                return None
            wish = await request.json()
            world.reports.request(person, wish["kind"], wish["document_ids"], "", "")
            return JSONResponse({"error": "forbidden"}, status_code=403)

        world.interceptors.add("api", made)


def _viewer(world: World, request: Request) -> Person | None:
    session = world.sessions.find(world.access.token(request))
    return session.person if session is not None and session.person.role == "viewer" else None


def _read_suffices(world: World, where: Callable[[Request], bool], need: str = "read") -> None:
    """Let in there whoever may do so little."""

    def lenient(original: Callable[[Request, str], Person], request: Request, asked: str) -> Person:
        return original(request, need if where(request) else asked)

    wrap(world.access, "admit", lenient)
