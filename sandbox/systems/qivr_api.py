"""Qivr over HTTP: health, and patients and appointments, which only their own tenant may see."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sandbox.systems.front import fronted
from sandbox.systems.qivr import ACCOUNT_AT_START
from sandbox.systems.world import System, SystemWorld

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_TOKEN = "sandbox-clinic-token"
_TENANT = "3f2b8a64-5f0e-4c57-9a53-1b7f6f0c9d11"
_NEIGHBOUR = "8d0e4c2b-61f7-4f0a-9c35-7a2b90d4e6f2"
"""Another tenant that there is."""
_PATIENTS = ({"id": "p-1041", "name": "Noor Example"}, {"id": "p-1042", "name": "Sam Example"})
_APPOINTMENTS = ({"id": "a-77", "patient": "p-1041"},)
_METHODS = "GET, POST, PUT, PATCH, DELETE"
_HEADERS = "Authorization, Content-Type, X-Tenant-Id"


def _origins() -> list[str]:
    return ["https://app.qivr.example", "https://clinic.qivr.example"]


@dataclass
class Qivr:
    """What the API insists on, and which pages may call it from a browser.

    `only_knows_tenants` means that any tenant that there is will do; `star` that it answers "*" to every page, `echo`
    that it repeats whatever origin asks, `beginnings` and `endings` that it compares only so much of an origin's name;
    `token_begins` that of a token only its beginning is compared.
    """

    state: str = "Healthy"
    asks_for_tenant: bool = True
    compares_tenant: bool = True
    only_knows_tenants: bool = False
    needs_token: bool = True
    any_token: bool = False
    token_begins: bool = False
    dev_auth: bool = False
    origins: list[str] = field(default_factory=_origins)
    star: bool = False
    echo: bool = False
    beginnings: bool = False
    endings: bool = False
    preflight: bool = True

    def refusal(self, headers: Headers) -> Response | None:
        """The answer to a request that may not pass, or None."""
        if self.needs_token and not self._is_signed_in(headers):
            return _error(401, "A valid bearer token is required.")
        tenant = headers.get("x-tenant-id")
        if tenant is None and self.asks_for_tenant:
            return _error(400, "X-Tenant-Id is required.")
        if tenant is not None and self.compares_tenant and tenant not in self._own_tenants():
            return _error(403, "The tenant is not the caller's.")
        return None

    def _own_tenants(self) -> tuple[str, ...]:
        return (_TENANT, _NEIGHBOUR) if self.only_knows_tenants else (_TENANT,)

    def _is_signed_in(self, headers: Headers) -> bool:
        given = headers.get("authorization", "")
        if self.any_token and given.startswith("Bearer "):
            return True
        if self.token_begins and given.startswith(f"Bearer {_TOKEN[:9]}"):
            return True
        if secrets.compare_digest(given.encode(), f"Bearer {_TOKEN}".encode()):
            return True
        return self.dev_auth and bool(headers.get("x-dev-user"))

    def allowed(self, origin: str) -> str | None:
        """What Access-Control-Allow-Origin says to a page of this origin; None: it is not there."""
        if self.star:
            return "*"
        is_known = origin in self.origins
        is_known |= self.beginnings and origin.startswith(tuple(self.origins))
        hosts = tuple(known.removeprefix("https://") for known in self.origins)
        is_known |= self.endings and origin.endswith(hosts)
        return origin if self.echo or is_known else None


def applications(world: SystemWorld) -> dict[str, ASGIApp]:
    """The API, behind its CORS rules."""
    product: Qivr = world.product

    async def health(_: Request) -> Response:
        status = 200 if product.state == "Healthy" else 503
        return PlainTextResponse(product.state, status_code=status)

    async def patients(request: Request) -> Response:
        return product.refusal(request.headers) or JSONResponse(list(_PATIENTS))

    async def appointments(request: Request) -> Response:
        return product.refusal(request.headers) or JSONResponse(list(_APPOINTMENTS))

    api = Starlette(
        routes=[
            Route("/health", health),
            Route("/api/patients", patients),
            Route("/api/appointments", appointments),
        ]
    )
    return {"api": CorsRules(fronted(world, "api", api, "api"), product)}


def _error(status: int, message: str) -> Response:
    return JSONResponse({"status": status, "title": message}, status_code=status)


@dataclass
class CorsRules:
    """Answers preflights, and tells browsers whose pages may read an answer."""

    app: ASGIApp
    product: Qivr

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, with the CORS headers that the asking page is due."""
        origin = Headers(scope=scope).get("origin") if scope["type"] == "http" else None
        if origin is None:
            await self.app(scope, receive, send)
            return
        allowed = self.product.allowed(origin)

        async def send_with_rules(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.add_vary_header("Origin")
                if allowed is not None:
                    headers["access-control-allow-origin"] = allowed
            await send(message)

        answer = self._preflight(scope, allowed is not None)
        await (answer or self.app)(scope, receive, send_with_rules)

    def _preflight(self, scope: Scope, is_allowed: bool) -> Response | None:
        asked = Headers(scope=scope).get("access-control-request-method")
        if scope["method"] != "OPTIONS" or asked is None:
            return None
        if not is_allowed:
            return Response(status_code=204)
        granted = {"access-control-allow-methods": _METHODS}
        if self.product.preflight:
            granted["access-control-allow-headers"] = _HEADERS
        return Response(status_code=204, headers=granted)


SYSTEM = System(
    "qivr",
    "Qivr",
    ACCOUNT_AT_START,
    ("control", "api", "aws"),
    Qivr,
    applications,
)
