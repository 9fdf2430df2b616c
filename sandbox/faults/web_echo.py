"""A product that tells the secrets of those who use it, wherever it says anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.faults.base import wrap
from sandbox.faults.web_change import Change, WebChangeFault
from sandbox.identity.sso import Login

if TYPE_CHECKING:
    from sandbox.world import World

_PATH = "/api/v1/recent"


class EchoesSecrets(WebChangeFault):
    """Somebody left the debugging on."""

    id = "web.echoes-secrets"
    title = "An error tells session token and password: in its body, on the home page, in the console and the log"
    changes = (
        Change(
            "api.js",
            "  return new ApiError(response.status, message);",
            "  console.error(message, btoa(message));\n  return new ApiError(response.status, message);",
        ),
    )

    def apply(self, world: World) -> None:
        """Remember the passwords that hold, and fail with everything that is known."""
        super().apply(world)
        passwords: dict[str, str] = {}

        def take_password(
            original: Callable[[Login, str, str], bool], login: Login, email: str, password: str
        ) -> bool:
            passwords[email] = password
            return original(login, email, password)

        async def tell(request: Request) -> Response | None:
            if request.url.path != _PATH or request.method != "GET":
                return None
            session = world.sessions.find(world.access.token(request))
            if session is None:
                return None
            known = f"session {world.access.token(request)} password {passwords.get(session.person.email)}"
            world.log("api", "ERROR", f"unexpected: {known}")
            told = {"code": "internal", "message": f"Unexpected: {known}"}
            return JSONResponse(told, status_code=500)

        wrap(world.sso, "take_password", take_password)
        world.interceptors.add("api", tell)
