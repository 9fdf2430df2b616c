"""What all vendors' read APIs have in common: JSON, and refusals that are the checker's trouble."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from postdeploy.errors import ProbeError, Unreachable
from postdeploy.probes.http import NoAnswer

_REFUSED = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)


async def read(
    client: httpx.AsyncClient,
    vendor: str,
    url: str,
    *,
    headers: Mapping[str, str],
    params: Mapping[str, str] | None = None,
) -> Any:
    """The JSON that a vendor answers. Raises ProbeError as `read_page` does."""
    page, _ = await read_page(client, vendor, url, headers=headers, params=params)
    return page


async def read_page(
    client: httpx.AsyncClient,
    vendor: str,
    url: str,
    *,
    headers: Mapping[str, str],
    params: Mapping[str, str] | None = None,
) -> tuple[Any, Mapping[str, str]]:
    """The JSON that a vendor answers, and what its Link header (RFC 8288) tells of the next page, or nothing.

    Raises ProbeError for silence, a refused token, throttling, a server error, or an answer that is
    no JSON: none of these says anything about the deployment.
    """
    try:
        answer = await client.get(url, headers=dict(headers), params=dict(params or {}))
    except (Unreachable, NoAnswer) as error:
        raise ProbeError(f"{vendor} gave no answer: {error}") from error
    if answer.status_code in _REFUSED:
        mend = f"Check the {vendor} token of this environment"
        raise ProbeError(f"{vendor} refused the token ({answer.status_code})", mend=mend)
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise ProbeError(f"{vendor} throttles (429)", mend="Wait a minute and run again")
    if not answer.is_success:
        raise ProbeError(f"{vendor} answered {answer.status_code} to {url}")
    try:
        return answer.json(), answer.links.get("next", {})
    except ValueError as error:
        raise ProbeError(
            f"{vendor} answered something that is no JSON: {answer.text[:80]!r}"
        ) from error


def table(body: Any, key: str, vendor: str) -> list[Any]:
    """The list under `key` of an answer. Raises ProbeError when the answer has none."""
    found = body.get(key) if isinstance(body, dict) else None
    if not isinstance(found, list):
        raise ProbeError(f"{vendor}'s answer holds no list {key!r}")
    return found
