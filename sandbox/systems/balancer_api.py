"""Balancer over HTTP: health in two depths, and GraphQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.systems.balancer import ACCOUNT_AT_START
from sandbox.systems.front import fronted
from sandbox.systems.world import System, SystemWorld

if TYPE_CHECKING:
    from starlette.types import ASGIApp


def _parts() -> dict[str, str]:
    return dict.fromkeys(("database", "cache", "queue"), "ok")


@dataclass
class Balancer:
    """How the parts are, and what GraphQL answers to the query for the schema's root."""

    parts: dict[str, str] = field(default_factory=_parts)
    root: dict[str, Any] = field(default_factory=lambda: {"data": {"__typename": "Query"}})


def applications(world: SystemWorld) -> dict[str, ASGIApp]:
    """The API."""
    product: Balancer = world.product

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok", "version": world.api_version})

    async def deep(_: Request) -> Response:
        fine = all(state == "ok" for state in product.parts.values())
        body = {"status": "ok" if fine else "error", "checks": product.parts}
        return JSONResponse(body, status_code=200 if fine else 503)

    async def graphql(request: Request) -> Response:
        query = await _query(request)
        if query is None:
            return JSONResponse(_errors("Must provide a query string."), status_code=400)
        if "__typename" not in query:
            return JSONResponse(_errors("Cannot query that field."), status_code=400)
        return JSONResponse(product.root)

    api = Starlette(
        routes=[
            Route("/health", health),
            Route("/health/deep", deep),
            Route("/graphql", graphql, methods=["POST"]),
        ]
    )
    return {"api": fronted(world, "api", api, "api")}


async def _query(request: Request) -> str | None:
    try:
        body = await request.json()
    except ValueError:
        return None
    query = body.get("query") if isinstance(body, dict) else None
    return query if isinstance(query, str) else None


def _errors(message: str) -> dict[str, Any]:
    return {"errors": [{"message": message}]}


SYSTEM = System(
    "balancer",
    "Balancer",
    ACCOUNT_AT_START,
    ("control", "api", "aws"),
    Balancer,
    applications,
)
