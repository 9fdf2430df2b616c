"""Behind a proxy of this machine the outer wall passes on what is for declared hosts, and nothing else."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from postdeploy.browser import BrowserRoom
from postdeploy.launching import BrowserOptions, find_browser
from postdeploy.policy.wall import Wall
from postdeploy.probes.proxy import Proxies
from postdeploy.target import Environment
from selftests.plugin.product import closed_port
from selftests.unit.recording import Recorder
from selftests.unit.small_runs import make_run

ROOT = Path(__file__).resolve().parents[2]


async def _asked(port: int, request: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.replace("\n", "\r\n").encode())
    answer = await reader.read()
    writer.close()
    return answer


def _answers(proxy_of: Mapping[str, str], *requests: str) -> tuple[list[bytes], list[str]]:
    heard: list[str] = []

    def hear(method: str, host: str) -> str:
        heard.append(f"{method} {host}")
        return proxy_of.get(host, "")

    async def scene() -> list[bytes]:
        wall = Wall(hear)
        port = await wall.start()
        answers = [await _asked(port, request) for request in requests]
        await wall.stop()
        return answers

    return asyncio.run(scene()), heard


def test_whatever_is_asked_is_heard_and_refused() -> None:
    requests = (
        "CONNECT evil.example:443 HTTP/1.1\n\n",
        "GET http://evil.example/x HTTP/1.1\nHost: evil.example\n\n",
    )
    answers, heard = _answers({}, *requests)
    assert [answer.split()[1] for answer in answers] == [b"403", b"403"]
    assert heard == ["CONNECT evil.example:443", "GET evil.example:80"]


def test_what_is_no_request_is_answered_by_nothing() -> None:
    answers, heard = _answers({}, "\n\n", "GET /x HTTP/1.1\n\n")
    assert (answers, heard) == ([b"", b""], [])


def test_a_proxy_that_is_not_there_is_told_as_one() -> None:
    proxy = closed_port()
    answers, _ = _answers({"own.example:443": proxy}, "CONNECT own.example:443 HTTP/1.1\n\n")
    assert answers[0].split()[1] == b"502"


def test_pages_come_through_the_proxy_and_the_policy_holds_there(tmp_path: Path) -> None:
    if find_browser(None, ROOT) is None:
        pytest.skip("this machine has no browser of its own")
    (tmp_path / "evidence").mkdir()

    async def scene() -> tuple[list[str], list[dict[str, str]], str, list[str], int]:
        async with Recorder() as product, Recorder() as proxy, Recorder() as stranger:
            proxy.pages[f"{product.url}/"] = "<title>through</title>"
            run = make_run(tmp_path, Environment(urls={"app": product.url}))
            server = proxy.url.replace("://", "://me:secret@")
            known = SimpleNamespace(
                of=lambda url: server if product.url in url else "", for_browser=lambda: None
            )
            run.proxies = cast(Proxies, known)
            run.browser = BrowserRoom(run, BrowserOptions(), find_browser(None, ROOT))
            flow = run.flow((), "check", lambda _: None)
            page = await flow.page(None)
            await page.goto(product.url)
            title = await page.title()
            script = """async stranger => {
              await fetch("/w", {method: "POST"}).catch(() => 0);
              await fetch(stranger, {mode: "no-cors"}).catch(() => 0);
              await new Promise(done => {
                const picture = new Image(); picture.onerror = done; picture.src = stranger + "/x";
              });
            }"""
            await page.evaluate(script, stranger.url)
            await flow.close()
            await run.close()
            refused = [one.what for one in flow.permit.refusals]
            reached = product.connections + stranger.connections
            return proxy.heard, proxy.headers, title, refused, reached

    heard, headers, title, refused, reached = asyncio.run(scene())
    assert title == "through"
    assert reached == 0, "nobody was asked past the proxy"
    assert [line.split()[0] for line in heard] == ["GET"] * len(heard)
    login = base64.b64encode(b"me:secret").decode()
    assert all(one["proxy-authorization"] == f"Basic {login}" for one in headers)
    assert len(refused) == 1
    assert "/w was not sent" in refused[0]


def test_the_wall_knows_no_other_kind_of_proxy() -> None:
    places: dict[str, Any] = {"own.example:443": "socks5://127.0.0.1:9"}
    answers, _ = _answers(places, "CONNECT own.example:443 HTTP/1.1\n\n")
    assert answers[0].split()[1] == b"502"
