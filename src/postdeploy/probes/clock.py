"""How far this machine's clock is from another's, by the Date that every answer carries."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

import httpx

from postdeploy.errors import ProbeError

NOTABLE_SECONDS = 10.0
"""Less is what the Date header's whole seconds, and the way of an answer, may come to."""


async def observe_skew(client: httpx.AsyncClient, url: str) -> float | None:
    """Seconds by which this machine's clock is ahead of that of `url`; None where it tells no time.

    Raises ProbeError or NoAnswer without an answer.
    """
    began = time.time()
    answer = await client.get(url)
    middle = (began + time.time()) / 2
    try:
        # It tells whole seconds: on average it is half a second later than it says.
        return middle - parsedate_to_datetime(answer.headers["date"]).timestamp() - 0.5
    except (KeyError, ValueError):
        return None


async def skew_of(client: httpx.AsyncClient, url: str) -> float | None:
    """As `observe_skew`, and None as well where nobody answers."""
    try:
        return await observe_skew(client, url)
    except (ProbeError, AssertionError):
        return None


def in_words(skew: float) -> str:
    """ "2 min 5 s ahead of", "40 s behind"."""
    minutes, seconds = divmod(round(abs(skew)), 60)
    span = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
    return f"{span} {'ahead of' if skew > 0 else 'behind'}"
