"""In Chromium: a server that hears everything hears nothing of what the policy refuses, by whatever way."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Error, Page

from postdeploy.browser import BrowserRoom
from postdeploy.flow import Flow
from postdeploy.launching import BrowserOptions, find_browser
from postdeploy.policy import Refused
from postdeploy.run import Run
from postdeploy.target import Environment, Writes
from postdeploy.waiting import quiet, until
from selftests.unit.elsewhere import NO_DATAGRAMS, debugged_browser, endpoint, playwright_server
from selftests.unit.recording import Recorder
from selftests.unit.small_runs import journal, make_run

ROOT = Path(__file__).resolve().parents[2]
_SECONDS = 10
_POST = 'fetch("/undeclared", {method: "POST", body: "x"})'

_PAGES = {
    "/": "<title>home</title>",
    "/posts": f"<script>{_POST}</script>",
    "/worker.js": f'{_POST}; try {{ new WebSocket("ws://" + location.host + "/socket") }} catch {{}}',
    "/socket.js": 'new WebSocket("ws://" + location.host + "/socket")',
    "/shared.js": _POST,
    "/service.js": f'addEventListener("install", () => {_POST})',
    "/leaving": (
        '<script>addEventListener("pagehide", () => {navigator.sendBeacon("/undeclared", "x");'
        'fetch("/undeclared", {method: "PUT", keepalive: true})})</script>'
    ),
}
"""What the product serves; `here` and `stranger` in scripts are put in by the page."""

_SUBMIT = """const f = document.createElement("form"); f.method = "post"; f.action = "/undeclared";
document.body.append(f); f.submit()"""

WAYS = {
    "fetch": _POST,
    "XMLHttpRequest": 'const x = new XMLHttpRequest(); x.open("PATCH", "/undeclared"); x.send()',
    "keepalive": 'fetch("/undeclared", {method: "DELETE", keepalive: true})',
    "beacon": 'navigator.sendBeacon("/undeclared", "x")',
    "form": _SUBMIT,
    "form in a new window": _SUBMIT.replace("f.submit()", 'f.target = "_blank"; f.submit()'),
    "ping of a link": (
        'const a = document.createElement("a"); a.href = "#x"; a.ping = "/undeclared";'
        "document.body.append(a); a.click()"
    ),
    "frame": (
        'const f = document.createElement("iframe"); f.src = "/posts"; document.body.append(f)'
    ),
    "popup": 'window.open("/posts")',
    "popup without opener": 'window.open("/posts", "_blank", "noopener")',
    "worker": 'new Worker("/worker.js")',
    "socket of a worker": 'new Worker("/socket.js")',
    "socket of a shared worker": 'new SharedWorker("/socket.js")',
    "shared worker": 'new SharedWorker("/shared.js")',
    "service worker": 'navigator.serviceWorker.register("/service.js")',
    "redirect that keeps the method": 'fetch("/declared-away", {method: "POST"})',
    "web socket": 'new WebSocket("ws://" + location.host + "/socket")',
    "leaving the page": 'location.href = "/leaving"; setTimeout(() => {}, 0)',
}
"""How a page writes to the product: no check has declared any of it."""

_TO_A_STRANGER = {
    "fetch": 'fetch(stranger + "/x", {mode: "no-cors"})',
    "post": 'fetch(stranger + "/x", {mode: "no-cors", method: "POST", body: "x"})',
    "picture": 'new Image().src = stranger + "/x?secret"',
    "script": 'const s = document.createElement("script"); s.src = stranger + "/x"; document.head.append(s)',
    "style": "document.head.innerHTML += `<link rel=stylesheet href=${stranger}/x>`",
    "prefetch": "document.head.innerHTML += `<link rel=prefetch href=${stranger}/x>`",
    "preconnect": "document.head.innerHTML += `<link rel=preconnect href=${stranger}/x>`",
    "events": 'new EventSource(stranger + "/x")',
    "beacon": 'navigator.sendBeacon(stranger + "/x", "x")',
    "socket": 'new WebSocket(stranger.replace("http", "ws") + "/x")',
    "frame": "document.body.innerHTML += `<iframe src=${stranger}/x></iframe>`",
    "download": (
        'const a = document.createElement("a"); a.href = stranger + "/x"; a.download = "x";'
        "document.body.append(a); a.click()"
    ),
    "redirect": 'fetch("/away")',
    "redirect of a picture": 'new Image().src = "/away"',
}


_NOBODYS = ("shared worker", "socket of a shared worker")
_UNTOLD = "socket of a shared worker"
"""What a connected browser does not send, and tells nobody of."""
OWN, SERVER, OVER_CDP = "started here", "Playwright server", "over CDP"


@dataclass
class Seen:
    """What came of each way."""

    browser: str
    product: dict[str, list[str]] = field(default_factory=dict)
    refusals: dict[str, list[Refused]] = field(default_factory=dict)
    stranger: dict[str, int] = field(default_factory=dict)
    blamed: dict[str, list[Refused]] = field(default_factory=dict)
    navigation: list[Refused] = field(default_factory=list)
    by_check: list[str] = field(default_factory=list)
    declared: list[str] = field(default_factory=list)
    datagrams: int = 0
    warnings: list[str] = field(default_factory=list)


@contextlib.contextmanager
def _options(kind: str) -> Iterator[BrowserOptions]:
    """One of our own, or one that somebody else has started: told to send no datagrams, or not."""
    if kind == OWN:
        yield BrowserOptions()
    elif kind == SERVER:
        with playwright_server(NO_DATAGRAMS) as address:
            yield BrowserOptions(endpoint=endpoint(address))
    else:
        with debugged_browser() as (address, process):
            yield BrowserOptions(endpoint=endpoint(address))
            assert process.poll() is None, "it was not ours to end"


@pytest.fixture(scope="module", params=[OWN, SERVER, OVER_CDP])
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """All ways, tried in one browser."""
    if find_browser(None, ROOT) is None:
        pytest.skip("this machine has no browser of its own")
    folder = tmp_path_factory.mktemp("run")
    (folder / "evidence").mkdir()
    found = Seen(request.param)
    with _options(found.browser) as options:
        asyncio.run(_try_all(folder, options, found))
    found.warnings = [one["text"] for one in journal(folder) if one["kind"] == "warning"]
    return found


async def _try_all(folder: Path, options: BrowserOptions, seen: Seen) -> None:
    async with Recorder(_PAGES) as product, Recorder() as stranger:
        product.redirects |= {"/away": f"{stranger.url}/landed", "/declared-away": "/undeclared"}
        writes = {"thing": Writes(requests=("POST /declared", "POST /declared-away"))}
        environment = Environment(urls={"app": product.url, "api": product.url}, writes=writes)
        run = make_run(folder, environment)
        run.browser = BrowserRoom(run, options, find_browser(None, ROOT))
        try:
            for name, script in WAYS.items():
                await _try_way(run, product, name, script, seen)
            for name, script in _TO_A_STRANGER.items():
                await _try_stranger(run, product, stranger, name, script, seen)
            await _try_navigation(run, product, stranger, seen)
            await _try_requests_of_the_check(run, product, stranger, seen)
            await _try_declared(run, product, seen)
            await _try_datagrams(run, product, seen)
        finally:
            await run.close()
        seen.stranger["in all"] = stranger.connections


async def _page(run: Run, product: Recorder, *kinds: str) -> tuple[Flow, Page]:
    flow = run.flow((), "check", lambda _: None, frozenset(kinds), "@pytest.mark.writes of test_x")
    flow.exempt = True
    page = await flow.page(None)
    await page.goto(product.url)
    return flow, page


async def _told(of: Callable[[], Awaitable[bool]]) -> None:
    await until(of, bool, what="the policy has judged it", seconds=_SECONDS, every=0.02)


async def _try_way(run: Run, product: Recorder, name: str, script: str, seen: Seen) -> None:
    flow, page = await _page(run, product, "thing")
    product.heard.clear()
    await page.evaluate(f"() => {{ {script} }}")

    async def refused() -> bool:
        return bool(flow.permit.refusals)

    if name == "leaving the page":
        await page.wait_for_url("**/leaving")
        await page.goto(f"{product.url}/")
    if name == _UNTOLD and seen.browser != OWN:
        await quiet(0.3)
    else:
        await _told(refused)
    await flow.close()
    seen.product[name] = product.writes()
    seen.refusals[name] = list(flow.permit.refusals)


async def _try_stranger(
    run: Run, product: Recorder, stranger: Recorder, name: str, script: str, seen: Seen
) -> None:
    flow, page = await _page(run, product)
    before = len(run.browser.guard._told)
    await page.evaluate(f"stranger => {{ {script} }}", stranger.url)

    async def told() -> bool:
        return len(run.browser.guard._told) > before

    if before == 0:  # later ones are not told again
        await _told(told)
    await quiet(0.1)
    await flow.close()
    seen.stranger[name] = stranger.connections
    seen.blamed[name] = list(flow.permit.refusals)


async def _try_navigation(run: Run, product: Recorder, stranger: Recorder, seen: Seen) -> None:
    flow, page = await _page(run, product)
    for address in (stranger.url, f"{product.url}/away", "http://stranger.example/"):
        with pytest.raises(Error, match="ERR_BLOCKED_BY_CLIENT"):
            await page.goto(address)
    await flow.close()
    seen.navigation = list(flow.permit.refusals)


async def _try_requests_of_the_check(
    run: Run, product: Recorder, stranger: Recorder, seen: Seen
) -> None:
    """By Playwright's own client, which passes no browser, and by what a check puts between."""
    flow, page = await _page(run, product)
    product.heard.clear()
    for sender, address, method in (
        (page.request, f"{product.url}/undeclared", "POST"),
        (page.context.request, f"{product.url}/undeclared", "DELETE"),
        (page.request, f"{stranger.url}/x", "GET"),
    ):
        with pytest.raises(Refused):
            await sender.fetch(address, method=method)
    led = await page.request.get(f"{product.url}/away")
    assert led.status == 307, "it follows no redirect"

    async def rewritten(route: object) -> None:
        await route.continue_(url=f"{product.url}/undeclared", method="POST", post_data="x")  # type: ignore[attr-defined]

    await page.route("**/innocent", rewritten)
    await page.evaluate("() => fetch('/innocent').catch(() => 0)")
    assert run.browser._playwright is not None
    free = await run.browser._playwright.request.new_context()
    with pytest.raises(Refused, match="no check owns"):
        await free.get(product.url)
    await free.dispose()
    await flow.close()
    seen.by_check = list(product.heard)


