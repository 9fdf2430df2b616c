"""Tells the redactor what becomes secret in the course of a run: cookies, tokens, keys of AWS."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import httpx

from postdeploy import tokens
from postdeploy.redact import Redactor

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Request

_TOKEN_NAME = re.compile(r"(?i)token|session|auth|secret|csrf|xsrf|jwt|credential|api-?key")
_HEADER = re.compile(
    rb'"name":"((?:set-)?cookie|(?:proxy-)?authorization|x-[\w-]+)","value":"((?:[^"\\]|\\.)*)"',
    re.I,
)
"""A header as traces and HARs write it."""


class LearningTransport(httpx.AsyncBaseTransport):
    """Learns the credentials that requests carry, and the cookies that answers set."""

    def __init__(self, inner: httpx.AsyncBaseTransport, redactor: Redactor) -> None:
        self._inner = inner
        self._redactor = redactor

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request, having learned what it carries."""
        self._redactor.learn_all(tokens.secret_headers(request.headers.multi_items()))
        response = await self._inner.handle_async_request(request)
        self._redactor.learn_all(tokens.secret_headers(response.headers.multi_items()))
        return response

    async def aclose(self) -> None:
        """Close the inner transport."""
        await self._inner.aclose()


def learn_context(context: BrowserContext, redactor: Redactor) -> None:
    """Learn the tokens that the scripts of a context's pages send; what cookies it has is for `learn_cookies`."""

    def learn(request: Request) -> None:
        redactor.learn_all(tokens.secret_headers(request.headers.items()))

    context.on("request", learn)


async def learn_cookies(context: BrowserContext, redactor: Redactor, session_cookie: str) -> None:
    """Learn the cookies that a context has at this moment."""
    for cookie in await context.cookies():
        _learn_cookie(cookie, redactor, session_cookie)


def learn_state(state: Mapping[str, Any], redactor: Redactor, session_cookie: str) -> None:
    """Learn what signing in has left in the browser: cookies, and tokens in its storage."""
    for cookie in state.get("cookies", []):
        _learn_cookie(cookie, redactor, session_cookie)
    for origin in state.get("origins", []):
        for entry in origin.get("localStorage", []):
            name, value = str(entry.get("name", "")), str(entry.get("value", ""))
            if _TOKEN_NAME.search(name) and tokens.looks_random(value):
                redactor.learn(value, f"stored {name}")


def _learn_cookie(cookie: Mapping[str, Any], redactor: Redactor, session_cookie: str) -> None:
    name, value = str(cookie.get("name", "")), str(cookie.get("value", ""))
    kept = name == session_cookie or (bool(cookie.get("httpOnly")) and len(value) >= 8)
    if kept or tokens.looks_random(value):
        redactor.learn(value, f"{tokens.COOKIE} {name}")


def learn_recorded(content: bytes, redactor: Redactor) -> None:
    """Learn the cookies and tokens in the headers of a recording (a trace, a HAR) before it is cleaned."""
    pairs: Iterable[tuple[bytes, bytes]] = _HEADER.findall(content)
    redactor.learn_all(
        tokens.secret_headers(
            (name.decode("utf-8", "replace"), value.decode("utf-8", "replace"))
            for name, value in pairs
        )
    )


def learn_signed(redactor: Redactor, credentials: Any) -> None:
    """Learn what a request to AWS was signed with: frozen credentials of botocore."""
    redactor.learn(str(credentials.secret_key or ""), "AWS secret access key")
    redactor.learn(str(credentials.token or ""), "AWS session token")
