"""Slack's incoming webhook for the alert channel."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.integrations.slack_api import message_error

_WEBHOOK = "T000/B000/sandbox"
_CHANNELS = {
    "T000/B001/sandbox0000deployments": "#deployments",
    "T000/B002/sandbox00000incidents": "#incidents",
}
"""Further webhooks, each of which belongs to a channel."""


class Slack:
    """The messages that were posted.

    `is_broken` answers every post with a server error, `is_away` with a proxy's page and 200.
    """

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.posts: list[dict[str, Any]] = []
        """Those of the channels' own webhooks, each with its channel."""
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
        channel = _CHANNELS.get(request.path_params["hook"], "")
        if request.path_params["hook"] != _WEBHOOK and not channel:
            return PlainTextResponse("no_service", status_code=404)
        message = await _message(request)
        if message is None:
            return PlainTextResponse("invalid_payload", status_code=400)
        if not any(message.get(part) for part in ("text", "blocks", "attachments")):
            return PlainTextResponse("no_text", status_code=400)
        if channel and (error := message_error(message)):
            return PlainTextResponse(error, status_code=400)
        if channel:
            self.posts.append({"channel": channel, **message})
        else:
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
