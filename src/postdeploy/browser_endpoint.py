"""A browser that runs elsewhere: what its address says, how it is reached, and whether it still answers."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from postdeploy.errors import ConfigError, ProbeError, Problem
from postdeploy.policy.connected import NO_DATAGRAMS
from postdeploy.waiting import quiet

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserType, Playwright

OPTION: Final = "--browser-endpoint"
VARIABLE: Final = "POSTDEPLOY_BROWSER_ENDPOINT"
_OVER_CDP: Final = "cdp+"
_SERVERS: Final = ("ws", "wss")
_GRIDS: Final = ("http", "https")
_PORTS: Final = {"ws": 80, "http": 80, "wss": 443, "https": 443}
_SHORTEST_TOKEN: Final = 8
_LAUNCH: Final = "launch-options"
_WORDS: Final = ("browser", _LAUNCH, "launch", "proxy")
"""Parts of an address's query that say which browser is wanted, and hold no secret."""
CONNECT_SECONDS = 30.0
PULSE_SECONDS = 5.0
SILENT_SECONDS = 20.0
"""What no browser takes to say its version, however busy it is."""
_GRACE_SECONDS = 5.0
_VERSIONS: Final = re.compile(r"server version: v(\S+).*client version: v(\S+)", re.DOTALL)
_MEND: Final = f"Look whether it runs and takes connections from this machine, or leave out {OPTION} and {VARIABLE}"


@dataclass(frozen=True)
class BrowserEndpoint:
    """A Playwright server, or with `over_cdp` a browser or grid that speaks the DevTools protocol."""

    address: str = field(repr=False)
    """Where it is; what follows the host may be a token."""
    over_cdp: bool

    @property
    def shown(self) -> str:
        """The address without anything that may be a secret."""
        parts = urlsplit(self.address)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        return f"{parts.scheme}://{host}:{parts.port or _PORTS[parts.scheme]}"

    def secrets(self) -> Iterator[str]:
        """What somebody could use the browser with: logins, tokens, a path that nobody guesses."""
        parts = urlsplit(self.address)
        told = [value for key, value in parse_qsl(parts.query) if key not in _WORDS]
        told.append(unquote(parts.username or ""))
        yield from (value for value in told if len(value) >= _SHORTEST_TOKEN)
        yield unquote(parts.password or "")
        segments = unquote(parts.path).split("/")
        yield from (part for part in segments if len(part) >= 2 * _SHORTEST_TOKEN)


def read_endpoint(option: str, variable: str) -> BrowserEndpoint | None:
    """The endpoint that the command line names, or else the variable; None without one.

    Raises ConfigError for what is no address, and for a login or a query on the command line.
    """
    where, text = (OPTION, option) if option else (VARIABLE, variable)
    text = text.strip()
    if not text:
        return None
    address = text.removeprefix(_OVER_CDP)
    try:
        parts = urlsplit(address)
        known = parts.hostname and parts.scheme in (*_SERVERS, *_GRIDS) and parts.port != 0
    except ValueError:  # its port is no number
        known = False
    if not known:
        mend = (
            "Write ws://host:port/ for a Playwright server, http://host:port for a browser over CDP"
        )
        raise ConfigError([Problem(where, "is no address of a browser", mend)])
    if option and (parts.username or parts.password or parts.query):
        what = "carries a login or a query, which everybody on this machine can read there"
        raise ConfigError([Problem(where, what, f"Put it into {VARIABLE} instead")])
    return BrowserEndpoint(address, text != address or parts.scheme in _GRIDS)


async def connect(
    playwright: Playwright,
    endpoint: BrowserEndpoint,
    watch: Callable[[Browser], Awaitable[None]],
    *,
    headed: bool = False,
    slow_mo: float = 0,
) -> Browser:
    """The browser at an endpoint, guarded by `watch`. Raises ProbeError where none is to be had in time."""
    from playwright.async_api import Error

    try:
        async with asyncio.timeout(CONNECT_SECONDS + _GRACE_SECONDS):
            browser = await _connected(playwright.chromium, endpoint, headed, slow_mo)
    except (Error, TimeoutError) as error:
        raise _not_had(endpoint, error) from None
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await watch(browser)
    except (Error, TimeoutError, ProbeError) as error:
        await let_go(browser)
        raise _unguarded(endpoint, error) from None
    return browser


async def _connected(
    chromium: BrowserType, endpoint: BrowserEndpoint, headed: bool, slow_mo: float
) -> Browser:
    limit = CONNECT_SECONDS * 1000
    if endpoint.over_cdp:
        # The context that is there already is somebody else's: nothing is changed in it.
        return await chromium.connect_over_cdp(
            endpoint.address, slow_mo=slow_mo, timeout=limit, no_defaults=True
        )
    wanted = {f"x-playwright-{_LAUNCH}": _wanted(headed=headed)}
    return await chromium.connect(endpoint.address, slow_mo=slow_mo, timeout=limit, headers=wanted)


def _wanted(*, headed: bool) -> str:
    """How a Playwright server is asked to start the browser; the arguments are heeded where it is `--unsafe`."""
    return json.dumps({"headless": not headed, "args": [NO_DATAGRAMS]})


def _not_had(endpoint: BrowserEndpoint, error: Exception) -> ProbeError:
    text = str(error)
    if versions := _VERSIONS.search(text):
        server, client = versions.groups()
        return ProbeError(
            f"the Playwright server at {endpoint.shown} has version {server}, and Playwright here {client}",
            mend=f"Start a server of version {client}, or install playwright {server} here",
        )
    if isinstance(error, TimeoutError) or type(error).__name__ == "TimeoutError":
        why = f"it gave no browser within {CONNECT_SECONDS:g} s"
    else:
        why = text.replace(endpoint.address, endpoint.shown).strip().splitlines()[0]
    return ProbeError(f"no browser is to be had at {endpoint.shown}: {why}", mend=_MEND)


def _unguarded(endpoint: BrowserEndpoint, error: Exception) -> ProbeError:
    """The browser is there, and what its pages send cannot be judged."""
    told = f"the browser at {endpoint.shown} cannot be held to the policy"
    if isinstance(error, ProbeError):
        return ProbeError(f"{told}: {error.what}", mend=error.mend)
    why = (str(error).strip() or "it does not answer").splitlines()[0]
    mend = "Name a Chromium that lets its DevTools protocol be used"
    return ProbeError(f"{told}: {why}", mend=mend)


async def answers(browser: Browser) -> bool:
    """Whether a connected browser says its version."""
    from playwright.async_api import Error

    try:
        async with asyncio.timeout(SILENT_SECONDS):
            session = await browser.new_browser_cdp_session()
            await session.send("Browser.getVersion")
            await session.detach()
    except (Error, TimeoutError):
        return False
    return True


async def silence(browser: Browser) -> bool:
    """Wait until a connected browser no longer answers: True; or until it is disconnected: False."""
    while browser.is_connected():
        await quiet(PULSE_SECONDS)
        if not await answers(browser):
            return browser.is_connected()
    return False


async def let_go(browser: Browser) -> None:
    """Disconnect; contexts of ours end with it, and the browser goes on for others."""
    from playwright.async_api import Error

    try:
        async with asyncio.timeout(_GRACE_SECONDS):
            await browser.close()
    except (Error, TimeoutError):  # it is gone already, or says nothing any more
        return
