"""Observes whether an address resolves and takes a connection, without sending a request."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from postdeploy.probes.endpoint import address
from postdeploy.probes.proxy import open_tunnel


@dataclass(frozen=True)
class Connection:
    """Whether a connection came about, and if not, why."""

    url: str
    open: bool
    why: str = ""


async def connect(url: str, seconds: float, proxy: str = "") -> Connection:
    """Resolve and connect, within `seconds`; a refusal is an observation and no error.

    Through a `proxy` it is the proxy that does both, and what it refuses speaks of nobody: ProxyTrouble is raised.
    """
    host, port = address(url)
    if proxy:
        loop = asyncio.get_running_loop()
        tunnel = await loop.run_in_executor(None, open_tunnel, proxy, host, port, seconds)
        tunnel.close()
        return Connection(url, True)
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        return Connection(url, False, f"no connection to {host}:{port} within {seconds:g} s")
    except OSError as error:
        return Connection(url, False, f"{host}:{port}: {error.strerror or error}")
    writer.close()
    return Connection(url, True)
