"""Faults of the health endpoints, of what they speak of, and of the version that answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from sandbox.faults.base import Fault, put
from sandbox.product.errors import UnavailableError

if TYPE_CHECKING:
    from sandbox.world import World

PREVIOUS_RELEASE = "2026.11.2-9d03c7e"


class HealthUnavailable(Fault):
    """The probe that every load balancer would see fail."""

    id = "health.api-503"
    title = "The API's health endpoint answers 503: the database is gone"

    def apply(self, world: World) -> None:
        put(world.documents, "check", lambda: "connection refused")


class HealthLies(Fault):
    """A status that says the opposite of its body."""

    id = "health.error-inside-200"
    title = "The API's health endpoint answers 200, and its body says that Redis is gone"

    def apply(self, world: World) -> None:
        checks = {**world.health.checks(), "redis": "error: connection refused"}
        put(world.health, "answer", lambda: (200, "ok", checks))


class HealthPage(Fault):
    """A catch-all route that swallows the health endpoint."""

    id = "health.api-html"
    title = "The API's health endpoint answers 200 with an HTML page"

    def apply(self, world: World) -> None:
        async def page(request: Request) -> Response | None:
            shown = HTMLResponse("<!doctype html><title>Qumis</title><h1>Welcome</h1>")
            return shown if request.url.path == "/health" else None

        world.interceptors.add("api", page)


class HealthRedirects(Fault):
    """A redirect that a client which follows it takes for health."""

    id = "health.api-redirects"
    title = "The API's health endpoint redirects to the sign-in page"

    def apply(self, world: World) -> None:
        async def redirect(request: Request) -> Response | None:
            away = RedirectResponse(f"{world.addresses['app']}/login", status_code=302)
            return away if request.url.path == "/health" else None

        world.interceptors.add("api", redirect)


class ProviderUnreachable(Fault):
    """The LLM service's own probe fails."""

    id = "health.llm-provider"
    title = "The LLM service is up and cannot reach its model provider"

    def apply(self, world: World) -> None:
        world.llm.provider = "unreachable"


class ProviderUnreachableIn200(Fault):
    """A probe that always answers 200 and leaves the truth to its body."""

    id = "health.llm-error-inside-200"
    title = "The LLM service's probe answers 200, and its body says that the provider is gone"

    def apply(self, world: World) -> None:
        body = {"status": "ok", "provider": "unreachable", "model": "stand-in-1"}

        async def answer(request: Request) -> Response | None:
            return JSONResponse(body) if request.url.path == "/health" else None

        world.interceptors.add("llm", answer)


class StatusDegraded(Fault):
    """A status page that is there and tells of trouble."""

    id = "health.status-degraded"
    title = "The API's public status answers 200 and says that it is degraded"

    def apply(self, world: World) -> None:
        _answer_status(world, JSONResponse({"status": "degraded", "environment": "sandbox"}))


class StatusMissing(Fault):
    """A public route that the release forgot."""

    id = "health.status-404"
    title = "The API's public status answers 404"

    def apply(self, world: World) -> None:
        _answer_status(world, JSONResponse({"error": "not_found"}, status_code=404))


def _answer_status(world: World, answer: Response) -> None:
    async def give(request: Request) -> Response | None:
        return answer if request.url.path == "/api/v1/status" else None

    world.interceptors.add("api", give)


class PreviousRelease(Fault):
    """A deployment that never reached the API."""

    id = "release.api-previous"
    title = "The API that answers is of the release before"

    def apply(self, world: World) -> None:
        world.api_version = PREVIOUS_RELEASE


class StorageUnavailable(Fault):
    """No document can be kept or read."""

    id = "storage.unavailable"
    title = "The object store does not answer: uploads and downloads end with 503"

    def apply(self, world: World) -> None:
        def refuse(*_: object) -> bytes:
            raise UnavailableError("The object store does not answer.")

        put(world.storage, "get", refuse)
        put(world.storage, "put", refuse)
        put(world.storage, "check", lambda: "unreachable")
