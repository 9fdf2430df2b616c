"""Whether a host name exists, as far as this machine's resolver knows."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from enum import StrEnum

SECONDS = 8.0
"""Longer than a resolver takes that asks a second server because the first one is down."""


class Name(StrEnum):
    """What a look-up ended with."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    """The resolver answered: there is no such name."""
    UNANSWERED = "unanswered"
    """The resolver did not answer, or said that it cannot: nothing is known of the name."""


async def look_up(host: str) -> Name:
    """Look a name up, for at most SECONDS; addresses are always known."""
    try:
        async with asyncio.timeout(SECONDS):
            await asyncio.get_running_loop().getaddrinfo(host, None)
    except TimeoutError:
        return Name.UNANSWERED
    except OSError as error:
        return judged(error)
    return Name.KNOWN


def judged(error: OSError) -> Name:
    """What an error of a look-up says."""
    if isinstance(error, socket.gaierror) and error.errno in (socket.EAI_AGAIN, socket.EAI_FAIL):
        return Name.UNANSWERED
    return Name.UNKNOWN


def is_address(host: str) -> bool:
    """Whether a host is given by its number, which no resolver is asked for."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return True
