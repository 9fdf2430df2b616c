"""A browser that runs elsewhere: its address, its troubles, and that it goes on for others as before."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from postdeploy import browser, browser_endpoint
from postdeploy.browser import BrowserRoom
from postdeploy.browser_endpoint import read_endpoint
from postdeploy.downloads import content
from postdeploy.errors import ConfigError, ProbeError
from postdeploy.flow import Flow
from postdeploy.judging import judge
from postdeploy.launching import BrowserOptions, find_browser
from postdeploy.outcome import Outcome
from postdeploy.run import Run
from postdeploy.target import Bounds, Environment
from postdeploy.waiting import until
from selftests.plugin.product import closed_port
from selftests.unit.elsewhere import Relay, debugged_browser, endpoint, playwright_server
from selftests.unit.recording import Recorder
from selftests.unit.small_runs import journal, make_run

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "t0ken-of-the-grid"
needs_browser = pytest.mark.skipif(
    find_browser(None, ROOT) is None, reason="this machine has no browser of its own"
)


@pytest.mark.parametrize(
    ("text", "address", "over_cdp"),
    [
        ("ws://grid.example:3000/x", "ws://grid.example:3000/x", False),
        ("wss://grid.example", "wss://grid.example", False),
        ("http://127.0.0.1:9222", "http://127.0.0.1:9222", True),
        ("cdp+ws://grid.example/devtools/browser/1", "ws://grid.example/devtools/browser/1", True),
        (" https://grid.example ", "https://grid.example", True),
    ],
)
def test_an_address_says_what_is_spoken_there(text: str, address: str, over_cdp: bool) -> None:
    found = read_endpoint(text, "")
    assert found is not None
    assert (found.address, found.over_cdp) == (address, over_cdp)


def test_the_command_line_wins_and_nothing_is_nothing() -> None:
    found = read_endpoint("ws://one.example", "ws://other.example")
    assert found is not None
    assert found.shown == "ws://one.example:80"
    assert read_endpoint("", " ") is None


@pytest.mark.parametrize(
    "text", ["grid.example:3000", "ftp://grid.example", "ws://:7", "http://grid.example:y", "cdp+x"]
)
def test_what_is_no_address_is_the_users_mistake_and_is_not_repeated(text: str) -> None:
    with pytest.raises(ConfigError, match=r"POSTDEPLOY_BROWSER_ENDPOINT: is no address") as told:
        read_endpoint("", text)
    assert text not in str(told.value)


@pytest.mark.parametrize(
    "text",
    [f"wss://grid.example/?token={TOKEN}", f"ws://{TOKEN}@grid.example", "ws://u:p@grid.example"],
)
def test_a_token_on_the_command_line_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"Put it into POSTDEPLOY_BROWSER_ENDPOINT") as told:
        read_endpoint(text, "")
    assert TOKEN not in str(told.value)


def test_what_opens_the_browser_is_a_secret_and_the_words_of_an_address_are_none() -> None:
    path = "0123456789abcdef"
    found = endpoint(
        f"wss://me:pa%2Fss@grid.example/{path}/play?token={TOKEN}&browser=chromium&timeout=5"
    )
    assert set(found.secrets()) == {TOKEN, "pa/ss", path}
    assert found.shown == "wss://grid.example:443"
    assert TOKEN not in repr(found)


@contextmanager
def _speaking(answer: bytes) -> Iterator[str]:
    """Takes connections, and answers each with these bytes, or with nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                taken.append(connection)
                connection.recv(65536)
                if answer:
                    connection.sendall(answer)
                    connection.close()

        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        for connection in taken:
            connection.close()


def _refusal(address: str) -> str:
    """What is said where no browser is to be had."""

    async def scene() -> None:
        async with async_playwright() as playwright:
            await browser_endpoint.connect(playwright, endpoint(address), _unwatched)

    async def _unwatched(_: object) -> None:
        raise AssertionError("there is no browser")

    with pytest.raises(ProbeError) as told:
        asyncio.run(scene())
    assert TOKEN not in str(told.value)
    return str(told.value)


