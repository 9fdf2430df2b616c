"""The policy for a Chromium that somebody else has started, and that others may be using as well.

Its arguments are not ours to give. The outer wall is therefore the proxy setting of each context, which leads
to nobody, and the inner one pauses every request, so that it also says who asked for a stranger.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from postdeploy.errors import ProbeError
from postdeploy.policy.browser import BrowserGuard, wish_of
from postdeploy.policy.permit import Permit, Refused
from postdeploy.policy.rules import Policy

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, CDPSession, ProxySettings

NO_DATAGRAMS: Final = "--force-webrtc-ip-handling-policy=disable_non_proxied_udp"
"""The argument with which a Chromium sends no datagrams past its proxy."""
_NOBODY: Final = "http://refused.invalid:9"
"""A name that never exists (RFC 6761): whatever is sent there reaches nobody, wherever the browser runs."""
_WITHOUT_PEERS: Final = "delete window.RTCPeerConnection; delete window.webkitRTCPeerConnection"


class ConnectedGuard(BrowserGuard):
    """Guards the contexts of this run in a browser of somebody else's, and lets others' requests pass."""

    patterns = ({"urlPattern": "*"},)

    def __init__(
        self,
        policy: Policy,
        tell: Callable[[str], None],
        orphan: Callable[[Refused], None],
        *,
        protected: bool,
    ) -> None:
        super().__init__(policy, tell, orphan)
        self._mark = f"{secrets.token_hex(4)}-"
        self._protected = protected
        self._datagrams = True
        """Whether the browser may send some past its proxy."""
        self._contexts: dict[str, Permit] = {}
        """The browser's own names of our contexts, as far as they were needed."""

    def context_proxy(self) -> ProxySettings:
        """Chromium asks the declared hosts itself, with scheme and port, and for all others nobody."""
        hosts = sorted(self._policy.pages | self._policy.third_parties)
        bypass = ["<-loopback>", *self._direct(hosts), *_for_playwright(hosts)]
        return {"server": _NOBODY, "bypass": ",".join(bypass)}

    async def watch(self, browser: Browser) -> None:
        """Put up the inner wall. Raises ProbeError where the browser may not be used on this environment."""
        await super().watch(browser)
        self._datagrams = NO_DATAGRAMS not in await _command_line(browser)
        if not self._datagrams:
            return
        what = "the browser was not started so that its pages' WebRTC keeps to the policy"
        if self._protected:
            raise ProbeError(
                f"{what}, which a protected environment needs",
                mend=f"Start it with {NO_DATAGRAMS}, and a Playwright server so that it takes arguments (--unsafe)",
            )
        self._tell(f"{what}: they have none in this run. Start it with {NO_DATAGRAMS}")

    async def admit(self, context: BrowserContext, permit: Permit) -> None:
        """Judge what the walls do not see, and take from its pages what they cannot hold."""
        if self._datagrams:
            await context.add_init_script(_WITHOUT_PEERS)
        await super().admit(context, permit)

    def _asked(self, session: CDPSession, event: Mapping[str, Any]) -> None:
        permit = self._permit_of(event)
        if permit is not None:
            self._decide(session, event, permit)
        else:
            self._keep(self._sort_out(session, event))

    async def _sort_out(self, session: CDPSession, event: Mapping[str, Any]) -> None:
        """A request that carries no tag of ours: whose context is it?

        Where that cannot be told, what may be a write to the product is refused, for it may be ours; a
        stranger is let pass where others are about, for ours are kept from strangers by their proxy.
        """
        found = (await session.send("Target.getTargets"))["targetInfos"]
        context = {one["targetId"]: one.get("browserContextId", "") for one in found}
        for frame, permit in self._frames.items():
            if name := context.get(frame):
                self._contexts[name] = permit
        whose = context.get(event.get("frameId", ""))
        if whose in self._contexts:
            self._decide(session, event, self._contexts[whose])
        elif whose or self._is_others_stranger(event, context):
            self._let_pass(session, event)
        else:
            self._decide(session, event, None)

    def _is_others_stranger(self, event: Mapping[str, Any], context: Mapping[str, str]) -> bool:
        refused = self._policy.of_page(wish_of(event), Permit())
        others = any(name not in self._contexts for name in context.values())
        return others and refused is not None and refused.stranger


def _for_playwright(hosts: Iterable[str]) -> list[str]:
    """The hosts as Playwright's own client knows them, which is judged elsewhere and would ask nobody else.

    It takes a rule for the end of a name; to Chromium "com" is a host of that name, and ".localhost" what is below.
    """
    names = {host.rpartition(":")[0] for host in hosts}
    return sorted({name.rpartition(".")[2] if "." in name else f".{name}" for name in names})


async def _command_line(browser: Browser) -> str:
    """With which arguments a browser was started, or "" where it does not say."""
    from playwright.async_api import Error

    session = await browser.new_browser_cdp_session()
    try:
        return str((await session.send("SystemInfo.getInfo")).get("commandLine", ""))
    except Error:
        return ""
    finally:
        await session.detach()
