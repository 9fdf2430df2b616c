"""No page, whatever it does, holds a check beyond its deadline: each ends with a sentence, and so does the run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from postdeploy import responding
from postdeploy.downloads import ended
from postdeploy.engine import Engine
from postdeploy.flow import Flow
from postdeploy.launching import BrowserOptions, find_browser
from postdeploy.pages.qumis.arrival import Journey, texts
from postdeploy.run import Run
from postdeploy.settings import Settings
from postdeploy.target import Bounds, Environment
from postdeploy.ticket import Result, Ticket
from selftests.unit.hostile import Hostile, hostile
from selftests.unit.small_runs import Body, make_run, ticket

ROOT = Path(__file__).resolve().parents[2]
_SECONDS = 5


def opening(server: Hostile, path: str, wait_until: str = "commit") -> Body:
    """A check that opens the page and looks for what comes last on it."""

    async def check(flow: Flow) -> None:
        async with flow.check.item(path):
            page = await flow.page(None)
            await page.goto(f"{server.url}/{path}", wait_until=wait_until)  # type: ignore[arg-type]
            await asyncio.sleep(0.3)
            await page.get_by_role("heading", level=2).wait_for()

    check.__name__ = path
    return check


def evaluating(server: Hostile) -> Body:
    """A check that asks a page which holds itself, and which nobody has given a deadline."""

    async def check(flow: Flow) -> None:
        async with flow.check.item("evaluating"):
            page = await flow.page(None)
            await page.goto(f"{server.url}/held", wait_until="commit")
            await asyncio.sleep(0.3)
            await page.evaluate("document.title")

    check.__name__ = "evaluating"
    return check


def reading(server: Hostile) -> Body:
    """A check that reads a page which holds itself as page objects do."""

    async def check(flow: Flow) -> None:
        async with flow.check.item("reading"):
            page = await flow.page(None)
            await page.goto(f"{server.url}/held", wait_until="commit")
            await asyncio.sleep(0.3)
            await texts(page.get_by_role("heading"))

    check.__name__ = "reading"
    return check


def downloading(server: Hostile) -> Body:
    """A check that takes a download which does not end."""

    async def check(flow: Flow) -> None:
        async with flow.check.item("downloading"):
            page = await flow.page(None)
            await page.goto(f"{server.url}/offers")
            async with page.expect_download() as started:
                await page.get_by_role("link").click()
            assert not await ended(await started.value, _SECONDS)

    check.__name__ = "downloading"
    return check


def travelling(server: Hostile) -> Body:
    """A check that follows redirects without end as a sign-in does."""

    async def check(flow: Flow) -> None:
        async with flow.check.item("travelling"):
            page = await flow.page(None)
            async with Journey(page, [server.url], _SECONDS) as journey:
                with_end = page.goto(f"{server.url}/redirect", wait_until="commit")
                await asyncio.gather(with_end, return_exceptions=True)
                await journey.arrive("the form", page.get_by_role("textbox"))

    check.__name__ = "travelling"
    return check


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Result]]:
    """All of them in one browser, and how each ended."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "evidence").mkdir()
    with hostile() as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(responding, "RESPONSE_SECONDS", 2.0)
        patch.setattr("postdeploy.pages.qumis.arrival.RESPONSE_SECONDS", 2.0)
        bounds = Bounds(page_seconds=_SECONDS, check_seconds=25)
        environment = Environment(
            bounds=bounds, urls={"app": server.url}, control=(f"{server.url}/packed",)
        )
        engine = Engine(lambda: with_browser(make_run(folder, environment)))
        checks = [
            ticket(opening(server, p), p) for p in ("spinning", "alert", "silent", "redirect")
        ]
        checks += [ticket(opening(server, p), p) for p in ("drip", "endless-headers", "not-gzip")]
        checks += [ticket(opening(server, "unsettled", "load"), "unsettled")]
        checks += [ticket(opening(server, "listens", "networkidle"), "listens")]
        more = (evaluating, reading, downloading, travelling)
        checks += [ticket(make(server), make.__name__) for make in more]
        yield play(engine, checks)


def with_browser(run: Run) -> Run:
    """The run with the browser of this machine."""
    found = find_browser(None, ROOT)
    facts = replace(run.facts, retry=False)
    return Run(facts, run.target, Settings({}, {}), BrowserOptions(), found, "")


def play(engine: Engine, checks: list[Ticket]) -> Mapping[str, Result]:
    began = time.monotonic()
    engine.start(checks)
    results = {check.id: engine.wait(check.id) for check in checks}
    engine.stop()
    took = time.monotonic() - began
    assert took < 100, f"the run took {took:.0f} s"
    return results


@pytest.mark.parametrize(
    ("name", "outcome", "told"),
    [
        ("spinning", "failed", 'Timeout 5000ms exceeded. waiting for get_by_role("heading"'),
        ("unsettled", "failed", "Page.goto: Timeout 5000ms exceeded. navigating to "),
        ("listens", "passed", ""),
        ("silent", "failed", "Page.goto: Timeout 5000ms exceeded. navigating to "),
        ("drip", "failed", "Timeout 5000ms exceeded"),
        ("redirect", "failed", "net::ERR_TOO_MANY_REDIRECTS"),
        ("endless-headers", "failed", "net::ERR_RESPONSE_HEADERS_TOO_BIG"),
        ("not-gzip", "failed", "Timeout 5000ms exceeded"),
        ("evaluating", "failed", "does not respond within 2 s: a script of its own holds it"),
        ("reading", "failed", "does not respond within 2 s: a script of its own holds it"),
        ("downloading", "failed", "'a.bin' began and did not end within 5 s"),
        ("travelling", "failed", "it redirects without end"),
        ("alert", "passed", ""),
    ],
)
def test_each_page_ends_within_its_deadline_with_a_sentence(
    played: Mapping[str, Result], name: str, outcome: str, told: str
) -> None:
    (entry,) = played[name].entries
    assert (entry["outcome"], told in entry["note"]) == (outcome, True), entry["note"]
