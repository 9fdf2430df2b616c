"""What a run makes is on disk before it is made, and is removed, or named as left behind."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from postdeploy.errors import ProbeError
from postdeploy.ledger import Entry, Ledger, left_by_others
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
        self.roles: list[str | None] = []

    async def client_for(self, role: str | None) -> httpx.AsyncClient:
        self.roles.append(role)
        return httpx.AsyncClient(
            base_url="http://127.0.0.1", transport=httpx.MockTransport(self._answer)
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        return httpx.Response(self.statuses.get(request.url.path.rsplit("/", 1)[-1], 204))


def clean_up(ledger: Ledger, product: Product) -> list[tuple[str, str]]:
    left = asyncio.run(ledger.clean_up(ROUTES, product.client_for))
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

    async def nobody(_: str | None) -> httpx.AsyncClient:
        raise error

    ((entry, why),) = asyncio.run(ledger.clean_up(ROUTES, nobody))
    assert (entry.id, str(error) in why) == ("d1", True)


def test_what_a_killed_worker_made_is_read_from_its_ledger(tmp_path: Path) -> None:
    killed = Ledger(tmp_path / "ledger-gw0.jsonl")
    made(killed, "d1")
    done = Ledger(tmp_path / "ledger-gw1.jsonl")
    made(done, "d2")
    asyncio.run(done.clean_up(ROUTES, Product().client_for))
    with killed.path.open("a") as file:
        file.write('{"what": "made", "kind": "docu')
    assert [line["id"] for line in left_by_others(tmp_path)] == ["d1"]
