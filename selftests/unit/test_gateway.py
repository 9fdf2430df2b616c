"""What a load balancer answers in the product's place is asked for again, told, and never forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
from playwright.async_api import BrowserContext, Page, Response

from postdeploy import gateway
from postdeploy.gateway import Disturbances, is_gateways, loaded, watch

APP = "https://app.example"


@pytest.mark.parametrize(
    ("status", "kind", "gateways"),
    [
        (502, "text/html", True),
        (503, "text/html; charset=utf-8", True),
        (504, "text/plain", True),
        (503, "application/json", False),
        (502, "", False),
        (500, "text/html", False),
        (200, "text/html", False),
    ],
)
def test_a_gateways_answer_is_told_from_the_products(
    status: int, kind: str, gateways: bool
) -> None:
    assert is_gateways(status, kind) is gateways


class Scene:
    """A page whose loads are answered in turn: each load has statuses for its document and its script."""

    def __init__(self, *loads: tuple[int, int]) -> None:
        self.left = list(loads)
        self.found = Disturbances()
        self._hear: dict[str, Callable[[Any], None]] = {}
        context = _Context(self)
        self.page = cast(Page, _Page(context))
        watch(cast(BrowserContext, context), self.found, [APP])

    def heard(self, event: str, look: Callable[[Any], None]) -> None:
        self._hear[event] = look

    def answers(self, status: int, kind: str, url: str = f"{APP}/x?y=1") -> None:
        request = SimpleNamespace(method="GET", resource_type=kind)
        headers = {"content-type": "text/html"}
        told = {"url": url, "status": status, "headers": headers, "request": request}
        self._hear["response"](SimpleNamespace(frame=SimpleNamespace(page=self.page), **told))

    def fails(self, url: str) -> None:
        self._hear["requestfailed"](SimpleNamespace(method="GET", url=url))

    async def load(self) -> Response:
        document, script = self.left.pop(0)
        self.answers(document, "document")
        self.answers(script, "script")
        return cast(Response, SimpleNamespace(status=document))


class _Context:
    def __init__(self, scene: Scene) -> None:
        self.on = scene.heard


class _Page:
    def __init__(self, context: _Context) -> None:
        self.context = context
        self.reloads: list[str] = []

    async def reload(self, *, wait_until: str) -> None:
        self.reloads.append(wait_until)

    async def wait_for_load_state(self, state: str, *, timeout: float) -> None:  # noqa: ASYNC109 - as Playwright has it
        assert (state, timeout) == ("domcontentloaded", 5000)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "PAUSES", (0.0, 0.0))


@pytest.mark.parametrize(
    ("loads", "status", "repeats"),
    [
        ([(200, 200)], 200, 0),
        ([(502, 200), (200, 200)], 200, 1),
        ([(200, 502), (200, 504), (200, 200)], 200, 2),
        ([(502, 200), (502, 200), (502, 200), (200, 200)], 502, 2),
        ([(404, 200)], 404, 0),
    ],
)
def test_a_page_is_loaded_again_for_its_document_and_its_scripts_and_twice_at_most(
    loads: Sequence[tuple[int, int]], status: int, repeats: int
) -> None:
    scene = Scene(*loads)
    response = asyncio.run(loaded(scene.page, scene.load, 5))
    assert response is not None
    assert (response.status, len(scene.found.repeats)) == (status, repeats)
    assert len(scene.found.answers) == sum(
        s in gateway.STATUSES for load in loads[:3] for s in load
    )


def test_what_a_page_asks_for_again_by_itself_is_told_and_not_loaded_again() -> None:
    scene = Scene((200, 200))
    scene.answers(502, "fetch")
    asyncio.run(loaded(scene.page, scene.load, 5))
    assert scene.found.answers == [f"502 to GET {APP}/x"]
    assert scene.found.repeats == []


@pytest.mark.parametrize(
    ("status", "kind", "answers"),
    [
        (502, "text/html", [f"502 to GET {APP}/x"]),
        (500, "text/html", []),
        (503, "application/json", []),
    ],
)
def test_what_a_page_may_not_read_is_a_gateways_as_well(
    status: int, kind: str, answers: list[str]
) -> None:
    scene = Scene()
    scene.found.passed(f"{APP}/x?y=1", status, kind)
    for _ in range(2):
        scene.fails(f"{APP}/x?y=1")
    scene.fails(f"{APP}/other")
    assert (scene.found.answers, scene.found.requests) == (answers, len(answers))


def test_third_parties_are_nobodys_gateway() -> None:
    scene = Scene()
    scene.answers(502, "script", "https://cdn.example/a.js")
    assert (scene.found.answers, scene.found.requests) == ([], 0)


def test_each_repetition_is_told_once() -> None:
    found = Disturbances(repeats=["one"])
    assert [found.untold(), found.untold()] == [["one"], []]
    found.repeats.append("two")
    assert found.untold() == ["two"]


def test_a_script_that_comes_late_has_its_page_loaded_again_and_twice_at_most() -> None:
    scene = Scene()

    async def go_on() -> None:
        for _ in range(3):
            scene.answers(502, "script")
        await asyncio.gather(*scene.found.reloads)

    asyncio.run(go_on())
    assert cast(_Page, scene.page).reloads == ["commit", "commit"]
    assert len(scene.found.repeats) == 2
