"""Observes whether an address resolves and takes a connection, without sending a request."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from postdeploy.probes.endpoint import address


@dataclass(frozen=True)
class Connection:
    """Whether a connection came about, and if not, why."""

    url: str
    open: bool
    why: str = ""


async def connect(url: str, seconds: float) -> Connection:
    """Resolve and connect, within `seconds`; a refusal is an observation and no error."""
    host, port = address(url)
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        return Connection(url, False, f"no connection to {host}:{port} within {seconds:g} s")
    except OSError as error:
        return Connection(url, False, f"{host}:{port}: {error.strerror or error}")
    writer.close()
    return Connection(url, True)
