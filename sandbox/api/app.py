"""The `api` origin, and the small ones: `llm`, `search` and `control`."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sentry_sdk
from sentry_sdk.integrations.asgi import SentryAsgiMiddleware
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from sandbox.api import auth, chats, documents, operations, reports
from sandbox.api.calls import refusal
from sandbox.api.front import Front, Interception
from sandbox.clock import CLOCK
from sandbox.product.errors import ProductError
from sandbox.product.llm import MODEL

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint
    from starlette.types import ASGIApp

    from sandbox.world import World


def report_to_sentry(world: World) -> None:
    """Point the SDK at the stand-in's Sentry; only the API reports, the other origins do not."""
    host = world.addresses["integrations"].removeprefix("http://")
    sentry_sdk.init(
        dsn=f"http://sandbox@{host}/sentry/1",
        release=world.version,
        environment="sandbox",
        auto_enabling_integrations=False,
        shutdown_timeout=0,
        server_name="api-sandbox",
        include_local_variables=False,
        before_send=stamped,
    )


def stamped(event: Event, _hint: Hint) -> Event:
    """An event with the time of the stand-in's own clock."""
    # Serialized already, unlike what the SDK's type says.
    event["timestamp"] = CLOCK.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")  # type: ignore[typeddict-item]
    return event


def build_api(world: World) -> ASGIApp:
    """The API with all that stands before it."""
    app = Starlette(
        routes=[
            *operations.PUBLIC_ROUTES,
            *auth.ROUTES,
            Mount(
                "/api/v1",
                routes=[
                    *operations.ROUTES,
                    *documents.ROUTES,
                    *reports.ROUTES,
                    *chats.ROUTES,
                ],
            ),
        ],
        exception_handlers={ProductError: refusal, 404: not_found},
    )
    app.state.world = world
    watched = SentryAsgiMiddleware(app, transaction_style="url")
    # Inside the CORS layer, so that a browser can read also what a fault answers.
    answering = Interception("api", watched, world)
    return CORSMiddleware(
        Front(answering, world),
        allow_origins=[world.addresses["app"]],
        allow_credentials=True,
        allow_methods=["GET", "POST", "PATCH", "DELETE"],
        allow_headers=["*"],
        expose_headers=["Content-Disposition"],
    )


async def not_found(_: Request, __: Exception) -> Response:
    """The answer for a path that does not exist."""
    body = {"error": "not_found", "message": "There is no such path."}
    return JSONResponse(body, status_code=404)


def build_llm(world: World) -> ASGIApp:
    """The LLM service's health probe."""

    def health() -> dict[str, Any]:
        word = "ok" if world.llm.provider == "ok" else "error"
        return {"status": word, "provider": world.llm.provider, "model": MODEL}

    return Starlette(routes=[_probe("/health", health, lambda: world.llm.provider == "ok")])


def build_search(world: World) -> ASGIApp:
    """Typesense's own interface."""

    def collection() -> dict[str, Any]:
        fields = [{"name": name, "type": "string"} for name in ("id", "name", "body")]
        count = world.index.count()
        return {"name": "documents", "num_documents": count, "fields": fields}

    return Starlette(
        routes=[
            _probe("/health", lambda: {"ok": world.index.available}, lambda: world.index.available),
            _probe("/collections/documents", collection, lambda: world.index.available),
        ]
    )


def build_control(world: World) -> ASGIApp:
    """The announcement for those who come later, and an answer that proves the network."""

    async def nothing(_: Request) -> Response:
        return Response(status_code=204)

    async def addresses(_: Request) -> Response:
        return JSONResponse(announcement(world))

    return Starlette(routes=[Route("/", nothing), Route("/addresses.json", addresses)])


def announcement(world: World) -> dict[str, Any]:
    """Where everything is, and what was started."""
    return {
        **world.addresses,
        "pid": os.getpid(),
        "pace": world.pace.name,
        "faults": world.faults,
        "version": world.version,
        "weather_seed": world.weather.seed if world.weather else None,
    }


def _probe(path: str, body: Callable[[], dict[str, Any]], healthy: Callable[[], bool]) -> Route:
    async def answer(_: Request) -> Response:
        return JSONResponse(body(), status_code=200 if healthy() else 503)

    return Route(path, answer)
