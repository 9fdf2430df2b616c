"""Signing in through the identity provider, and signing out."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox.api.access import COOKIE
from sandbox.identity.sso import CLIENT_ID
from sandbox.product.errors import UnauthenticatedError

if TYPE_CHECKING:
    from sandbox.world import World


def _world(request: Request) -> World:
    world: World = request.app.state.world
    return world


def safe_path(return_to: str) -> str:
    """A path within the application; anything else leads home."""
    local = return_to.startswith("/") and not return_to.startswith(("//", "/\\"))
    return return_to if local else "/"


async def start(request: Request) -> Response:
    """Send the browser to the identity provider."""
    world = _world(request)
    state = world.sso.begin(safe_path(request.query_params.get("return_to", "/")))
    query = urlencode(
        {
            "client_id": CLIENT_ID,
            "redirect_uri": f"{world.addresses['api']}/auth/callback",
            "state": state,
        }
    )
    return RedirectResponse(f"{world.addresses['idp']}/authorize?{query}", status_code=302)


async def callback(request: Request) -> Response:
    """Take over from the identity provider: begin a session, or lead back to the sign-in page."""
    world, query = _world(request), request.query_params
    person = world.sso.redeem(query.get("token", ""))
    return_to = world.sso.end(query.get("state", ""))
    if person is None or return_to is None:
        return RedirectResponse(f"{world.addresses['app']}/login?error=sso", status_code=302)
    response = RedirectResponse(world.addresses["app"] + return_to, status_code=302)
    token = world.sessions.create(person)
    response.set_cookie(COOKIE, token, httponly=True, samesite="lax", path="/")
    return response


async def logout(request: Request) -> Response:
    """End the session, if there is one, and clear the cookie."""
    world = _world(request)
    try:
        world.sessions.end(world.access.session(request))
    except UnauthenticatedError:
        world.log("api", "INFO", "logout without a session")
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
    return response


ROUTES = [
    Route("/auth/start", start),
    Route("/auth/callback", callback),
    Route("/auth/logout", logout, methods=["POST"]),
]
