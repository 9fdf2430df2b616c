"""Observes a project's events in Sentry (docs.sentry.io/api/events/list-a-projects-error-events)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx

from postdeploy.errors import ProbeError
from postdeploy.probes.vendor import read, read_page
from postdeploy.target import Sentry

MOST_PAGES = 5
"""Of a hundred events each."""


@dataclass(frozen=True)
class Event:
    """An error event with the context that was captured."""

    id: str
    title: str
    tags: Mapping[str, str]
    user: str
    release: str
    environment: str


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def marked(
    client: httpx.AsyncClient, sentry: Sentry, token: str, mark: str
) -> Sequence[Event]:
    """The project's newest events that have `mark` as the value of a tag. Raises ProbeError.

    Looks through some pages: right after a deployment a project may get hundreds of events a minute.
    """
    url = f"{sentry.url}/api/0/projects/{sentry.organisation}/{sentry.project}/events/"
    params = {"full": "true"}
    for _ in range(MOST_PAGES):
        page, after = await read_page(client, "Sentry", url, headers=_headers(token), params=params)
        if not isinstance(page, list):
            raise ProbeError("Sentry's answer is no list of events")
        found = [event for event in map(_event, page) if mark in event.tags.values()]
        if found or after.get("results") != "true":
            return found
        params["cursor"] = after.get("cursor", "")
    return []


def _event(raw: Mapping[str, object]) -> Event:
    tags = _tags(raw)
    user = raw.get("user")
    email = user.get("email") if isinstance(user, dict) else None
    return Event(
        id=str(raw.get("eventID") or raw.get("id")),
        title=str(raw.get("title")),
        tags=tags,
        user=str(email or ""),
        release=_release(raw.get("release")) or tags.get("release", ""),
        environment=str(raw.get("environment") or tags.get("environment", "")),
    )


def _tags(raw: Mapping[str, object]) -> dict[str, str]:
    tags = raw.get("tags")
    pairs = tags if isinstance(tags, list) else []
    return {str(tag.get("key")): str(tag.get("value")) for tag in pairs if isinstance(tag, dict)}


def _release(value: object) -> str:
    """Sentry gives a release as its version, or as an object that holds it."""
    if isinstance(value, dict):
        return str(value.get("version") or "")
    return str(value or "")


async def observe_access(client: httpx.AsyncClient, sentry: Sentry, token: str) -> str:
    """The organisation's slug, when the token can read it. Raises ProbeError."""
    url = f"{sentry.url}/api/0/organizations/{sentry.organisation}/"
    body = await read(client, "Sentry", url, headers=_headers(token))
    return str(body.get("slug", "")) if isinstance(body, dict) else ""
