"""Observes recorded sessions in FullStory (developer.fullstory.com/server/sessions)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from postdeploy.errors import ProbeError
from postdeploy.probes.vendor import read, table
from postdeploy.target import Fullstory


@dataclass(frozen=True)
class RecordedSession:
    """A recording: whose, since when, and where to look at it."""

    id: str
    created: datetime
    url: str


def _headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Basic {key}"}


async def sessions(
    client: httpx.AsyncClient, fullstory: Fullstory, key: str, email: str
) -> Sequence[RecordedSession]:
    """The sessions of the person with that e-mail, at most 20. Raises ProbeError."""
    url = f"{fullstory.url}/sessions/v2"
    body = await read(
        client, "FullStory", url, headers=_headers(key), params={"email": email, "limit": "20"}
    )
    return [_session(raw) for raw in table(body, "sessions", "FullStory")]


def _session(raw: Any) -> RecordedSession:
    return RecordedSession(
        str(raw.get("sessionId")), _moment(raw.get("createdTime")), str(raw.get("fsUrl"))
    )


def _moment(value: object) -> datetime:
    """FullStory gives seconds since 1970, as a number or as digits; some accounts ISO 8601."""
    text = str(value)
    try:
        if text.replace(".", "", 1).isdigit():
            return datetime.fromtimestamp(float(text), UTC)
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise ProbeError(f"FullStory's answer holds no time of creation: {text!r}") from error


async def event_types(
    client: httpx.AsyncClient, fullstory: Fullstory, key: str, session_id: str
) -> Sequence[str]:
    """The types of a session's events, in their order. Raises ProbeError."""
    url = f"{fullstory.url}/v2/sessions/{session_id}/events"
    body = await read(client, "FullStory", url, headers=_headers(key))
    return [str(event.get("event_type")) for event in table(body, "events", "FullStory")]
