"""The network between this machine and the product: names, connections, certificates, and the clocks."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx

from postdeploy.addresses import declared_urls
from postdeploy.errors import ProbeError
from postdeploy.policy import Permit, policy_of
from postdeploy.policy.http import PolicyTransport
from postdeploy.probes.clock import NOTABLE_SECONDS, in_words, skew_of
from postdeploy.probes.connection import connect
from postdeploy.probes.http import ObservingTransport, online
from postdeploy.probes.names import Name, is_address, look_up
from postdeploy.probes.proxy import ProxiedTransport, Proxies
from postdeploy.probes.tls import observe_handshake
from postdeploy.target import Target
from postdeploy.threads import ChecksLoop, DaemonThreads
from postdeploy.trials.finding import Finding, missing

_SECONDS = 10
_DAYS = 14
"""Fewer days than these, and a certificate runs out while people are on holiday."""


def network(target: Target, proxies: Proxies, trust: ssl.SSLContext) -> Iterator[Finding]:
    """Everything about the network, asked at the same time; nothing but GET requests is sent."""
    with asyncio.Runner(loop_factory=ChecksLoop) as runner:
        yield from runner.run(_Trial(target, proxies, trust).all())


class _Trial:
    def __init__(self, target: Target, proxies: Proxies, trust: ssl.SSLContext) -> None:
        self._environment = target.environment
        self._policy = policy_of(target)
        self._proxies = proxies
        self._trust = trust
        self._threads = DaemonThreads(16, "handshakes")
        # Each address once, whatever it is declared for.
        self._urls: Mapping[str, str] = {
            _origin(url): key
            for key, url in reversed(list(declared_urls(target.environment).items()))
        }

    async def all(self) -> list[Finding]:
        limits = httpx.Limits(max_connections=16)
        inner = ProxiedTransport(self._proxies, self._trust, limits)
        guarded = PolicyTransport(inner, self._policy, Permit())
        transport = ObservingTransport(guarded, lambda _: None)
        async with httpx.AsyncClient(transport=transport, timeout=_SECONDS) as client:
            first = await asyncio.gather(self._control(client), self._clock(client))
        looked = await asyncio.gather(*(self._name(host) for host in self._hosts()))
        reached = await asyncio.gather(*(self._address(url) for url in self._urls))
        secure = [url for url in self._urls if url.startswith("https")]
        shaken = await asyncio.gather(*(self._certificate(url) for url in secure))
        self._threads.shutdown()
        found = [*first, *looked, *reached, *shaken]
        return [finding for finding in found if finding is not None]

    async def _control(self, client: httpx.AsyncClient) -> Finding:
        answers = await online(client, self._environment.control)
        if answers is None:
            mend = "Declare control addresses: without them a host that is down blocks"
            return Finding("control address", False, "none is declared", mend)
        if not answers:
            told = "none answers: this machine seems to be offline"
            return Finding("control address", False, told, "Mend its network, or its proxy")
        return Finding("control address", True, "answers: this machine is online")

    async def _clock(self, client: httpx.AsyncClient) -> Finding | None:
        urls = self._environment.urls
        if not urls:
            return None
        skew = await skew_of(client, urls.get("api") or next(iter(urls.values())))
        if skew is None:
            mend = "See the rows of its addresses"
            return Finding("clock", False, "the product tells no time to compare with", mend)
        if abs(skew) >= NOTABLE_SECONDS:
            told = f"this machine's is {in_words(skew)} the product's"
            return Finding("clock", False, told, "Set this machine's clock (NTP)")
        return Finding("clock", True, f"within {NOTABLE_SECONDS:g} s of the product's")

    def _hosts(self) -> list[str]:
        direct = (url for url in self._urls if not self._proxies.of(url))
        names = (urlsplit(url).hostname or "" for url in direct)
        return list(dict.fromkeys(name for name in names if not is_address(name)))

    async def _name(self, host: str) -> Finding:
        found = await look_up(host)
        what = f"DNS {host}"
        if found is Name.UNKNOWN:
            return Finding(
                what, False, "there is no such name", "Mend the address in the target file"
            )
        if found is Name.UNANSWERED:
            mend = "Mend this machine's resolver (/etc/resolv.conf, VPN)"
            return Finding(what, False, "the resolver gives no answer", mend)
        return Finding(what, True, "resolves")

    async def _address(self, url: str) -> Finding:
        what = f"address {self._urls[url]}"
        try:
            connection = await connect(url, _SECONDS, self._proxies.of(url))
        except ProbeError as error:
            return missing(what, error)
        mend = (
            "" if connection.open else "Look whether it runs, and whether this machine may reach it"
        )
        return Finding(what, connection.open, connection.why or url, mend)

    async def _certificate(self, url: str) -> Finding:
        what = f"certificate {self._urls[url]}"
        loop = asyncio.get_running_loop()
        proxy = self._proxies.of(url)
        arguments = (url, self._trust, float(_SECONDS), proxy)
        try:
            seen = await loop.run_in_executor(self._threads, observe_handshake, *arguments)
        except (ProbeError, AssertionError) as error:
            return Finding(what, False, str(error), "See the row of its address")
        if seen.refused:
            mend = "Renew it; or trust its authority (ca_file), where a proxy puts its own in place"
            return Finding(what, False, seen.refused, mend)
        left = seen.days_left(datetime.now(UTC)) or 0.0
        told = f"trusted, {left:.0f} days left"
        return Finding(what, left >= _DAYS, told, "" if left >= _DAYS else "Renew it")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
