"""The `idp` origin: sign-in with password and one-time code, then back to the product."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.identity.pages import code_form, password_form
from sandbox.identity.sso import CLIENT_ID

if TYPE_CHECKING:
    from sandbox.world import World

WRONG_CREDENTIALS = "Wrong e-mail or password."
WRONG_CODE = "That code is not valid."


def build_identity(world: World) -> Starlette:
    """The identity provider of this world."""
    app = Starlette(
        routes=[
            Route("/authorize", authorize, methods=["GET"]),
            Route("/authorize", take_password, methods=["POST"]),
            Route("/verify", verify, methods=["POST"]),
            Route("/health", health),
        ]
    )
    app.state.world = world
    return app


def _world(request: Request) -> World:
    world: World = request.app.state.world
    return world


async def authorize(request: Request) -> Response:
    """Show the first form to those whom a known client sends."""
    world, query = _world(request), request.query_params
    callback = f"{world.addresses['api']}/auth/callback"
    if query.get("client_id") != CLIENT_ID or query.get("redirect_uri") != callback:
        return PlainTextResponse("Unknown client or redirect_uri.", status_code=400)
    login = world.sso.open(callback, query.get("state", ""))
    return password_form(login.id)


async def take_password(request: Request) -> Response:
    """Go on to the one-time code if e-mail and password hold."""
    sso, form = _world(request).sso, await request.form()
    login = sso.login(str(form.get("login", "")))
    if login is None:
        return _gone()
    given = str(form.get("email", "")), str(form.get("password", ""))
    if not sso.take_password(login, *given):
        return password_form(login.id, WRONG_CREDENTIALS)
    return code_form(login.id)


async def verify(request: Request) -> Response:
    """Lead back to the product if the one-time code holds."""
    sso, form = _world(request).sso, await request.form()
    login = sso.login(str(form.get("login", "")))
    if login is None:
        return _gone()
    token = sso.take_code(login, str(form.get("code", "")))
    if token is None:
        return code_form(login.id, WRONG_CODE)
    query = urlencode({"token": token, "state": login.state})
    return RedirectResponse(f"{login.redirect_uri}?{query}", status_code=302)


async def health(_: Request) -> Response:
    """Say that the identity provider is there."""
    return JSONResponse({"status": "ok", "service": "idp"})


def _gone() -> Response:
    return PlainTextResponse("This sign-in has ended. Please begin again.", status_code=400)
