"""The end of a run removes all that it made, whatever moment it was ended at."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from postdeploy.engine import Engine
from postdeploy.flow import Flow
from postdeploy.ledger import Unannounced
from postdeploy.naming import name_of
from postdeploy.run import Run
from postdeploy.shared import Shared
from selftests.unit.leftover_product import KINDS, MINE, Product, in_run, make_run
from selftests.unit.small_runs import journal, ticket

NAME = name_of(MINE, "policy.pdf")


@pytest.fixture
def product() -> Product:
    return Product()


@pytest.fixture
def run(product: Product, tmp_path: Path) -> Run:
    return make_run(tmp_path, product)


def ended(run: Run, check: Callable[[Flow], Awaitable[None]], until: Callable[[], bool]) -> None:
    """A run that is stopped as soon as `until` says so, with the check wherever it is then."""
    engine = Engine(lambda: run)
    engine.start([ticket(check, grants=frozenset(KINDS))])
    deadline = time.monotonic() + 20
    while not until():
        assert time.monotonic() < deadline, "the check did not come that far"
    engine.stop()


def on_disk(run: Run) -> list[tuple[str, str, str]]:
    path = run.ledger.path
    lines = [json.loads(text) for text in path.read_text().splitlines()] if path.exists() else []
    return [(line["what"], line["kind"], line["name"]) for line in lines if "kind" in line]


def test_the_intent_is_on_the_disk_when_the_create_is_sent(run: Run, product: Product) -> None:
    seen: list[tuple[str, str, str]] = []
    product.on_create = lambda _: seen.extend(on_disk(run))

    async def check(flow: Flow) -> None:
        entry = flow.intend("document", NAME)
        answer = await (await flow.client("member")).post("/documents", json={})
        entry.made(answer.json()["id"])

    in_run(run, check)
    assert seen == [("intended", "document", NAME)]


@pytest.mark.parametrize("announced", ["", "chat"])
@pytest.mark.parametrize("path", ["/documents", "/documents/", "/documents?vault=shared"])
def test_a_create_without_its_intent_is_never_sent(
    announced: str, path: str, run: Run, product: Product
) -> None:
    async def check(flow: Flow) -> None:
        if announced:
            flow.intend(announced, "New chat")
        other = run.maker("another flow", KINDS)
        other.intend("document", NAME)
        await (await flow.client("member")).post(path, json={})

    with pytest.raises(Unannounced, match=r'call flow\.intend\("document", …\) before it'):
        in_run(run, check)
    assert product.asked == []


def test_each_create_needs_an_intent_of_its_own(run: Run, product: Product) -> None:
    async def check(flow: Flow) -> None:
        client = await flow.client("member")
        entry = flow.intend("document", NAME)
        entry.made((await client.post("/documents", json={})).json()["id"])
        await client.post("/documents", json={})

    with pytest.raises(Unannounced):
        in_run(run, check)
    assert product.asked == ["POST /documents"]


def test_what_no_answer_told_of_is_found_by_its_name(
    run: Run, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postdeploy.removal._ANSWER_SECONDS", 0.1)

    def arrive(_: httpx.Request) -> None:
        product.put("document", "d", NAME)
        raise httpx.ReadTimeout("no answer")

    product.on_create = arrive

    async def check(flow: Flow) -> None:
        flow.intend("document", NAME)
        await (await flow.client("member")).post("/documents", json={})

    engine = Engine(lambda: run)
    engine.start([ticket(check, grants=frozenset(KINDS))])
    engine.wait("check")
    engine.stop()
    assert (product.ids(), product.deleted) == (set(), [("member.1@harbor.example", "d")])
    assert not [entry for entry in journal(run.folder) if entry["kind"] == "leftover"]


def test_what_arrives_after_the_end_was_asked_for_is_waited_for(
    run: Run, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postdeploy.removal._PAUSE_SECONDS", 0.01)
    answer, looks = product.answer, 0

    async def slow(request: httpx.Request) -> httpx.Response:
        nonlocal looks
        if request.method == "POST":
            product.asked.append("POST")
            await asyncio.Event().wait()
        looks += 1
        if looks == 9:  # the third look: the product has now worked off what was cut off
            product.put("document", "d", NAME)
        return answer(request)

    run._transport = httpx.MockTransport(slow)  # type: ignore[assignment]

    async def check(flow: Flow) -> None:
        flow.intend("document", NAME)
        await (await flow.client("member")).post("/documents", json={})

    ended(run, check, lambda: "POST" in product.asked)
    assert product.ids() == set()
    assert product.deleted == [("member.1@harbor.example", "d")]


def test_what_is_on_the_way_to_be_made_is_made_no_more(run: Run, product: Product) -> None:
    reached: list[str] = []

    async def make(flow: Flow) -> str:
        reached.append("making")
        try:
            await asyncio.sleep(60)
        finally:
            flow.intend("document", NAME)
        return ""

    async def check(flow: Flow) -> None:
        await flow.shared(Shared("a document", make))

    ended(run, check, lambda: bool(reached))
    assert (on_disk(run), product.asked) == ([], [])


def test_a_check_that_will_not_end_does_not_keep_things_from_being_removed(
    run: Run, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postdeploy.engine._ENDING_SECONDS", 0.1)
    product.put("document", "d", NAME)
    stuck: list[str] = []

    async def check(flow: Flow) -> None:
        flow.intend("document", NAME).made("d")
        stuck.append("")
        while product.ids():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0.002)

    ended(run, check, lambda: bool(stuck))
    assert product.ids() == set()


def test_a_thing_without_an_intent_is_found_and_told(run: Run, product: Product) -> None:
    product.put("document", "d", NAME)
    product.put("document", "w", name_of(f"{MINE}-gw1", "policy.pdf"))
    product.put("document", "o", name_of("261121-101500-4f2b", "policy.pdf"))
    done: list[str] = []

    async def check(flow: Flow) -> None:
        flow.intend("document", name_of(MINE, "binder.pdf")).made("gone")
        done.append("")

    ended(run, check, lambda: bool(done))
    assert product.ids() == {"w", "o"}
    (warning,) = [entry["text"] for entry in journal(run.folder) if entry["kind"] == "warning"]
    assert warning == f"the document {NAME} was made without an intent in the ledger"


def test_what_was_refused_stands_for_nothing_that_is_found(run: Run, product: Product) -> None:
    product.put("document", "d", NAME)
    answer = product.answer

    def refusing(request: httpx.Request) -> httpx.Response:
        return httpx.Response(403) if request.method == "POST" else answer(request)

    run._transport = httpx.MockTransport(refusing)  # type: ignore[assignment]

    async def check(flow: Flow) -> None:
        flow.intend("document", "to be refused")
        await (await flow.client("member")).post("/documents", json={})

    engine = Engine(lambda: run)
    engine.start([ticket(check, grants=frozenset(KINDS))])
    engine.wait("check")
    engine.stop()
    told = [entry["text"] for entry in journal(run.folder) if entry["kind"] == "warning"]
    assert (product.ids(), told) == (
        set(),
        [f"the document {NAME} was made without an intent in the ledger"],
    )


def test_what_may_have_been_made_and_cannot_be_looked_for_is_told(
    run: Run, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postdeploy.removal._ANSWER_SECONDS", 0.1)
    product.broken = "/documents"

    async def check(flow: Flow) -> None:
        flow.intend("document", NAME)
        await (await flow.client("member")).post("/documents", json={})

    engine = Engine(lambda: run)
    engine.start([ticket(check, grants=frozenset(KINDS))])
    engine.wait("check")
    engine.stop()
    (left,) = [entry for entry in journal(run.folder) if entry["kind"] == "leftover"]
    assert (left["title"], left["id"]) == (f"document {NAME}", "")
    assert left["note"] == "no answer told whether it was made, and no list could be had"


def test_a_clean_up_that_is_hurried_tells_what_it_leaves(run: Run, product: Product) -> None:
    answer = product.answer
    product.put("document", "d", NAME)
    waiting: list[str] = []

    async def stuck(request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE":
            waiting.append("")
            await asyncio.Event().wait()
        return answer(request)

    run._transport = httpx.MockTransport(stuck)  # type: ignore[assignment]

    async def check(flow: Flow) -> None:
        flow.intend("document", NAME).made("d")

    engine = Engine(lambda: run)
    engine.start([ticket(check, grants=frozenset(KINDS))])
    engine.wait("check")
    _hurry_when(engine, lambda: bool(waiting))
    engine.stop()
    (left,) = [entry for entry in journal(run.folder) if entry["kind"] == "leftover"]
    assert (left["id"], "cut off after" in left["note"], engine.left) == ("d", True, 1)


def _hurry_when(engine: Engine, ready: Callable[[], bool]) -> None:
    def watch() -> None:
        while not ready():
            time.sleep(0.005)
        engine.hurry()

    threading.Thread(target=watch, daemon=True).start()


def test_a_list_that_cannot_be_had_is_a_warning(run: Run, product: Product) -> None:
    product.put("document", "d", NAME)
    product.broken = "/documents"
    done: list[str] = []

    async def check(flow: Flow) -> None:
        flow.intend("document", NAME).made("d")
        done.append("")

    ended(run, check, lambda: bool(done))
    assert product.ids() == set()
    told = [entry["text"] for entry in journal(run.folder) if entry["kind"] == "warning"]
    assert [text for text in told if text.startswith("not looked for among what the run made")]
