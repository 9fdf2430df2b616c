"""Requests of pages to the product that are never answered are noticed, and no others."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from playwright.async_api import BrowserContext

from postdeploy import traffic
from postdeploy.probes.http import Exchange
from postdeploy.traffic import TrafficWatch


class Scene:
    """A watched context whose requests are made up, and a clock that is set by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.noted: list[Exchange] = []
        self._handlers: dict[str, Callable[[Any], None]] = {}
        monkeypatch.setattr(traffic, "time", SimpleNamespace(monotonic=lambda: self.now))
        self.watch = TrafficWatch(["https://app.example"], 15, self.noted.append)
        self.context = cast(BrowserContext, _Context(self._handlers))
        self.watch.watch(self.context)

    def request(self, url: str = "https://app.example/api", failure: str | None = None) -> Any:
        request = _Request(url, failure)
        self._handlers["request"](request)
        return request

    def ends(self, how: str, request: Any) -> None:
        told = SimpleNamespace(request=request, status=200) if how == "response" else request
        self._handlers[how](told)

    def is_answered(self, request: Any, status: int) -> None:
        self._handlers["response"](SimpleNamespace(request=request, status=status))


class _Context:
    def __init__(self, handlers: dict[str, Callable[[Any], None]]) -> None:
        self.on = handlers.__setitem__


class _Request:
    resource_type = "fetch"
    frame = "the page's frame"

    def __init__(self, url: str, failure: str | None) -> None:
        self.method, self.url, self.failure = "GET", url, failure


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(monkeypatch)


def test_a_request_that_stays_open_is_late(scene: Scene) -> None:
    scene.request()
    scene.now = 14.9
    assert scene.watch.late() == []
    scene.now = 15.0
    (late,) = scene.watch.late()
    assert (late.url, late.timed_out) == ("https://app.example/api", True)


@pytest.mark.parametrize("how", ["response", "requestfinished", "requestfailed"])
def test_a_request_that_has_ended_is_not_late(scene: Scene, how: str) -> None:
    scene.ends(how, scene.request())
    scene.now = 60
    assert (scene.watch.late(), scene.noted) == ([], [])


def test_a_third_party_is_not_watched(scene: Scene) -> None:
    scene.request("https://cdn.example/a.js")
    scene.now = 60
    assert scene.watch.late() == []


@pytest.mark.parametrize(
    ("failure", "spent", "noted"),
    [
        ("net::ERR_TIMED_OUT", 1, 1),
        ("net::ERR_ABORTED", 1, 0),
        ("net::ERR_ABORTED", 15, 1),
        (None, 1, 0),
    ],
)
def test_only_a_failure_after_a_long_wait_or_by_time_is_noted(
    scene: Scene, failure: str | None, spent: float, noted: int
) -> None:
    request = scene.request(failure=failure)
    scene.now = spent
    scene.ends("requestfailed", request)
    assert [one.timed_out for one in scene.noted] == [True] * noted


def test_an_image_is_not_waited_for(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Request, "resource_type", "image")
    scene.request()
    scene.now = 100.0
    assert scene.watch.late() == []


def test_what_is_asked_for_while_a_context_closes_is_not_waited_for(scene: Scene) -> None:
    scene.watch.end(scene.context)
    scene.request()
    scene.now = 100.0
    assert (scene.watch.late(), scene.noted) == ([], [])


def test_a_context_that_closes_by_itself_is_judged_by_age_and_once(scene: Scene) -> None:
    old = scene.request()
    scene.now = 20.0
    young = scene.request()
    scene.ends("close", scene.context)
    for request in (old, young):
        scene.ends("requestfailed", request)
    assert [one.seconds for one in scene.noted] == [20.0]


def test_a_gateway_that_gave_up_is_a_timeout(scene: Scene) -> None:
    request = scene.request()
    scene.now = 3.0
    scene.is_answered(request, 504)
    assert [(one.seconds, one.timed_out) for one in scene.noted] == [(3.0, True)]


def test_any_other_refusal_is_none(scene: Scene) -> None:
    scene.is_answered(scene.request(), 502)
    assert scene.noted == []
