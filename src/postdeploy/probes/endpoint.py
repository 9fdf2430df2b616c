"""Observes an HTTP endpoint: one answer, or a series of them for its response times."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, inf
from typing import Any
from urllib.parse import urlsplit

import httpx

from postdeploy.errors import ProbeError, Unreachable
from postdeploy.probes.http import NoAnswer
from postdeploy.target import Endpoint

TOO_MANY = httpx.codes.TOO_MANY_REQUESTS
"""Who measures asks more often than anybody else: that this is refused is its own doing."""

_SHARE = 0.95


@dataclass(frozen=True)
class Answer:
    """One answer of an endpoint; `body` is the decoded JSON, or None when it is none."""

    status: int
    content_type: str
    location: str
    headers: Mapping[str, str]
    text: str
    body: Any
    seconds: float

    def value(self, dotted: str) -> Any:
        """The value under a dotted key of the JSON body, or None."""
        current = self.body
        for part in dotted.split("."):
            current = current.get(part) if isinstance(current, dict) else None
        return current

    def told(self) -> str:
        """Status, type and the beginning of the body, for a message."""
        return f"{self.status} {self.content_type or 'no content type'}: {self.text[:200]}"


async def ask(client: httpx.AsyncClient, endpoint: Endpoint) -> Answer:
    """Ask once. Raises Unreachable or NoAnswer."""
    started = time.monotonic()
    response = await client.request(
        endpoint.method,
        endpoint.url,
        json=endpoint.body,
        headers=endpoint.headers,
        timeout=endpoint.seconds,
    )
    return Answer(
        status=response.status_code,
        content_type=response.headers.get("content-type", ""),
        location=response.headers.get("location", ""),
        headers=dict(response.headers),
        text=response.text,
        body=_json(response),
        seconds=time.monotonic() - started,
    )


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


@dataclass(frozen=True)
class Timings:
    """Response times in seconds of the right answers, and what came in place of the others.

    `wrong` were answered otherwise; `untold` says nothing of the endpoint: no connection, or too many questions.
    `early`: so many were late that nobody had to wait for the rest.
    """

    seconds: Sequence[float]
    wrong: Sequence[str]
    untold: Sequence[str] = ()
    early: bool = False

    @property
    def p95(self) -> float:
        """The 95th percentile by nearest rank: a time that really occurred, or infinity.

        Whoever is answered wrongly still waits for the right answer.
        """
        ordered = sorted([*self.seconds, *(inf for _ in self.wrong)])
        return ordered[ceil(_SHARE * len(ordered)) - 1]


async def sample(client: httpx.AsyncClient, endpoint: Endpoint) -> Timings:
    """Ask `endpoint.samples` times, one after another, or until so many were late that the others change nothing.

    Only right answers are timed, for an error page is quick. Raises ProbeError when fewer than half
    of the answers were right; NoAnswer, the slowest answer of all, counts with its whole time.
    """
    seconds, wrong, untold = list[float](), list[str](), list[str]()
    may_be_late = endpoint.samples - ceil(_SHARE * endpoint.samples)
    early = False
    for _ in range(endpoint.samples):
        started = time.monotonic()
        try:
            answer = await ask(client, endpoint)
        except Unreachable as error:
            untold.append(str(error))
        except NoAnswer:
            seconds.append(time.monotonic() - started)
        else:
            _put(answer, endpoint, seconds, untold if answer.status == TOO_MANY else wrong)
        late = sum(one > endpoint.p95_seconds for one in seconds)
        early = late > may_be_late and len(seconds) >= len(wrong) + len(untold)
        if early:
            break
    if len(seconds) < len(wrong) + len(untold):
        raise ProbeError(f"{endpoint.url} gave no right answers to time: {[*wrong, *untold][0]}")
    return Timings(seconds, wrong, untold, early)


def _put(answer: Answer, endpoint: Endpoint, seconds: list[float], others: list[str]) -> None:
    if answer.status in endpoint.statuses:
        seconds.append(answer.seconds)
    else:
        others.append(f"{answer.status} in place of {endpoint.status_in_words}")


def address(url: str) -> tuple[str, int]:
    """Host and port of a URL."""
    parts = urlsplit(url)
    return str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)
