"""Observes how a guarded request is answered: the right one, and variants that must be refused."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from postdeploy.probes.bearer import request_headers
from postdeploy.target import Guard, Refusal

TokenOf = Callable[[str], str]
"""Gives the value of the secret of that name."""


async def observe_right(client: httpx.AsyncClient, guard: Guard, token_of: TokenOf) -> int:
    """The status of the right request's answer. Raises Unreachable or NoAnswer."""
    token = token_of(guard.bearer) if guard.bearer else ""
    return await _status(client, guard, request_headers(token, guard.headers))


async def observe_variant(
    client: httpx.AsyncClient, guard: Guard, variant: Refusal, token_of: TokenOf
) -> int:
    """The status of the answer to one that must be refused. Raises Unreachable or NoAnswer."""
    name = guard.bearer if variant.bearer is None else variant.bearer
    token = token_of(name) if name else ""
    headers = request_headers(token, guard.headers, variant.headers, without=variant.without)
    return await _status(client, guard, headers)


async def _status(client: httpx.AsyncClient, guard: Guard, headers: httpx.Headers) -> int:
    answer = await client.request(guard.method, guard.url, json=guard.body, headers=headers)
    return answer.status_code
