"""Lexiscan over HTTP: health in three depths, documents, administration; encrypted, or redirected to where it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.systems.front import WithHeaders, fronted
from sandbox.systems.lexiscan import ACCOUNT_AT_START
from sandbox.systems.world import System, SystemWorld

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_USER = "sandbox-reader-token"
_ADMIN = "sandbox-admin-token"
_PAGE = "<!doctype html><title>Lexiscan</title><h1>Lexiscan</h1><p>Documents, understood.</p>"


def _security_headers() -> dict[str, str]:
    return {
        "strict-transport-security": "max-age=31536000; includeSubDomains",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "content-security-policy": "default-src 'self'; frame-ancestors 'none'",
    }


def _parts() -> dict[str, str]:
    return dict.fromkeys(("database", "cache", "storage", "ai"), "healthy")


@dataclass
class Lexiscan:
    """How the parts are, whether traffic is welcome, the headers of every encrypted answer, who gets in.

    `bare` are paths whose answers lack these headers; `token_begins`: of a token the beginning is compared.
    """

    parts: dict[str, str] = field(default_factory=_parts)
    ready: bool = True
    headers: dict[str, str] = field(default_factory=_security_headers)
    bare: set[str] = field(default_factory=set)
    needs_token: bool = True
    any_token: bool = False
    token_begins: bool = False
    asks_for_role: bool = True

    def refusal(self, headers: Headers, *, only_admins: bool) -> Response | None:
        """The answer to a request that may not pass, or None."""
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if self.token_begins:
            token = next((one for one in (_USER, _ADMIN) if one[:9] == token[:9]), token)
        if token not in (_USER, _ADMIN) and self.needs_token and not (token and self.any_token):
            return JSONResponse({"detail": "Not authenticated"}, status_code=401)
        if only_admins and token != _ADMIN and self.asks_for_role:
            return JSONResponse({"detail": "Administrators only"}, status_code=403)
        return None


def applications(world: SystemWorld) -> dict[str, ASGIApp]:
    """The product with and without encryption, and the redirect."""
    product: Lexiscan = world.product

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "healthy", "version": world.api_version})

    async def detailed(_: Request) -> Response:
        healthy = all(state == "healthy" for state in product.parts.values())
        body = {"status": "healthy" if healthy else "unhealthy", "checks": product.parts}
        return JSONResponse(body, status_code=200 if healthy else 503)

    async def ready(_: Request) -> Response:
        return JSONResponse({"ready": product.ready}, status_code=200 if product.ready else 503)

    async def documents(request: Request) -> Response:
        refusal = product.refusal(request.headers, only_admins=False)
        return refusal or JSONResponse({"documents": []})

    async def users(request: Request) -> Response:
        refusal = product.refusal(request.headers, only_admins=True)
        return refusal or JSONResponse({"users": []})

    async def page(_: Request) -> Response:
        return HTMLResponse(_PAGE)

    async def redirect(request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        to = f"{world.addresses['secure']}{request.url.path}{query}"
        return RedirectResponse(to, status_code=301)

    site = Starlette(
        routes=[
            Route("/", page),
            Route("/api/health", health),
            Route("/api/health/detailed", detailed),
            Route("/api/ready", ready),
            Route("/api/documents", documents),
            Route("/api/admin/users", users),
        ]
    )
    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    away = Starlette(routes=[Route("/{path:path}", redirect, methods=methods)])
    return {
        "api": fronted(world, "api", site, "backend"),
        "secure": WithHeaders(
            fronted(world, "secure", site, "backend"), product.headers, product.bare
        ),
        "plain": fronted(world, "plain", away),
    }


SYSTEM = System(
    "lexiscan",
    "Lexiscan",
    ACCOUNT_AT_START,
    ("control", "api", "secure", "plain", "aws"),
    Lexiscan,
    applications,
)
