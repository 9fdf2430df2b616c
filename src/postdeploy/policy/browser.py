"""The policy for Chromium: two walls around every page, popup, frame and worker (docs/adr/0009).

The outer one is the browser's own proxy setting and costs nothing: it connects to the declared hosts and
asks `Wall` for all others, web sockets included. The inner one pauses, browser-wide, each request that may
be a write, and asks the rule set; each hop of a redirect is paused anew. What the product answers to the
questions of a page's script passes there, too: a browser keeps from all others what its page may not read.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from postdeploy.policy.permit import Permit, Refused
from postdeploy.policy.rules import PAGE, SOCKET, Policy, Wish, authority
from postdeploy.policy.used import ThirdPartyUse
from postdeploy.policy.wall import Wall
from postdeploy.waiting import quiet

if TYPE_CHECKING:
    from playwright.async_api import (
        Browser,
        BrowserContext,
        CDPSession,
        Page,
        ProxySettings,
        WebSocket,
        WebSocketRoute,
    )

_PAUSED: Final = ("Document", "XHR", "Fetch", "Ping", "CSPViolationReport", "Other")
"""Chromium's names for the kinds of requests that may have another method than GET; beacons are Pings."""
_ASKED: Final = ("XHR", "Fetch")
"""Of these, the kinds whose answers a page may be kept from reading, whatever it was that answered."""
_TAG = re.compile(r" flow/([\w-]+)$")
_FAIL: Final = "BlockedByClient"
_TELL_SECONDS: Final = 0.5
"""How long after the outer wall a page may tell of its socket."""
Hearer = Callable[[str, int, str], None]
"""Takes the address, the status and the content type of an answer to a page's script."""


