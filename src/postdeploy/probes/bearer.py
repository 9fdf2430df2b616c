"""The headers of a request that carries a bearer token, or carries none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import httpx

STRANGERS_TOKEN = "no-such-token-was-ever-issued"  # noqa: S105 - it opens nothing
"""A token that no server knows."""


def request_headers(
    token: str, *more: Mapping[str, str], without: Iterable[str] = ()
) -> httpx.Headers:
    """`Authorization` with `token` ("" = none), then `more`, a later one winning, less `without`."""
    headers = httpx.Headers({"Authorization": f"Bearer {token}"} if token else {})
    for some in more:
        headers.update(some)
    for name in without:
        headers.pop(name, None)
    return headers
