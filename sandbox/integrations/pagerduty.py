"""PagerDuty's Events API v2: events are validated as its documentation has it, and open or end an alert."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

_ROUTING_KEY = "5a9db0c5a9db0c5a9db0c5a9db0c5a9d"
_ACTIONS = ("trigger", "acknowledge", "resolve")
_SEVERITIES = ("critical", "warning", "error", "info")
_SUMMARY, _KEY, _BYTES = 1024, 255, 512 * 1024
# The real one passes over fields that it does not know; here a misspelled one is found.
_KNOWN = {
    *("routing_key", "event_action", "dedup_key", "payload", "client", "client_url"),
    *("links", "images"),
}
_PAYLOAD = {
    *("summary", "source", "severity", "timestamp", "component", "group", "class"),
    "custom_details",
}


class PagerDuty:
    """The events that were taken, and the alerts that are open, by their deduplication key."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.open: dict[str, dict[str, Any]] = {}

    def routes(self) -> list[BaseRoute]:
        """What is served below /pagerduty."""
        return [Route("/v2/enqueue", self._enqueue, methods=["POST"])]

    async def _enqueue(self, request: Request) -> Response:
        body = await request.body()
        if len(body) > _BYTES:
            return JSONResponse({"status": "invalid event"}, status_code=413)
        try:
            event = json.loads(body)
        except ValueError:
            event = None
        if not isinstance(event, dict):
            return _invalid(["Event object is not valid JSON"])
        if errors := [*_errors(event)]:
            return _invalid(errors)
        key = event.get("dedup_key") or secrets.token_hex(16)
        self.events.append({**event, "dedup_key": key})
        if event["event_action"] == "trigger":
            self.open[key] = event["payload"]
        elif event["event_action"] == "resolve":
            self.open.pop(key, None)
        taken = {"status": "success", "message": "Event processed", "dedup_key": key}
        return JSONResponse(taken, status_code=202)


def _invalid(errors: list[str]) -> Response:
    told = {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
    return JSONResponse(told, status_code=400)


def _errors(event: Mapping[str, Any]) -> Iterator[str]:
    key = event.get("routing_key")
    if not isinstance(key, str) or len(key) != 32:
        yield "Length of 'routing_key' is incorrect (should be 32 characters)"
    elif key != _ROUTING_KEY:
        yield "Invalid routing key"
    action = event.get("event_action")
    if action not in _ACTIONS:
        yield "'event_action' is missing or invalid"
    if action in ("acknowledge", "resolve") and not event.get("dedup_key"):
        yield "'dedup_key' is missing or blank"
    if len(str(event.get("dedup_key", ""))) > _KEY:
        yield "'dedup_key' is too long (maximum is 255 characters)"
    yield from (f"'{name}' is not a known field" for name in event if name not in _KNOWN)
    if action == "trigger":
        payload = event.get("payload")
        yield from _payload_errors(payload if isinstance(payload, dict) else {})
        yield from _link_errors(event.get("links", []))


def _payload_errors(payload: Mapping[str, Any]) -> Iterator[str]:
    for name in ("summary", "source"):
        if not isinstance(payload.get(name), str) or not payload[name].strip():
            yield f"'payload.{name}' is missing or blank"
    if len(str(payload.get("summary", ""))) > _SUMMARY:
        yield "'payload.summary' is too long (maximum is 1024 characters)"
    if payload.get("severity") not in _SEVERITIES:
        yield "'payload.severity' is invalid (must be one of critical, warning, error, info)"
    yield from (
        f"'payload.{name}' is not a known field" for name in payload if name not in _PAYLOAD
    )
    if "timestamp" in payload and not _is_moment(payload["timestamp"]):
        yield "'payload.timestamp' is not a valid ISO 8601 date"


def _link_errors(links: Any) -> Iterator[str]:
    for link in links if isinstance(links, list) else [{}]:
        if not re.match(r"https?://", str(link.get("href", ""))):
            yield "'links' has a link without an address"


def _is_moment(text: Any) -> bool:
    try:
        return datetime.fromisoformat(str(text)).tzinfo is not None
    except ValueError:
        return False
