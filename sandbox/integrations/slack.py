"""Slack's incoming webhook for the alert channel."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

_WEBHOOK = "T000/B000/sandbox"


class Slack:
    """The messages that were posted.

    `is_broken` answers every post with a server error, `is_away` with a proxy's page and 200.
    """

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.is_broken = False
        self.is_away = False

    def routes(self) -> list[BaseRoute]:
        """What is served below /slack."""
        return [Route("/services/{hook:path}", self._post, methods=["POST"])]

    async def _post(self, request: Request) -> Response:
        if self.is_broken:
            return PlainTextResponse("server_error", status_code=500)
        if self.is_away:
            return HTMLResponse("<!doctype html><title>Proxy</title><p>Please sign in.</p>")
        if request.path_params["hook"] != _WEBHOOK:
            return PlainTextResponse("no_service", status_code=404)
        message = await _message(request)
        if message is None:
            return PlainTextResponse("invalid_payload", status_code=400)
        if not any(message.get(part) for part in ("text", "blocks", "attachments")):
            return PlainTextResponse("no_text", status_code=400)
        self.messages.append(message)
        return PlainTextResponse("ok")


async def _message(request: Request) -> dict[str, Any] | None:
    text: Any = await request.body()
    if request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
        text = (await request.form()).get("payload", "")
    try:
        found = json.loads(text)
    except (TypeError, ValueError):
        return None
    return found if isinstance(found, dict) else None
