"""Slack's Web API, as far as a bot uses it that posts messages: chat.postMessage, conversations.history, auth.test.

Answers are 200 with `ok` and an error in a word, as Slack's are; messages keep the limits of Block Kit or are refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

_TOKEN = "xoxb-sandbox-0000-token"
CHANNELS = ("#deployments", "#incidents", "#engineering")
_BLOCKS = 50
_TEXT = 40_000
_LIMITS = {"header": 150, "section": 3000}
_ELEMENTS = {"context": 10, "actions": 25}
_BUTTON_TEXT, _BUTTON_URL = 75, 3000


class SlackApi:
    """The messages that were posted, each with its channel."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def routes(self) -> list[BaseRoute]:
        """What is served below /slack/api."""
        return [
            Route("/chat.postMessage", self._post, methods=["POST"]),
            Route("/conversations.history", self._history, methods=["GET"]),
            Route("/auth.test", self._test, methods=["POST"]),
        ]

    async def _post(self, request: Request) -> Response:
        if error := _auth(request):
            return _refused(error)
        if not request.headers.get("Content-Type", "").startswith("application/json"):
            return _refused("invalid_form_data")
        try:
            message = json.loads(await request.body())
        except ValueError:
            return _refused("invalid_json")
        if not isinstance(message, dict):
            return _refused("json_not_object")
        if message.get("channel") not in CHANNELS:
            return _refused("channel_not_found")
        if error := message_error(message):
            return _refused(error)
        self.messages.append(message)
        return JSONResponse({"ok": True, "channel": message["channel"], "ts": "1.0"})

    async def _history(self, request: Request) -> Response:
        if error := _auth(request):
            return _refused(error)
        channel = request.query_params.get("channel", "")
        posted = [
            one for one in reversed(self.messages) if one["channel"] in (channel, f"#{channel}")
        ]
        return JSONResponse({"ok": True, "messages": posted})

    async def _test(self, request: Request) -> Response:
        if error := _auth(request):
            return _refused(error)
        return JSONResponse({"ok": True, "team": "Sandbox", "user": "postdeploy"})


def _auth(request: Request) -> str:
    given = request.headers.get("Authorization", "")
    if not given:
        return "not_authed"
    return "" if given == f"Bearer {_TOKEN}" else "invalid_auth"


def _refused(error: str) -> Response:
    return JSONResponse({"ok": False, "error": error})


def message_error(message: Mapping[str, Any]) -> str:
    """What is wrong with a message, in Slack's word; "" when nothing is."""
    text, blocks = message.get("text", ""), message.get("blocks", [])
    if not text and not blocks:
        return "no_text"
    if not isinstance(text, str) or len(text) > _TEXT:
        return "msg_too_long"
    if not isinstance(blocks, list) or len(blocks) > _BLOCKS:
        return "invalid_blocks"
    return "invalid_blocks" if any(not _fits(block) for block in blocks) else ""


def _fits(block: Any) -> bool:
    if not isinstance(block, dict):
        return False
    kind = block.get("type")
    if kind in _LIMITS:
        text = block.get("text")
        plain = isinstance(text, dict) and text.get("type") == "plain_text"
        return _is_text(text, _LIMITS[str(kind)]) and (kind != "header" or plain)
    elements = block.get("elements", [])
    if kind not in _ELEMENTS or not 1 <= len(elements) <= _ELEMENTS[str(kind)]:
        return kind == "divider"
    return all(_element_fits(one) for one in elements)


def _element_fits(element: Mapping[str, Any]) -> bool:
    if element.get("type") == "button":
        url = element.get("url", "")
        return _is_text(element.get("text"), _BUTTON_TEXT) and len(url) <= _BUTTON_URL
    return _is_text(element, 3000)


def _is_text(text: Any, limit: int) -> bool:
    return (
        isinstance(text, dict)
        and text.get("type") in ("plain_text", "mrkdwn")
        and isinstance(text.get("text"), str)
        and 1 <= len(text["text"]) <= limit
    )


def texts(message: Mapping[str, Any]) -> Iterator[str]:
    """Every text that somebody reads in a message."""
    yield str(message.get("text", ""))
    for block in message.get("blocks", []):
        for one in (block.get("text"), *block.get("elements", [])):
            if isinstance(one, dict):
                inner = one.get("text", "")
                yield str(inner.get("text", "") if isinstance(inner, dict) else inner)
