"""FullStory: the recorder script, the place it posts to, and the server API that reads sessions."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.clock import CLOCK

KEY = "fullstory-sandbox-key"
_RECORDER = Path(__file__).with_name("recorder.js")
_DEVICE = "17117"
_SESSIONS_BY_DEFAULT = 20


@dataclass
class Session:
    """One visit of one person; the time is when it began."""

    id: str
    email: str
    user_id: str
    created: datetime = field(default_factory=CLOCK.now)
    events: list[dict[str, Any]] = field(default_factory=list)


class FullStory:
    """The recorded sessions; what is dropped, and whether the key counts, faults say."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._user_ids: dict[str, str] = {}
        self.drops_sessions = False
        self.drops_events = False
        self.key_is_valid = True

    def routes(self) -> list[BaseRoute]:
        """What is served below /fullstory."""
        return [
            Route("/s/fs.js", self._recorder),
            Route("/rec/bundle", self._bundle, methods=["POST"]),
            Route("/sessions/v2", self._list),
            Route("/v2/sessions/{session_id}/events", self._events),
        ]

    async def _recorder(self, _request: Request) -> Response:
        headers = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}
        script = _RECORDER.read_text(encoding="utf-8")
        return Response(script, media_type="text/javascript", headers=headers)

    async def _bundle(self, request: Request) -> Response:
        headers = {"Access-Control-Allow-Origin": "*"}
        try:
            bundle = json.loads(await request.body())
            self._record(bundle, request.headers.get("User-Agent", ""))
        except (ValueError, KeyError, TypeError, AttributeError):
            answer = {"message": "the bundle is not one of this recorder", "code": "invalid"}
            return JSONResponse(answer, status_code=400, headers=headers)
        return JSONResponse({"ok": True}, headers=headers)

    def _record(self, bundle: dict[str, Any], user_agent: str) -> None:
        if self.drops_sessions:
            return
        session = self._session(str(bundle["session"]), str(bundle["email"]))
        if not self.drops_events:
            session.events += [_event(session, e, user_agent) for e in bundle["events"]]

    def _session(self, given: str, email: str) -> Session:
        name = f"{_DEVICE}:{given}"
        if name not in self._sessions:
            number = str(random.randint(10**15, 10**16))
            user_id = self._user_ids.setdefault(email.lower(), number)
            self._sessions[name] = Session(name, email, user_id)
        return self._sessions[name]

    def _refusal(self, request: Request) -> Response | None:
        if request.headers.get("Authorization") == f"Basic {KEY}" and self.key_is_valid:
            return None
        answer = {"message": "Invalid API key", "code": "unauthorized"}
        return JSONResponse(answer, status_code=401)

    async def _list(self, request: Request) -> Response:
        email = request.query_params.get("email", "").lower()
        limit = int(request.query_params.get("limit", str(_SESSIONS_BY_DEFAULT)))
        if not email:
            answer = {"message": "uid or email is required", "code": "invalid_argument"}
            return self._refusal(request) or JSONResponse(answer, status_code=400)
        newest_first = reversed(list(self._sessions.values()))
        found = [session for session in newest_first if session.email.lower() == email]
        listed = [_listed(session) for session in found[:limit]]
        return self._refusal(request) or JSONResponse({"sessions": listed})

    async def _events(self, request: Request) -> Response:
        session = self._sessions.get(request.path_params["session_id"])
        if session is None:
            answer = {"message": "session not found", "code": "not_found"}
            return self._refusal(request) or JSONResponse(answer, status_code=404)
        return self._refusal(request) or JSONResponse({"events": session.events})


def _listed(session: Session) -> dict[str, Any]:
    return {
        "userId": session.user_id,
        "sessionId": session.id,
        "createdTime": int(session.created.timestamp()),
        "fsUrl": f"https://app.fullstory.example/ui/SANDBOX/session/{quote(session.id, safe='')}",
    }


def _event(session: Session, recorded: dict[str, Any], user_agent: str) -> dict[str, Any]:
    url = urlsplit(str(recorded["url"]))
    device, _, number = session.id.partition(":")
    return {
        "device_id": device,
        "session_id": number,
        "view_id": str(recorded.get("view", "1")),
        "event_time": str(recorded["time"]),
        "event_type": str(recorded["type"]),
        "event_properties": recorded.get("properties") or {},
        "source_type": "web",
        "source_properties": {
            "user_agent": {"raw_user_agent": user_agent},
            "url": {"full_url": url.geturl(), "host": url.netloc, "path": url.path},
        },
    }