_BOX = """HTTP/1.1 428 Precondition Required\r
\r
║ Playwright version mismatch: ║
║   - server version: v1.41    ║
║   - client version: v1.65    ║
"""


def test_a_server_of_another_version_is_told_with_both() -> None:
    with _speaking(_BOX.encode()) as host:
        told = _refusal(f"ws://{host}/?token={TOKEN}")
    assert (
        f"the Playwright server at ws://{host} has version 1.41, and Playwright here 1.65" in told
    )
    assert "Start a server of version 1.65" in told


@pytest.mark.parametrize("scheme", ["ws", "http", "cdp+ws"])
def test_nobody_there_is_told_by_the_address_without_its_token(scheme: str) -> None:
    host = f"127.0.0.1:{closed_port().rpartition(':')[2]}"
    told = _refusal(f"{scheme}://{host}/?token={TOKEN}")
    assert f"no browser is to be had at {scheme.removeprefix('cdp+')}://{host}: " in told
    assert "Look whether it runs" in told


@pytest.mark.parametrize("scheme", ["ws", "http"])
def test_one_that_takes_the_connection_and_says_nothing_ends_in_time(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser_endpoint, "CONNECT_SECONDS", 0.5)
    with _speaking(b"") as host:
        assert "it gave no browser within 0.5 s" in _refusal(f"{scheme}://{host}/?token={TOKEN}")


Work = Callable[[Run, Recorder], Awaitable[None]]


def _room(run: Run, address: str) -> BrowserRoom:
    return BrowserRoom(run, BrowserOptions(endpoint=endpoint(address), tracing="on"), None)


def _scene(
    folder: Path, address: str, work: Work, *, host: str = "127.0.0.1", protected: bool = False
) -> None:
    (folder / "evidence").mkdir()

    async def scene() -> None:
        async with Recorder({"/": "<title>home</title>", "/file": "what is taken"}) as product:
            known = Environment(
                urls={"app": f"http://{host}:{product.port}"},
                bounds=Bounds(page_seconds=2),
                control=(product.url,),
                protected=protected,
            )
            run = make_run(folder, known)
            run.browser = _room(run, address)
            try:
                await work(run, product)
            finally:
                await run.close()

    asyncio.run(scene())


def _flow(run: Run) -> Flow:
    flow = run.flow((), "check", lambda _: None)
    flow.task = asyncio.current_task()
    return flow


def _warnings(folder: Path) -> list[str]:
    return [entry["text"] for entry in journal(folder) if entry["kind"] == "warning"]


@needs_browser
def test_others_in_the_same_browser_are_left_alone(tmp_path: Path) -> None:
    """Their pages may send what ours may not, they are there when we have gone, and so is the browser."""
    with debugged_browser() as (address, process):

        async def work(run: Run, product: Recorder) -> None:
            async with async_playwright() as playwright, Recorder() as stranger:
                others = await playwright.chromium.connect_over_cdp(address)
                theirs = await others.new_page()
                flow = _flow(run)
                ours = await flow.page(None)
                for page in (theirs, ours):
                    await page.goto(product.url)
                product.heard.clear()
                script = """async stranger => {
                  await fetch("/w", {method: "POST"}).catch(() => 0);
                  await fetch(stranger, {mode: "no-cors", method: "POST"}).catch(() => 0);
                }"""
                await ours.evaluate(script, stranger.url)
                assert (product.heard, stranger.heard) == ([], [])
                assert ["/w was not sent" in one.what for one in flow.permit.refusals] == [True]
                await theirs.evaluate(script, stranger.url)
                assert (product.heard, stranger.heard) == (["POST /w"], ["POST /"])
                await flow.close()
                await run.browser.stop()
                assert await theirs.title() == "home"
                session = await others.new_browser_cdp_session()
                left = await session.send("Target.getBrowserContexts")
                assert len(left["browserContextIds"]) == 1
                await others.close()

        _scene(tmp_path, address, work)
        assert process.poll() is None
    assert len([text for text in _warnings(tmp_path) if "meant to send" in text]) == 1


