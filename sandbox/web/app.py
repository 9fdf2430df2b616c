"""The `app` origin: health, version, assets, and one HTML shell for every other path."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from string import Template
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sandbox.web.access import AccessLog, FixedAnswers
from sandbox.web.assets import MEDIA_TYPES, WebAssets

if TYPE_CHECKING:
    from starlette.requests import Request

    from sandbox.world import World

__all__ = ["WebAssets", "build_app"]

SESSION_COOKIE = "qumis_session"
FOREVER = "public, max-age=31536000, immutable"


def shell_config(world: World, request: Request) -> str:
    """The JSON that the shell carries; `<` is escaped so that it cannot end its script element."""
    config: dict[str, Any] = {
        "api": world.addresses["api"],
        "idp": world.addresses["idp"],
        "integrations": world.addresses["integrations"],
        "version": world.version,
        "hasSession": SESSION_COOKIE in request.cookies,
    }
    if world.weather is not None:
        config |= world.weather.page_config()
    return json.dumps(config).replace("<", "\\u003c")


def render_shell(world: World, request: Request) -> str:
    """The one HTML page; what a path shows is decided by the script."""
    return Template(world.web.texts["shell.html"]).substitute(
        config=shell_config(world, request),
        assets=f"/assets/{world.web.build}",
        recorder=f"{world.addresses['integrations']}/fullstory/s/fs.js",
        version=world.version,
    )


def asset_response(assets: WebAssets, name: str, *, lasting: bool) -> Response:
    """One static file, or 404; only a URL that names the present build may be kept."""
    text = assets.texts.get(name)
    if text is None or name == "shell.html":
        return PlainTextResponse("not found", status_code=404)
    headers = {"Cache-Control": FOREVER if lasting else "no-cache"}
    return Response(text, media_type=MEDIA_TYPES[PurePosixPath(name).suffix], headers=headers)


def build_app(world: World) -> Starlette:
    """The web application; it reads `world.web` at each request, so faults need no restart."""

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok", "service": "web", "version": world.version})

    async def version(_: Request) -> Response:
        return JSONResponse({"version": world.version}, headers={"Cache-Control": "no-store"})

    async def favicon(_: Request) -> Response:
        return asset_response(world.web, "favicon.svg", lasting=False)

    async def asset(request: Request) -> Response:
        prefix = f"{world.web.build}/"
        name = request.path_params["name"]
        return asset_response(world.web, name.removeprefix(prefix), lasting=name.startswith(prefix))

    async def shell(request: Request) -> Response:
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return Response(
            render_shell(world, request), media_type="text/html; charset=utf-8", headers=headers
        )

    routes = [
        Route("/health", health),
        Route("/version.json", version),
        Route("/favicon.ico", favicon),
        Route("/assets/{name:path}", asset),
        Route("/{path:path}", shell),
    ]
    middleware = [Middleware(AccessLog, world=world), Middleware(FixedAnswers, assets=world.web)]
    return Starlette(routes=routes, middleware=middleware)