async def _try_declared(run: Run, product: Recorder, seen: Seen) -> None:
    flow, page = await _page(run, product, "thing")
    product.heard.clear()
    answered = "fetch('/declared', {method: 'POST'}).then(one => one.status)"
    assert await page.evaluate(answered) == 200
    assert (await page.request.post(f"{product.url}/declared")).status == 200
    await flow.close()
    assert flow.permit.refusals == []
    seen.declared = product.writes()


async def _try_datagrams(run: Run, product: Recorder, seen: Seen) -> None:
    """WebRTC asks a server of its own choice by UDP, past every proxy, unless it is kept from it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.setblocking(False)
        flow, page = await _page(run, product)
        await page.evaluate(
            """async port => {
              if (!("RTCPeerConnection" in window)) return;
              const peer = new RTCPeerConnection({iceServers: [{urls: `stun:127.0.0.1:${port}`}]});
              peer.createDataChannel("x");
              await peer.setLocalDescription(await peer.createOffer());
              await new Promise(done => setTimeout(done, 500));
            }""",
            ear.getsockname()[1],
        )
        await flow.close()
        try:
            seen.datagrams = len(ear.recv(2048))
        except BlockingIOError:
            seen.datagrams = 0


@pytest.mark.parametrize("way", WAYS)
def test_an_undeclared_write_of_a_page_never_leaves_and_is_the_checks_error(
    seen: Seen, way: str
) -> None:
    allowed = ["POST /declared-away"] if way.startswith("redirect") else []
    assert seen.product[way] == allowed
    if way == _UNTOLD and seen.browser != OWN:
        return
    assert "was not sent" in seen.refusals[way][0].what
    # Of these nobody knows whose they are, so that every check with a page open hears of it.
    nobodys = way in _NOBODYS and seen.browser == OWN
    owner = "its sender" if nobodys else "@pytest.mark.writes of test_x"
    if way != "socket of a worker":  # its page may tell of it too late, on a busy machine
        assert owner in seen.refusals[way][0].mend


@pytest.mark.parametrize("way", _TO_A_STRANGER)
def test_a_stranger_hears_nothing_of_a_page_and_no_check_is_blamed(seen: Seen, way: str) -> None:
    assert seen.stranger[way] == 0
    # A link to elsewhere takes the page itself away, whatever its attribute says.
    assert bool(seen.blamed[way]) is (way == "download")


def test_a_stranger_is_told_of_once_for_loads_and_once_for_what_is_sent(seen: Seen) -> None:
    loads = [text for text in seen.warnings if "meant to load from 127.0.0.1:" in text]
    sends = [text for text in seen.warnings if "meant to send to 127.0.0.1:" in text]
    assert (len(loads), len(sends)) == (1, 1)
    assert "declared neither under urls nor third_parties in targets/demo.toml" in loads[0]


def test_a_page_that_leads_to_a_stranger_could_not_be_observed(seen: Seen) -> None:
    assert len(seen.navigation) == 3
    assert not any(refused.stranger for refused in seen.navigation)


def test_the_checks_own_requests_are_judged_as_well(seen: Seen) -> None:
    assert seen.by_check == ["GET /away"]
    assert seen.stranger["in all"] == 0


def test_a_declared_write_arrives(seen: Seen) -> None:
    assert seen.declared == ["POST /declared", "POST /declared"]


def test_third_parties_that_are_used_are_listed_beside_the_blocked_ones(tmp_path: Path) -> None:
    found = find_browser(None, ROOT)
    if found is None:
        pytest.skip("this machine has no browser of its own")
    (tmp_path / "evidence").mkdir()

    async def scene() -> tuple[str, dict[str, str], str, str]:
        async with Recorder(_PAGES) as product, Recorder() as party, Recorder() as stranger:
            urls, parties = {"app": product.url}, (party.url, "https://unused.example")
            run = make_run(tmp_path, Environment(urls=urls, third_parties=parties))
            run.browser = BrowserRoom(run, BrowserOptions(), found)
            for path in ("/", "/posts"):
                flow, page = await _page(run, product)
                await page.goto(product.url + path)
                await page.evaluate(
                    "urls => Promise.all(urls.map(url => fetch(url).catch(() => 0)))",
                    [f"{party.url}/a?b", f"{party.url}/c", f"{stranger.url}/x"],
                )
                await flow.close()
            guard = run.browser.guard
            told = guard.used.told(), dict(guard.blocked), party.url, stranger.url
            await run.close()
            return told

    used, blocked, party, stranger = asyncio.run(scene())
    assert used == f"{party.removeprefix('http://')} (4 requests of 2 pages)"
    assert blocked == {stranger.removeprefix("http://"): f"GET {stranger}/x"}


def test_web_rtc_sends_no_datagram(seen: Seen) -> None:
    assert seen.datagrams == 0
