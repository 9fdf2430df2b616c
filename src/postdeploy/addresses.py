"""Finds host names in a target file that do not exist, before anything is run against them."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from postdeploy.errors import Problem
from postdeploy.target import Environment, Target


def unknown_hosts(target: Target) -> list[Problem]:
    """A problem for each key whose host does not resolve, as long as some other host does.

    Where nothing resolves at all the runner is offline: that is for the run to find, and to call BLOCKED.
    """
    keys = {
        key: str(urlsplit(url).hostname) for key, url in declared_urls(target.environment).items()
    }
    controls = {str(urlsplit(url).hostname) for url in target.environment.control}
    hosts = {*keys.values(), *controls}
    resolved = _resolved(hosts)
    if not any(resolved.values()):
        return []
    where = f"{target.file}, [environments.{target.name}]"
    return [
        Problem(where, f"{key}: the host {host!r} does not resolve", "Mend the address")
        for key, host in keys.items()
        if not resolved[host]
    ]


def declared_urls(environment: Environment) -> Mapping[str, str]:
    """Key in the target file → address, for everything that a run asks over HTTP or TLS."""
    found = {f"urls.{name}": url for name, url in environment.urls.items()}
    for table in ("endpoints", "security", "tls", "guards", "streams", "cors"):
        entries = getattr(environment, table)
        found |= {f"{table}.{name}.url": str(one.url) for name, one in entries.items()}
    return found


def _resolved(hosts: set[str]) -> Mapping[str, bool]:
    with ThreadPoolExecutor(max_workers=16) as threads:
        return dict(zip(hosts, threads.map(_resolves, hosts), strict=True))


def _resolves(host: str) -> bool:
    try:
        socket.getaddrinfo(host, None)
    except OSError:
        return False
    return True
