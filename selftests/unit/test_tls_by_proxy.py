"""Through a real proxy by CONNECT to a product that speaks TLS: by HTTP and in the browser, within the policy."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from postdeploy import browser, launching
from postdeploy.browser import BrowserRoom
from postdeploy.launching import BrowserOptions, find_browser
from postdeploy.policy import Refused
from postdeploy.target import Environment
from selftests.unit.certificates import Authority
from selftests.unit.proxying import LOGIN, proxy
from selftests.unit.recording import Recorder
from selftests.unit.small_runs import journal, make_run

ROOT = Path(__file__).resolve().parents[2]
_PRODUCT = "https://product.test"
"""A name that only the proxy finds."""


def test_both_ways_lead_through_it_and_only_what_is_declared_arrives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = find_browser(None, ROOT)
    if found is None:
        pytest.skip("this machine has no browser of its own")
    (tmp_path / "evidence").mkdir()
    authority = Authority.make()
    tls = authority.server_context(tmp_path, host="product.test")
    environment = Environment(
        urls={"app": _PRODUCT, "api": _PRODUCT}, ca_file=str(authority.write(tmp_path))
    )

    def arguments(_: object) -> list[str]:
        # The browser goes by the machine's own store of authorities, in which a test puts nothing.
        return [*launching.launch_arguments([_PRODUCT]), "--ignore-certificate-errors"]

    async def scene() -> tuple[list[str], list[str], str, str, list[Refused]]:
        async with Recorder({"/": "<title>through</title>"}, tls) as product:
            with proxy("login", product.url) as machine:
                monkeypatch.setenv("HTTPS_PROXY", machine.url_with_login)
                run = make_run(tmp_path, environment)
                run.browser = BrowserRoom(run, BrowserOptions(), found)
                text = (await run.http_client().get(f"{_PRODUCT}/")).text
                with pytest.raises(Refused):
                    await run.http_client().post(f"{_PRODUCT}/by-http")
                flow = run.flow((), "check", lambda _: None)
                page = await flow.page(None)
                await page.goto(_PRODUCT)
                title = await page.title()
                await page.evaluate("""async () => {
                  await fetch("/by-page", {method: "POST"}).catch(() => 0);
                  await fetch("https://stranger.test/x", {mode: "no-cors"}).catch(() => 0);
                }""")
                await flow.close()
                run.warn(f"asked by way of {machine.url_with_login}")
                await run.close()
                return product.heard, machine.asked, text, title, flow.permit.refusals

    monkeypatch.setattr(browser, "launch_arguments", arguments)
    heard, asked, text, title, refusals = asyncio.run(scene())
    assert (text, title) == ("<title>through</title>", "through")
    assert set(heard) <= {"GET /", "GET /favicon.ico"}
    assert set(asked) == {"CONNECT product.test:443 HTTP/1.1"}
    assert ["/by-page was not sent" in one.what for one in refusals] == [True]
    assert not any(LOGIN[1] in str(entry) for entry in journal(tmp_path))
