"""Sentry: takes in the envelopes of the product's real SDK, and lists the events of a project."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.clock import CLOCK
from sandbox.integrations.envelopes import EnvelopeError, decode, events

TOKEN = "sentry-sandbox-token"
ORGANIZATION = "qumis"
PROJECT = "qumis-api"
_PER_PAGE = 100


@dataclass(frozen=True)
class _Event:
    payload: dict[str, Any]
    received: datetime
    visible_at: float


class Sentry:
    """One project; an event can be read `lag()` seconds after it came in."""

    def __init__(self, lag: Callable[[], float]) -> None:
        self._lag = lag
        self._events: list[_Event] = []
        # What faults change: whether events are refused, what they lack or say, whom it lets read.
        self.refuses_events = False
        self.altered: dict[str, Any] = {}
        self.lacking: set[str] = set()
        self.token_is_valid = True

    def routes(self) -> list[BaseRoute]:
        """What is served below /sentry."""
        project = "/api/0/projects/{organization}/{project}/events/"
        return [
            Route("/api/{project_id}/envelope/", self._ingest, methods=["POST"]),
            Route("/api/0/organizations/{organization}/", self._organization),
            Route(project, self._list),
            Route(project + "{event_id}/", self._one),
        ]

    async def _ingest(self, request: Request) -> Response:
        if self.refuses_events:
            return JSONResponse({"detail": "event submission rejected"}, status_code=400)
        body = await request.body()
        try:
            envelope = decode(body, request.headers.get("Content-Encoding", ""))
            received = [self._keep(event) for event in events(envelope)]
        except EnvelopeError as error:
            return JSONResponse({"detail": str(error)}, status_code=400)
        return JSONResponse({"id": received[0] if received else uuid.uuid4().hex})

    def _keep(self, event: dict[str, Any]) -> str:
        payload = {key: value for key, value in event.items() if key not in self.lacking}
        payload |= self.altered
        payload.setdefault("event_id", uuid.uuid4().hex)
        visible_at = time.monotonic() + self._lag()
        self._events.append(_Event(payload, CLOCK.now(), visible_at))
        return str(payload["event_id"])

    def _refusal(self, request: Request) -> Response | None:
        authorization = request.headers.get("Authorization")
        if authorization is None:
            said = "Authentication credentials were not provided."
            return JSONResponse({"detail": said}, status_code=401)
        if authorization != f"Bearer {TOKEN}" or not self.token_is_valid:
            return JSONResponse({"detail": "Invalid token"}, status_code=401)
        known = request.path_params["organization"] == ORGANIZATION
        if known and request.path_params.get("project", PROJECT) == PROJECT:
            return None
        said = "The requested resource does not exist"
        return JSONResponse({"detail": said}, status_code=404)

    async def _organization(self, request: Request) -> Response:
        return self._refusal(request) or JSONResponse(
            {
                "id": "1",
                "slug": ORGANIZATION,
                "name": "Qumis",
                "status": {"id": "active", "name": "active"},
                "access": ["org:read", "project:read", "event:read"],
            }
        )

    def _visible(self) -> list[_Event]:
        now = time.monotonic()
        return [event for event in reversed(self._events) if event.visible_at <= now]

    async def _list(self, request: Request) -> Response:
        refused = self._refusal(request)
        if refused is not None:
            return refused
        start = _cursor(request)
        found = self._visible()
        full = request.query_params.get("full") in ("true", "1")
        page = [_listed(event, full) for event in found[start : start + _PER_PAGE]]
        return JSONResponse(page, headers={"Link": _links(request, start, len(found))})

    async def _one(self, request: Request) -> Response:
        refused = self._refusal(request)
        if refused is not None:
            return refused
        wanted = request.path_params["event_id"]
        for event in self._visible():
            if event.payload["event_id"] == wanted:
                return JSONResponse(_listed(event, full=True))
        return JSONResponse({"detail": "Event not found"}, status_code=404)


def _cursor(request: Request) -> int:
    parts = request.query_params.get("cursor", "0:0:0").split(":")
    return int(parts[1]) if len(parts) == 3 and parts[1].isdigit() else 0


def _links(request: Request, start: int, total: int) -> str:
    def link(rel: str, at: int, more: bool) -> str:
        cursor = f"0:{at}:{int(rel == 'previous')}"
        url = request.url.include_query_params(cursor=cursor)
        return f'<{url}>; rel="{rel}"; results="{str(more).lower()}"; cursor="{cursor}"'

    before, after = max(0, start - _PER_PAGE), start + _PER_PAGE
    return f"{link('previous', before, start > 0)}, {link('next', after, after < total)}"


def _listed(event: _Event, full: bool) -> dict[str, Any]:
    payload = event.payload
    summary = {
        "id": payload["event_id"],
        "eventID": payload["event_id"],
        "projectID": "1",
        "event.type": "error",
        "type": "error",
        "title": _title(payload),
        "message": _message(payload),
        "location": payload.get("transaction"),
        "culprit": payload.get("transaction", ""),
        "platform": payload.get("platform", "other"),
        "dateCreated": payload.get("timestamp", event.received.isoformat()),
        "user": payload.get("user"),
        "tags": _tags(payload),
    }
    return summary | _details(event) if full else summary


def _details(event: _Event) -> dict[str, Any]:
    payload = event.payload
    release = payload.get("release")
    return {
        "dateReceived": event.received.isoformat(),
        "contexts": payload.get("contexts", {}),
        "context": payload.get("extra", {}),
        "release": {"version": release, "shortVersion": release} if release else None,
        "dist": payload.get("dist"),
        "sdk": payload.get("sdk"),
        "entries": [
            {"type": kind, "data": payload[kind]}
            for kind in ("exception", "request", "breadcrumbs")
            if kind in payload
        ],
    }


def _title(payload: dict[str, Any]) -> str:
    values = (payload.get("exception") or {}).get("values") or []
    if values:
        return f"{values[-1].get('type')}: {values[-1].get('value')}"
    return _message(payload) or "<unlabeled event>"


def _message(payload: dict[str, Any]) -> str:
    entry = payload.get("logentry") or {}
    return str(payload.get("message") or entry.get("formatted") or entry.get("message") or "")


def _tags(payload: dict[str, Any]) -> list[dict[str, str]]:
    own = payload.get("tags") or {}
    pairs = dict(own) if isinstance(own, (dict, list)) else {}
    for name in ("release", "environment", "level", "server_name", "transaction"):
        if payload.get(name):
            pairs[name] = payload[name]
    user = payload.get("user") or {}
    if user.get("email"):
        pairs["user"] = f"email:{user['email']}"
    return [{"key": str(key), "value": str(value)} for key, value in sorted(pairs.items())]