class BrowserGuard:
    """Guards every browser of a run; `tell` is told, once, of each stranger that a page asked for."""

    patterns: tuple[Mapping[str, str], ...] = tuple(
        {"urlPattern": "*", "resourceType": kind} for kind in _PAUSED
    )
    """Which requests the inner wall pauses."""

    def __init__(
        self,
        policy: Policy,
        tell: Callable[[str], None],
        orphan: Callable[[Refused], None],
        proxy_of: Callable[[str], str] = lambda _: "",
    ) -> None:
        self._policy = policy
        self._tell = tell
        self._orphan = orphan
        """Takes what was refused to a page that cannot be told from the others."""
        self._proxy_of = proxy_of
        """The proxy of this machine for a URL, or ""."""
        self._wall = Wall(self._heard)
        self._numbers = itertools.count(1)
        self._mark = ""
        """What tells the tags of this run from those of others that use the same browser."""
        self._permits: dict[str, Permit] = {}
        """Tag at the end of the user agent → whose context it is."""
        self._hearers: dict[int, Hearer] = {}
        """By the identity of the permit of a context."""
        self._frames: dict[str, Permit] = {}
        """Frames seen so far: some requests carry the browser's own user agent."""
        self._answers: set[asyncio.Task[None]] = set()
        self.sent_elsewhere: dict[str, str] = {}
        """Host → the first request by which a page meant to send something to a host that is not declared."""
        self.blocked: dict[str, str] = {}
        """Host → the first request of a page for it that was blocked."""
        self.used = ThirdPartyUse(policy.third_parties - policy.pages)
        self._told: set[tuple[str, bool]] = set()
        self._sockets: Counter[str] = Counter()
        """Host → sockets that pages opened, less those of which the outer wall has heard."""

    async def arguments(self) -> list[str]:
        """Chromium's arguments for the outer wall, which listens from now on."""
        port = await self._wall.start()
        hosts = sorted(self._policy.pages | self._policy.third_parties)
        return [
            f"--proxy-server=http://127.0.0.1:{port}",
            f"--proxy-bypass-list={';'.join(['<-loopback>', *self._direct(hosts)])}",
            f"--host-resolver-rules={', '.join(['MAP * ~NOTFOUND', *_excluded(hosts)])}",
            "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
            "--webrtc-ip-handling-policy=disable_non_proxied_udp",
        ]

    def _direct(self, hosts: list[str]) -> list[str]:
        """Which schemes may go to which hosts without asking; a web socket only where one is declared."""
        rules = [
            f"{scheme}://{host}"
            for host in hosts
            for scheme in ("http", "https")
            if not self._proxy_of(f"{scheme}://{host}/")
        ]
        sockets = sorted(self._policy.sockets) if not self._policy.read_only else []
        return rules + [f"{scheme}://{host}" for host in sockets for scheme in ("ws", "wss")]

    async def watch(self, browser: Browser) -> None:
        """Put up the inner wall, before the first context is made."""
        session = await browser.new_browser_cdp_session()
        session.on("Fetch.requestPaused", lambda event: self._paused(session, event))
        await session.send("Fetch.enable", {"patterns": list(self.patterns)})
        # Without its session the browser would ask nobody: it must not outlive it.
        session.on("close", lambda _: self._keep(browser.close()))

    def context_proxy(self) -> ProxySettings | None:
        """The outer wall as a setting of each context, where the browser's own arguments do not make it."""
        return None

    def tagged(self, user_agent: str, permit: Permit, heard: Hearer | None = None) -> str:
        """The user agent by which the requests of a context of `permit` are known; `heard` is told of their answers."""
        tag = f"{self._mark}{next(self._numbers)}"
        self._permits[tag] = permit
        if heard is not None:
            self._hearers[id(permit)] = heard
        return f"{user_agent} flow/{tag}"

    async def admit(self, context: BrowserContext, permit: Permit) -> None:
        """Judge also what the walls do not see: Playwright's own client, and which page opened a socket."""
        from postdeploy.policy.api_requests import admit

        admit(context, lambda wish: self._policy.require(wish, permit))
        self.used.watch(context)
        if self._policy.sockets or self._proxied():
            await context.route_web_socket(
                re.compile(""), lambda route: self._routed(route, permit)
            )
        else:
            context.on("page", lambda page: self._watch_sockets(page, permit))

    async def stop(self) -> None:
        """Listen no more."""
        await self._wall.stop()

    def _watch_sockets(self, page: Page, permit: Permit) -> None:
        page.on("websocket", lambda socket: self._opened(socket, permit))

    def _opened(self, socket: WebSocket, permit: Permit) -> None:
        """A socket that the outer wall refuses: here it is known whose it was."""
        wish = Wish(SOCKET, socket.url)
        self._sockets[_host(wish)] += 1
        refused = self._policy.of_page(wish, permit)
        if refused is not None:
            self._note(wish, refused, permit)

    def _routed(self, route: WebSocketRoute, permit: Permit) -> None:
        wish = Wish(SOCKET, route.url)
        refused = self._policy.of_page(wish, permit)
        if refused is None:
            route.connect_to_server()
        else:
            self._note(wish, refused, permit)
            self._keep(route.close(code=1008, reason="refused by policy"))

    def _proxied(self) -> bool:
        """Whether a proxy stands before the product: then the outer wall cannot tell sockets from TLS."""
        return any(self._proxy_of(f"https://{host}/") for host in self._policy.pages)

    def _heard(self, method: str, host: str) -> str:
        """The outer wall was asked for a host; the proxy that leads to it, where it is declared."""
        declared = host in self._policy.pages | self._policy.third_parties
        scheme = "https" if method == "CONNECT" else "http"
        proxy = self._proxy_of(f"{scheme}://{host}/") if declared else ""
        if not proxy:
            self._turned_away(method, host)
        return proxy

    def _turned_away(self, method: str, host: str) -> None:
        """For the product's own hosts it was a socket, of which its page tells."""
        if host not in self._policy.pages:
            self._stranger(host, f"{method} {host}", sends=False)
        else:
            self._sockets[host] -= 1
            self._keep(self._tell_of_workers(host))

    async def _tell_of_workers(self, host: str) -> None:
        """A socket of which no page tells is a worker's, and whose that is cannot be told."""
        await quiet(_TELL_SECONDS)
        if self._sockets[host] < 0:
            self._sockets[host] = 0
            refused = self._policy.of_page(Wish(SOCKET, f"ws://{host}/"), Permit())
            self._orphan(refused or Refused(f"a worker's web socket to {host} was not opened"))

    def _paused(self, session: CDPSession, event: Mapping[str, Any]) -> None:
        if "responseStatusCode" in event or "responseErrorReason" in event:
            self._hear(event)
            self._let_pass(session, event)
        else:
            self._asked(session, event)

    def _asked(self, session: CDPSession, event: Mapping[str, Any]) -> None:
        self._decide(session, event, self._permit_of(event))

    def _hear(self, event: Mapping[str, Any]) -> None:
        hearer = self._hearers.get(id(self._permit_of(event)))
        if hearer is not None and "responseStatusCode" in event:
            headers = {one["name"].lower(): one["value"] for one in event["responseHeaders"]}
            kind = headers.get("content-type", "")
            hearer(event["request"]["url"], event["responseStatusCode"], kind)

    def _decide(self, session: CDPSession, event: Mapping[str, Any], permit: Permit | None) -> None:
        wish = wish_of(event)
        refused = self._policy.of_page(wish, permit or Permit())
        if refused is None:
            heard = id(permit) in self._hearers and event["resourceType"] in _ASKED
            self._let_pass(session, event, hear=heard and _host(wish) in self._policy.pages)
        else:
            self._keep(self._refuse(session, event, wish, refused, permit))

    def _let_pass(
        self, session: CDPSession, event: Mapping[str, Any], *, hear: bool = False
    ) -> None:
        """Let it go on; `hear` pauses its answer, too."""
        number = {"requestId": event["requestId"], **({"interceptResponse": True} if hear else {})}
        self._keep(_send(session, "Fetch.continueRequest", number))

    async def _refuse(
        self,
        session: CDPSession,
        event: Mapping[str, Any],
        wish: Wish,
        refused: Refused,
        permit: Permit | None,
    ) -> None:
        if event["resourceType"] == "Document" and await _is_page(session, event["frameId"]):
            # The page itself leads there: what the check came to see is not to be seen.
            refused = Refused(refused.what, mend=refused.mend)
        self._note(wish, refused, permit)
        failed = {"requestId": event["requestId"], "errorReason": _FAIL}
        await _send(session, "Fetch.failRequest", failed)

    def _note(self, wish: Wish, refused: Refused, permit: Permit | None) -> None:
        if refused.stranger or refused.quiet:
            host = _host(wish)
            sends = not self._policy.is_read(wish)
            if sends and not self._policy.is_pages_own(wish):
                self.sent_elsewhere.setdefault(host, wish.shown)
            self._stranger(host, wish.shown, sends=sends)
        elif permit is None:
            self._orphan(refused)
        else:
            permit.keep(refused)

    def _stranger(self, host: str, shown: str, *, sends: bool) -> None:
        """Tell of a host once for what pages load from it, and once for what they send there."""
        if (host, sends) in self._told:
            return
        self._told.add((host, sends))
        self.blocked.setdefault(host, shown)
        file, what = self._policy.file, "send to" if sends else "load from"
        why = f"it is declared neither under urls nor third_parties in {file}"
        if host in self._policy.third_parties | self._policy.pages:
            why = f"no write of the kind {PAGE!r} in {file} allows it"
            why = "this run is read-only" if self._policy.read_only else why
        self._tell(f"blocked what a page meant to {what} {host} ({shown}): {why}")

    def _permit_of(self, event: Mapping[str, Any]) -> Permit | None:
        """Whose page it is: by the tag in its user agent, or else by the frame that asked before."""
        frame = event.get("frameId", "")
        tag = _TAG.search(str(event["request"]["headers"].get("User-Agent", "")))
        permit = self._permits.get(tag[1]) if tag else self._frames.get(frame)
        if permit is not None and frame:
            self._frames[frame] = permit
        return permit

    def _keep(self, work: Any) -> None:
        """Do it soon, and hold on to it until it is done."""
        task: asyncio.Task[None] = asyncio.ensure_future(_quietly(work))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)


def wish_of(event: Mapping[str, Any]) -> Wish:
    """What a paused request asks for."""
    request = event["request"]
    return Wish(request["method"], request["url"], request["headers"])


def _host(wish: Wish) -> str:
    try:
        return authority(wish.url)
    except ValueError:
        return urlsplit(wish.url).netloc or wish.shown


def _excluded(hosts: list[str]) -> list[str]:
    """The names that Chromium may resolve, and the loopback, on which the outer wall listens."""
    names = {host.rpartition(":")[0] for host in hosts} | {"127.0.0.1", "localhost"}
    return [f"EXCLUDE {name}" for name in sorted(names)]


async def _send(session: CDPSession, method: str, parameters: dict[str, Any]) -> None:
    await session.send(method, parameters)


async def _quietly(work: Any) -> None:
    """A request that its page gave up meanwhile needs no answer."""
    from playwright.async_api import Error

    with contextlib.suppress(Error):
        await work


async def _is_page(session: CDPSession, frame: str) -> bool:
    """Whether that frame is a page's whole window."""
    found = await session.send("Target.getTargets")
    return any(one["targetId"] == frame and one["type"] == "page" for one in found["targetInfos"])
