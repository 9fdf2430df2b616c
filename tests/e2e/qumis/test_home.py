"""The home page itself, and the nine tools on it."""

from __future__ import annotations

import pytest
from playwright.async_api import ConsoleMessage, Error, Page

from postdeploy.check import Step
from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.pages.qumis.home import HomePage
from postdeploy.policy import Policy
from postdeploy.target import Tile
from postdeploy.waiting import quiet, until

TILES = (
    "chat-with-documents",
    "compare-documents",
    "claims",
    "create-coverage-table",
    "policy-analysis",
    "documents-vault",
    "contracts",
    "custom-reporting",
    "legal-search",
)


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.covers("home.loads", "home.console-clean")
async def test_home_page(flow: Flow) -> None:
    """The home page answers 200, renders, and keeps the browser's console clean."""
    page = await flow.page("member")
    errors = _errors_of(page, flow.run.policy)
    async with flow.check.item("home.loads", expected="200, greeting, search bar, tools") as step:
        await _renders(HomePage(page, flow.target), step)
    async with flow.check.item("home.console-clean", expected="no error") as step:
        await quiet(flow.environment.bounds.settle_seconds)
        step.saw("; ".join(errors) or "no error")
        assert not errors, f"{len(errors)} error(s) while the home page loaded: {'; '.join(errors)}"


async def _renders(home: HomePage, step: Step) -> None:
    status = await home.open()
    step.saw(f"HTTP {status}")
    assert status == 200, f"the home page answered {status}"
    face = await home.settled()
    step.saw(f"HTTP {status}, heading {face.heading!r}, alerts {list(face.alerts)}")
    assert await home.greeting.is_visible(), f"the home page is headed {face.heading!r}"
    assert await home.search_box.is_visible(), "the home page has no search bar"
    assert await home.tile_names(), "the home page has no tools"
    assert not face.alerts, f"the home page shows {face.alerts[0]!r}"


def _errors_of(page: Page, policy: Policy) -> list[str]:
    """A list that fills with the page's console errors and uncaught exceptions.

    Not with what the console says of requests to hosts that the run itself has blocked.
    """
    errors: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            source = message.location.get("url", "").partition("?")[0]
            if not source or policy.lets_pages_ask(source):
                errors.append(f"console: {message.text} ({source})")

    def on_page_error(error: Error) -> None:
        errors.append(f"uncaught: {error.message}")

    page.on("console", on_console)
    page.on("pageerror", on_page_error)
    return errors


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.covers(*(f"home.tile.{name}" for name in TILES))
async def test_tiles(flow: Flow) -> None:
    """Each of the nine tools is on the home page and leads to its own page."""
    home = HomePage(await flow.page("member"), flow.target)
    missed = ""
    for name in TILES:
        async with flow.check.item(f"home.tile.{name}") as step:
            tile = _declared(flow, name)
            # Waited for nine times, and in a retry again, it would keep whoever has to decide.
            if missed:
                raise ProbeError(f"not reached: the home page did not come for {missed}")
            missed = name
            await home.open()
            missed = ""
            await _leads_to_its_page(home, tile, step)
            await _answers_by_itself(flow, home, step)


def _declared(flow: Flow, name: str) -> Tile:
    if name not in flow.environment.tiles:
        mend = f"Add it under tiles in {flow.target.file}, or declare the item not applicable"
        raise ProbeError(f"the target declares no tile {name!r}", mend=mend)
    return flow.environment.tiles[name]


async def _leads_to_its_page(home: HomePage, tile: Tile, step: Step) -> None:
    step.saw("", expected=f"a visible tile {tile.label!r} that leads to {tile.heading!r}")
    here = (await home.face()).heading
    count = await home.tile(tile.label).count()
    assert count == 1, f"{count} tools are called {tile.label!r}: {await home.tile_names()}"
    await home.tile(tile.label).click()
    await until(
        home.face,
        lambda face: face.heading not in ("", here),
        what=f"{tile.label!r} leads away from the home page",
        seconds=home.target.environment.bounds.page_seconds,
        every=0.2,
    )
    face = await home.settled()
    step.saw(f"{face.path} with heading {face.heading!r}, alerts {list(face.alerts)}")
    assert face.heading == tile.heading, f"{face.path} is headed {face.heading!r}"
    assert not face.alerts, f"{face.path} shows {face.alerts[0]!r}"


async def _answers_by_itself(flow: Flow, home: HomePage, step: Step) -> None:
    """The address that the tile has led to: a reload asks the server for it, as the click did not."""
    address = home.page.url.partition("?")[0].partition("#")[0]
    if not address.startswith(home.url("/")):
        return
    answer = await flow.http().get(address)
    step.saw(f"{step.observed}; its address answers {answer.status_code}")
    # Without a session a server may well lead to the login page, or refuse.
    gone = answer.status_code in (404, 410) or answer.status_code >= 500
    assert not gone, f"the tile leads there, and by itself {address} answers {answer.status_code}"
