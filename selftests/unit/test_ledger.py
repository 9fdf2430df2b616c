"""What a run makes is on disk before it is made, and is removed, or named as left behind."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import httpx
import pytest
from pydantic import SecretStr

from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.ledger import Entry, Ledger, Unannounced, left_by_others, unsettled
from postdeploy.settings import Person
from postdeploy.sweep import Remover
from postdeploy.target import Route

ROUTES = {"document": Route(method="DELETE", path="/documents/{id}")}


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.jsonl")


def made(ledger: Ledger, *ids: str, kind: str = "document") -> list[Entry]:
    entries = [ledger.intend(kind, f"thing {made_id}", "member") for made_id in ids]
    for entry, made_id in zip(entries, ids, strict=True):
        entry.made(made_id)
    return entries


def lines(ledger: Ledger) -> list[tuple[str, str]]:
    read = [json.loads(line) for line in ledger.path.read_text().splitlines()]
    return [(line["what"], line["id"]) for line in read]


class Product:
    """Answers removals with a status each, 204 where none is named."""

    def __init__(self, **statuses: int) -> None:
        self.statuses = statuses
        self.asked: list[str] = []
        self.raw: list[bytes] = []
        self.roles: list[str] = []

    async def client_for(self, who: Person | None) -> httpx.AsyncClient:
        self.roles.append(who.role if who else "")
        return httpx.AsyncClient(
            base_url="http://127.0.0.1", transport=httpx.MockTransport(self._answer)
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        self.raw.append(request.url.raw_path)
        return httpx.Response(self.statuses.get(request.url.path.rsplit("/", 1)[-1], 204))


def remover(
    client_for: Callable[[Person | None], Awaitable[httpx.AsyncClient]],
) -> Callable[[Entry], Awaitable[str]]:
    """Removes an entry as whoever made it."""
    flow = cast(Flow, SimpleNamespace(client_as=client_for, permit=SimpleNamespace()))
    remove = Remover(flow, ROUTES)

    async def removed(entry: Entry) -> str:
        return await remove(entry.kind, entry.id, person(entry.role or "", entry.number))

    return removed


def person(role: str, number: int = 1) -> Person:
    secret = SecretStr("secret")
    return Person(role, f"{role}.{number}@harbor.example", secret, secret, number)


def clean_up(ledger: Ledger, product: Product) -> list[tuple[str, str]]:
    left = asyncio.run(ledger.clean_up(remover(product.client_for)))
    return [(entry.id, why) for entry, why in left]


def test_an_intent_is_on_disk_before_anything_is_made(ledger: Ledger) -> None:
    ledger.intend("document", "policy", "member")
    assert lines(ledger) == [("intended", "")]


def test_things_are_removed_newest_first_as_the_role_that_made_them(ledger: Ledger) -> None:
    made(ledger, "d1", "d2")
    product = Product()
    assert clean_up(ledger, product) == []
    assert product.asked == ["DELETE /documents/d2", "DELETE /documents/d1"]
    assert product.roles == ["member", "member"]
    assert lines(ledger)[-2:] == [("removed", "d2"), ("removed", "d1")]


def test_what_is_gone_already_is_no_leftover(ledger: Ledger) -> None:
    made(ledger, "d1")
    assert clean_up(ledger, Product(d1=404)) == []


def test_what_was_intended_and_never_made_is_not_asked_for(ledger: Ledger) -> None:
    ledger.intend("document", "policy", "member")
    product = Product()
    assert (clean_up(ledger, product), product.asked) == ([], [])


def test_nothing_is_removed_twice(ledger: Ledger) -> None:
    made(ledger, "d1")
    product = Product()
    clean_up(ledger, product)
    clean_up(ledger, product)
    assert product.asked == ["DELETE /documents/d1"]


def test_a_refused_removal_is_a_leftover_and_keeps_no_other_from_being_removed(
    ledger: Ledger,
) -> None:
    made(ledger, "d1", "d2")
    assert clean_up(ledger, Product(d2=403)) == [("d2", "DELETE answered 403")]
    assert lines(ledger)[-1] == ("removed", "d1")


def test_a_kind_without_a_route_is_a_leftover_that_names_the_mend(ledger: Ledger) -> None:
    made(ledger, "c1", kind="chat")
    ((left, why),) = clean_up(ledger, Product())
    assert (left, why) == ("c1", "the target file declares no [cleanup] for a chat")


@pytest.mark.parametrize("error", [ProbeError("signed out"), LookupError("no such role")])
def test_whoever_cannot_be_signed_in_leaves_things_behind_and_says_why(
    ledger: Ledger, error: Exception
) -> None:
    made(ledger, "d1")

    async def nobody(_: Person | None) -> httpx.AsyncClient:
        raise error

    ((entry, why),) = asyncio.run(ledger.clean_up(remover(nobody)))
    assert (entry.id, str(error) in why) == ("d1", True)


def test_what_a_killed_worker_made_is_read_from_its_ledger(tmp_path: Path) -> None:
    killed = Ledger(tmp_path / "ledger-gw0.jsonl")
    made(killed, "d1")
    done = Ledger(tmp_path / "ledger-gw1.jsonl")
    made(done, "d2")
    asyncio.run(done.clean_up(remover(Product().client_for)))
    with killed.path.open("a") as file:
        file.write('{"what": "made", "kind": "docu')
    assert [line["id"] for line in left_by_others(tmp_path)] == ["d1"]


@pytest.mark.parametrize("folder", ["", "fresh"])
def test_the_file_and_its_names_are_synced_before_an_intent_is_handed_out(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr("os.fsync", lambda file: synced.append(os.fstat(file).st_ino))
    here = tmp_path / folder
    here.mkdir(exist_ok=True)
    ledger = Ledger(here / "ledger.jsonl")
    ledger.intend("document", "policy", "member")
    inode = {path: path.stat().st_ino for path in (ledger.path, here, here.parent)}
    assert synced == [inode[ledger.path], inode[here], inode[here.parent]]
    ledger.intend("document", "binder", "member")
    assert synced[3:] == [inode[ledger.path]]


def test_nothing_may_be_made_when_the_disk_does_not_take_the_intent(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        ledger.intend("document", "policy", "member")
    assert ledger.entries == []


def test_a_full_disk_keeps_nothing_from_being_removed(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(ledger, "d1", "d2")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    product = Product()
    assert clean_up(ledger, product) == []
    assert product.asked == ["DELETE /documents/d2", "DELETE /documents/d1"]


def test_half_a_line_spoils_no_other(ledger: Ledger) -> None:
    made(ledger, "d1")
    entry = ledger.intend("document", "binder", "member")
    with ledger.path.open("a") as file:
        file.write('{"what": "made", "kind": "docu')
    entry.made("d2")
    assert [line["id"] for line in left_by_others(ledger.path.parent)] == ["d1", "d2"]


def test_a_run_that_ends_makes_nothing_more(ledger: Ledger) -> None:
    ledger.closed = True
    with pytest.raises(Unannounced, match="the run is ending"):
        ledger.intend("document", "policy", "member")
    assert not ledger.path.exists()


@pytest.mark.parametrize("made_id", ["", ".", "..", "..."])
def test_an_id_that_would_ask_for_something_else_is_never_sent(made_id: str) -> None:
    product = Product()
    remove = Remover(
        cast(Flow, SimpleNamespace(client_as=product.client_for, permit=SimpleNamespace())), ROUTES
    )
    why = asyncio.run(remove("document", made_id, person("member")))
    assert ("is no id" in why, product.asked) == (True, [])


def test_an_id_is_one_segment_of_the_path_whatever_it_holds() -> None:
    product = Product()
    remove = Remover(
        cast(Flow, SimpleNamespace(client_as=product.client_for, permit=SimpleNamespace())), ROUTES
    )
    assert asyncio.run(remove("document", "../users/7?x=#y", person("member"))) == ""
    assert product.raw == [b"/documents/..%2Fusers%2F7%3Fx%3D%23y"]


def test_what_nobody_can_take_back_is_noted_and_not_asked_for(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl", remains=frozenset({"job"}))
    made(ledger, "j1", kind="job")
    product = Product()
    assert (clean_up(ledger, product), product.asked) == ([], [])
    assert lines(ledger) == [("intended", ""), ("remains", "j1")]
    assert left_by_others(tmp_path) == []


def test_a_ledger_that_was_looked_after_says_so(ledger: Ledger) -> None:
    assert not unsettled(ledger.path.parent)
    made(ledger, "d1")
    assert unsettled(ledger.path.parent)
    ledger.settled()
    assert not unsettled(ledger.path.parent)
