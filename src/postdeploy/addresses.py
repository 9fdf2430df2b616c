"""Finds host names in a target file that do not exist, before anything is run against them."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping
from concurrent.futures import wait
from urllib.parse import urlsplit

from postdeploy.errors import Problem
from postdeploy.probes.names import SECONDS, Name, judged
from postdeploy.settings import proxies
from postdeploy.target import Environment, Target
from postdeploy.threads import DaemonThreads


def unknown_hosts(target: Target) -> list[Problem]:
    """A problem for each key whose host does not resolve, as long as some other host does.

    Where nothing resolves at all the runner is offline: that is for the run to find, and to call BLOCKED.
    """
    known = proxies()
    # Names behind a proxy are looked up by the proxy.
    keys = {
        key: str(urlsplit(url).hostname)
        for key, url in declared_urls(target.environment).items()
        if not known.of(url)
    }
    control = [url for url in target.environment.control if not known.of(url)]
    controls = {str(urlsplit(url).hostname) for url in control}
    hosts = {*keys.values(), *controls}
    found = _looked_up(hosts)
    if Name.KNOWN not in found.values():
        return []
    where = f"{target.file}, [environments.{target.name}]"
    return [
        Problem(where, f"{key}: the host {host!r} does not resolve", "Mend the address")
        for key, host in keys.items()
        if found[host] is Name.UNKNOWN
    ]


def declared_urls(environment: Environment) -> Mapping[str, str]:
    """Key in the target file → address, for everything that a run asks over HTTP or TLS."""
    found = {f"urls.{name}": url for name, url in environment.urls.items()}
    for table in ("endpoints", "security", "tls", "guards", "streams", "cors"):
        entries = getattr(environment, table)
        found |= {f"{table}.{name}.url": str(one.url) for name, one in entries.items()}
    for name, guard in environment.guards.items():
        found |= {f"guards.{name}.also[{i}]": url for i, url in enumerate(guard.also)}
    return found


def _looked_up(hosts: Iterable[str]) -> Mapping[str, Name]:
    """What each look-up ended with; one that hangs is not waited for, and says nothing of its host."""
    threads = DaemonThreads(16, "names")
    futures = {host: threads.submit(_look_up, host) for host in hosts}
    done, _ = wait(futures.values(), timeout=SECONDS)
    threads.shutdown()
    return {
        host: future.result() if future in done else Name.UNANSWERED
        for host, future in futures.items()
    }


def _look_up(host: str) -> Name:
    try:
        socket.getaddrinfo(host, None)
    except OSError as error:
        return judged(error)
    return Name.KNOWN
