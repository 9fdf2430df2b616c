"""In Chromium: what a gateway answers to a page's script is known, though no page may read it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from postdeploy.browser import BrowserRoom
from postdeploy.gateway import Disturbances
from postdeploy.launching import BrowserOptions, find_browser
from postdeploy.run import Run
from postdeploy.target import Environment, Writes
from selftests.unit.recording import Recorder
from selftests.unit.small_runs import make_run

ROOT = Path(__file__).resolve().parents[2]
_BAD = "502 Bad Gateway"
_ASK = "async ([url, method]) => { try { return (await fetch(url, {method})).status } catch { return 0 } }"


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """As a balancer, at /gateway, and as a product that has broken down outside its CORS headers, elsewhere."""
    line = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0]
    status = _BAD if b"/gateway" in line else "500 Internal Server Error"
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"
    writer.write(head.encode() + b"no")
    await writer.drain()
    writer.close()


async def _asked(run: Run, *wishes: tuple[str, str]) -> tuple[list[int], Disturbances]:
    flow = run.flow((), "check", lambda _: None, frozenset({"thing"}), "test_x")
    flow.exempt = True
    page = await flow.page(None)
    await page.goto(run.environment.urls["app"])
    read = [int(await page.evaluate(_ASK, list(wish))) for wish in wishes]
    found = flow.gateway
    await flow.close()
    return read, found


def test_a_gateways_answer_without_cors_headers_is_known_and_the_products_is_not_excused(
    tmp_path: Path,
) -> None:
    browser = find_browser(None, ROOT)
    if browser is None:
        pytest.skip("this machine has no browser of its own")
    (tmp_path / "evidence").mkdir()

    async def scene() -> None:
        api = await asyncio.start_server(_serve, "127.0.0.1", 0)
        address = f"http://127.0.0.1:{api.sockets[0].getsockname()[1]}"
        async with Recorder() as product, api:
            writes = {"thing": Writes(requests=("POST /gateway",), at=("api",))}
            urls = {"app": product.url, "api": address}
            run = make_run(tmp_path, Environment(urls=urls, writes=writes))
            run.browser = BrowserRoom(run, BrowserOptions(), browser)
            try:
                wishes = [(f"{address}/{part}", "GET") for part in ("gateway", "broken")]
                read, found = await _asked(run, *wishes, (f"{address}/gateway", "POST"))
                assert read == [0, 0, 0]
                words = [f"502 to {method} {address}/gateway" for method in ("GET", "POST")]
                assert found.answers == words
                read, found = await _asked(run, (f"{product.url}/fine", "GET"))
                assert (read, found.answers) == ([200], [])
            finally:
                await run.close()

    asyncio.run(scene())