@needs_browser
def test_a_protected_environment_wants_one_that_sends_no_datagrams(tmp_path: Path) -> None:
    async def work(run: Run, _: Recorder) -> None:
        with pytest.raises(ProbeError, match="Start it with --force-webrtc"):
            await run.browser.browser()

    with debugged_browser() as (address, _):
        _scene(tmp_path, address, work, protected=True)


@needs_browser
def test_files_and_traces_come_over_from_a_server(tmp_path: Path) -> None:
    async def work(run: Run, product: Recorder) -> None:
        flow = _flow(run)
        page = await flow.page(None)
        await page.goto(product.url)
        async with page.expect_download() as started:
            await page.evaluate(
                """() => { const a = document.createElement("a"); a.href = "/file";
                a.download = "x"; document.body.append(a); a.click() }"""
            )
        assert await content(await started.value) == b"what is taken"
        assert (await page.screenshot()).startswith(b"\x89PNG")
        await flow.close()

    with playwright_server() as address:
        _scene(tmp_path, address, work)
    assert [file.name for file in (tmp_path / "evidence").glob("*.zip")] == ["check-1.zip"]


@needs_browser
def test_one_that_falls_silent_or_ends_is_lost_and_the_product_is_not_blamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser_endpoint, "PULSE_SECONDS", 0.3)
    monkeypatch.setattr(browser_endpoint, "SILENT_SECONDS", 1.5)
    monkeypatch.setattr(browser_endpoint, "_GRACE_SECONDS", 0.5)
    for waited in ("_GRACE_SECONDS", "_CLOSE_SECONDS"):
        monkeypatch.setattr(browser, waited, 0.5)
    with debugged_browser() as (address, process):

        async def work(run: Run, product: Recorder) -> None:
            relay = Relay(address)
            run.browser = _room(run, await relay.start())
            flow = _flow(run)
            page = await flow.page(None)
            await page.goto(product.url)
            relay.silent = True
            judged = asyncio.create_task(judge(flow, AssertionError("x")))
            with pytest.raises(asyncio.CancelledError):
                await page.evaluate("new Promise(() => 0)")
            assert flow.outlived_browser()
            assert (await judged).outcome is Outcome.BLOCKED
            await flow.close()
            relay.silent = False
            await run.browser.browser()  # once more, as after a crash
            relay.stop()

            async def gone() -> int:
                return run.browser.crashes

            await until(gone, lambda n: n == 2, what="it is noticed", seconds=10)
            with pytest.raises(ProbeError, match="was lost twice"):
                await run.browser.browser()

        _scene(tmp_path, address, work)
        assert process.poll() is None
    told = [text for text in _warnings(tmp_path) if "was lost" in text]
    assert [text[-3:] for text in told] == ["(1)", "(2)"]


@needs_browser
def test_a_place_without_a_way_to_the_product_is_not_the_products_failure(tmp_path: Path) -> None:
    """This machine reaches it, the browser does not: it knows no such name."""
    with debugged_browser("--host-resolver-rules=MAP localhost ~NOTFOUND") as (address, _):

        async def work(run: Run, product: Recorder) -> None:
            flow = _flow(run)
            page = await flow.page(None)
            with pytest.raises(Exception, match="ERR_NAME_NOT_RESOLVED") as error:
                await page.goto(f"http://localhost:{product.port}/")
            judged = await judge(flow, error.value)
            assert judged.outcome is Outcome.BLOCKED
            assert "had no answer from http://localhost" in judged.note
            assert "while this machine has" in judged.note
            await flow.close()

        _scene(tmp_path, address, work, host="localhost")
