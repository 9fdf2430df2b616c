"""The stand-in's lists: one's own things alone, page by page where a page is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from selftests.sandbox.backend_house import House, house


def in_house(visit: Callable[[House], Awaitable[None]]) -> None:
    async def scene() -> None:
        async with house() as built:
            await visit(built)

    asyncio.run(scene())


def test_documents_come_page_by_page_where_a_page_is_asked_for() -> None:
    async def visit(built: House) -> None:
        made = [await built.upload(built.mia, f"{n}.pdf") for n in range(3)]
        ids = [one["id"] for one in made][::-1]
        pages = [await built.get(f"/api/v1/documents?page={n}&per_page=2") for n in range(1, 4)]
        assert [[one["id"] for one in page["documents"]] for page in pages] == [
            ids[:2],
            ids[2:],
            [],
        ]
        assert {page["total"] for page in pages} == {3}
        whole = await built.get("/api/v1/documents")
        assert [one["id"] for one in whole["documents"]] == ids

    in_house(visit)


@pytest.mark.parametrize("query", ["page=0", "page=x", "per_page=-1"])
def test_a_page_that_is_no_number_is_refused(query: str) -> None:
    async def visit(built: House) -> None:
        assert (await built.mia.get(f"/api/v1/documents?{query}")).status_code == 422

    in_house(visit)


def test_reports_and_chats_are_listed_to_their_owner_alone() -> None:
    async def visit(built: House) -> None:
        document = await built.ready("a.pdf", vault="shared")
        report = await built.report("analysis", [document])
        await built.mia.post("/api/v1/chats", json={"report_id": report["id"]})
        kept = (await built.mia.post("/api/v1/chats", json={"document_ids": [document]})).json()
        await built.mia.post(f"/api/v1/chats/{kept['id']}/save", json={"title": "Kept"})
        (listed,) = (await built.get("/api/v1/reports"))["reports"]
        assert (listed["id"], listed["document_ids"]) == (report["id"], [document])
        assert listed["owner"] == "mia.member@harbor.example"
        saved = (await built.get("/api/v1/chats"))["chats"]
        assert [one["title"] for one in saved] == ["Kept"]
        chats = (await built.get("/api/v1/chats?saved=any"))["chats"]
        assert [one["title"] for one in chats] == ["Kept", "New chat"]
        assert chats[1]["report_id"] == report["id"]
        for path in ("reports", "chats?saved=any"):
            (rows,) = [
                rows
                for rows in (await built.get(f"/api/v1/{path}", built.tom)).values()
                if isinstance(rows, list)
            ]
            assert rows == []

    in_house(visit)
