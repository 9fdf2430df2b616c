"""GitHub's REST interface, as far as a verdict has to be told there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Final, Self

import httpx

from postdeploy.errors import ConfigError, Problem
from postdeploy.plain import one_line, shortened
from postdeploy.settings import GitHubAccess

SECONDS: Final = 20.0
READS: Final = 3
"""How often a question is put; what changes something is sent once, for the answer alone may have been lost."""
PAGES_AT_MOST: Final = 20
_VERSION: Final = "2022-11-28"


class Refused(Exception):
    """GitHub did not do what it was asked for; the message says what and why, and holds no token."""


class Repository:
    """One repository's part of the interface. Every method raises Refused."""

    def __init__(self, access: GitHubAccess) -> None:
        """Raises ConfigError for what a workflow's job has not been given."""
        problems = [*_lacking(access)]
        if problems:
            raise ConfigError(problems)
        self._root = f"{access.github_api_url.rstrip('/')}/repos/{access.github_repository}"
        self._client = httpx.Client(
            timeout=SECONDS,
            headers={
                "Authorization": f"Bearer {access.github_token.get_secret_value()}",
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": _VERSION,
                "User-Agent": "postdeploy",
            },
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def every(self, path: str, **query: str) -> Iterator[Mapping[str, Any]]:
        """All entries of a list, page by page."""
        for page in range(1, PAGES_AT_MOST + 1):
            found = self.read(path, **query, per_page="100", page=str(page))
            if not isinstance(found, list):
                raise Refused(f"GET {path} was answered with no list")
            yield from (one for one in found if isinstance(one, dict))
            if len(found) < 100:
                return

    def read(self, path: str, **query: str) -> Any:
        """What is there; None where nothing is."""
        for attempt in range(1, READS + 1):
            try:
                return self._send("GET", path, query, None)
            except _Again:
                if attempt == READS:
                    raise
        raise AssertionError("unreachable")  # pragma: no cover

    def write(self, method: str, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Send a change; what GitHub says about the thing afterwards."""
        answer = self._send(method, path, {}, body)
        return answer if isinstance(answer, dict) else {}

    def _send(
        self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> Any:
        url = f"{self._root}/{path}"
        try:
            answer = self._client.request(method, url, params=query or None, json=body)
        except httpx.HTTPError as error:
            raise _Again(f"{method} {path} got no answer: {type(error).__name__}") from None
        if method == "GET" and answer.status_code == 404:
            return None
        if answer.is_success:
            return _json(answer) if answer.content else None
        told = f"{method} {path} was answered with {answer.status_code}: {_message(answer)}"
        raise (_Again if answer.status_code >= 500 else Refused)(told)


class _Again(Refused):
    """What may go better a moment later."""


def _lacking(access: GitHubAccess) -> Iterator[Problem]:
    mend = "The runner of GitHub Actions sets it"
    if not re.fullmatch(r"https?://\S+", access.github_api_url):
        yield Problem("GITHUB_API_URL", "names no address", mend)
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", access.github_repository):
        yield Problem("GITHUB_REPOSITORY", "names no repository", mend)
    if not access.github_token.get_secret_value():
        mend = "Hand it to the step: GITHUB_TOKEN: ${{ github.token }}"
        yield Problem("GITHUB_TOKEN", "is not set", mend)


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        raise Refused(f"{answer.request.method} was answered with no JSON") from None


def _message(answer: httpx.Response) -> str:
    try:
        told = answer.json()
    except ValueError:
        told = None
    words = told.get("message") if isinstance(told, dict) else ""
    return shortened(one_line(str(words or answer.reason_phrase)), 200)
