"""How far things reach in a healthy stand-in, and which faults let them reach further or less far."""

from __future__ import annotations

from selftests.sandbox.backend_house import BINDER_PDF, POLICY_PDF, House, Symptom

DOCUMENTS = "/api/v1/documents"


async def neighbours_stay(house: House) -> None:
    """What is renamed and deleted is the one document that was named."""
    other, id_ = await house.ready("one.pdf"), await house.ready("two.pdf", BINDER_PDF)
    before = await house.get(f"{DOCUMENTS}/{other}")
    await house.mia.patch(f"{DOCUMENTS}/{id_}", json={"name": "three.pdf"})
    await house.mia.delete(f"{DOCUMENTS}/{id_}")
    assert await house.get(f"{DOCUMENTS}/{other}") == before


async def lists_are_ones_own(house: House) -> None:
    """A colleague's list names nothing of My Vault."""
    await house.ready("one.pdf")
    assert (await house.get(DOCUMENTS, house.tom))["documents"] == []


async def shared_files_open(house: House) -> None:
    """A colleague gets the file of a shared document."""
    id_ = await house.ready("one.pdf", vault="shared")
    assert (await house.tom.get(f"{DOCUMENTS}/{id_}/content")).content == POLICY_PDF


async def files_need_a_session(house: House) -> None:
    """Nobody gets no file."""
    id_ = await house.ready("one.pdf")
    assert (await house.nobody.get(f"{DOCUMENTS}/{id_}/content")).status_code == 401


async def every_download_is_whole(house: House) -> None:
    """A file is the same each time."""
    id_ = await house.ready("one.pdf")
    files = [(await house.mia.get(f"{DOCUMENTS}/{id_}/content")).content for _ in range(3)]
    assert files == [POLICY_PDF] * 3


async def uploads_tell_an_id(house: House) -> None:
    """Who uploads is told what to ask for."""
    assert (await house.upload(house.mia, "one.pdf"))["id"]


async def shared_documents_are_found(house: House) -> None:
    """The vault's search looks through the Shared Vault."""
    id_ = await house.ready("one.pdf", vault="shared")
    found = await house.get(f"{DOCUMENTS}?vault=shared&q=one.pdf")
    assert [item["id"] for item in found["documents"]] == [id_]


async def restored_is_ready(house: House) -> None:
    """A document that comes back can be used at once."""
    id_ = await house.ready("one.pdf")
    await house.mia.delete(f"{DOCUMENTS}/{id_}")
    await house.mia.post(f"{DOCUMENTS}/{id_}/restore")
    assert (await house.get(f"{DOCUMENTS}/{id_}"))["status"] == "Ready"


async def restored_can_be_read(house: House) -> None:
    """A document that comes back has the words that it had."""
    id_ = await house.ready("one.pdf")
    before = await house.get(f"{DOCUMENTS}/{id_}/pages")
    await house.mia.delete(f"{DOCUMENTS}/{id_}")
    await house.mia.post(f"{DOCUMENTS}/{id_}/restore")
    assert await house.get(f"{DOCUMENTS}/{id_}/pages") == before


async def found_by_its_name(house: House) -> None:
    """The vault's search knows a document by the name that it has now."""
    id_ = await house.ready("one.pdf")
    await house.mia.patch(f"{DOCUMENTS}/{id_}", json={"name": "two.pdf"})
    found = await house.get(f"{DOCUMENTS}?q=two.pdf")
    assert [item["id"] for item in found["documents"]] == [id_]


async def trash_is_not_found(house: House) -> None:
    """The vault's search leaves out what is in the trash."""
    await house.mia.delete(f"{DOCUMENTS}/{await house.ready('one.pdf')}")
    assert (await house.get(f"{DOCUMENTS}?q=one.pdf"))["documents"] == []


async def deleted_leaves_the_index(house: House) -> None:
    """A search of the index leaves out what is in the trash."""
    id_ = await house.ready("one.pdf")
    assert (await house.get("/api/v1/search?q=northwind"))["found"] == 1
    await house.mia.delete(f"{DOCUMENTS}/{id_}")
    assert (await house.get("/api/v1/search?q=northwind"))["found"] == 0


async def tags_are_kept(house: House) -> None:
    """A document has every tag that it was given, as it was given, also under another name."""
    address = f"{DOCUMENTS}/{await house.ready('one.pdf')}"
    for change in ({"add_tag": "one"}, {"add_tag": "Zwei Ö & 2"}, {"name": "two.pdf"}):
        await house.mia.patch(address, json=change)
    assert (await house.get(address))["tags"] == ["one", "Zwei Ö & 2"]


async def shared_goes_and_comes_back(house: House) -> None:
    """A shared document that is deleted is gone for all, and shared again when it is restored."""
    id_ = await house.ready("one.pdf", vault="shared")
    await house.mia.delete(f"{DOCUMENTS}/{id_}")
    assert (await house.get(DOCUMENTS, house.tom))["documents"] == []
    await house.mia.post(f"{DOCUMENTS}/{id_}/restore")
    assert [one["id"] for one in (await house.get(DOCUMENTS, house.tom))["documents"]] == [id_]


async def files_are_ones_own(house: House) -> None:
    """A colleague gets no file of My Vault."""
    id_ = await house.ready("one.pdf")
    assert (await house.tom.get(f"{DOCUMENTS}/{id_}/content")).status_code == 404


async def nobody_has_anything_made(house: House) -> None:
    """No report is made for whoever has no session."""
    wish = {"kind": "analysis", "document_ids": [await house.ready("one.pdf")]}
    assert (await house.nobody.post("/api/v1/reports", json=wish)).status_code == 401


async def nobody_changes_anything(house: House) -> None:
    """No document is tagged by whoever has no session."""
    address = f"{DOCUMENTS}/{await house.ready('one.pdf', vault='shared')}"
    answer = await house.nobody.patch(address, json={"add_tag": "mine"})
    assert answer.status_code == 401
    assert (await house.get(address))["tags"] == []


async def one_wish_makes_one_report(house: House) -> None:
    """What is asked for once is there once."""
    await house.report("analysis", [await house.ready("one.pdf")])
    assert len((await house.get("/api/v1/reports"))["reports"]) == 1


async def strangers_change_nothing(house: House) -> None:
    """Who may not see a document does nothing to it, whatever they are answered."""
    id_ = await house.ready("one.pdf", vault="shared")
    before = await house.get(f"{DOCUMENTS}/{id_}")
    stranger = house.olaf
    await stranger.patch(f"{DOCUMENTS}/{id_}", json={"add_tag": "mine"})
    await stranger.delete(f"{DOCUMENTS}/{id_}")
    assert await house.get(f"{DOCUMENTS}/{id_}") == before


async def every_picture_comes(house: House) -> None:
    """A page has its picture each time."""
    id_ = await house.ready("one.pdf")
    pictures = [await house.mia.get(f"{DOCUMENTS}/{id_}/pages/1.png") for _ in range(3)]
    assert [one.headers["content-type"] for one in pictures] == ["image/png"] * 3


async def reports_are_ones_own(house: House) -> None:
    """Another organisation reads no report, is told of none, and nobody gets its file."""
    report = await house.report("analysis", [await house.ready("one.pdf")])
    address, stranger = f"/api/v1/reports/{report['id']}", house.olaf
    assert (await stranger.get(address)).status_code == 404
    assert (await house.get("/api/v1/reports", stranger))["reports"] == []
    assert (await house.nobody.get(f"{address}/export.pdf")).status_code == 401


async def comparisons_are_ones_own(house: House) -> None:
    """Nor does it read a report of another kind."""
    ids = [await house.ready("one.pdf"), await house.ready("two.pdf", BINDER_PDF)]
    report = await house.report("comparison", ids)
    assert (await house.olaf.get(f"/api/v1/reports/{report['id']}")).status_code == 404


async def chats_are_ones_own(house: House) -> None:
    """Another organisation reads no chat, and is told of none."""
    made = (await house.mia.post("/api/v1/chats", json={})).json()
    address, stranger = f"/api/v1/chats/{made['id']}", house.olaf
    await house.mia.post(f"{address}/save", json={"title": "kept"})
    assert (await stranger.get(address)).status_code == 404
    assert (await house.get("/api/v1/chats", stranger))["chats"] == []


async def people_have_names(house: House) -> None:
    """Whoever is signed in is somebody."""
    assert (await house.get("/api/v1/me"))["first_name"] == "Mia"


async def each_result_has_its_link(house: House) -> None:
    """On page 2 as on page 1 a result is that of its own document."""
    ids = {await house.ready("one.pdf"), await house.ready("two.pdf", BINDER_PDF)}
    pages = [await house.get(f"/api/v1/search?q=northwind&per_page=1&page={n}") for n in (1, 2)]
    assert {page["hits"][0]["document_id"] for page in pages} == ids


SYMPTOMS: dict[Symptom, tuple[str, ...]] = {
    neighbours_stay: ("vault.rename-for-all", "vault.delete-takes-older"),
    lists_are_ones_own: ("vault.mine-in-others-lists",),
    shared_files_open: ("vault.shared-opens-for-owner-only", "vault.shared-cut-for-colleagues"),
    files_need_a_session: ("vault.files-without-session",),
    every_download_is_whole: ("vault.download-every-second",),
    uploads_tell_an_id: ("vault.upload-without-id",),
    shared_documents_are_found: ("vault.search-ignores-shared",),
    restored_is_ready: ("vault.restored-is-read-anew",),
    restored_can_be_read: ("vault.restored-without-text",),
    found_by_its_name: ("vault.found-by-old-name",),
    trash_is_not_found: ("vault.deleted-is-found",),
    deleted_leaves_the_index: ("search.finds-deleted",),
    tags_are_kept: ("vault.tag-replaces", "vault.rename-untags", "vault.tags-garbled"),
    shared_goes_and_comes_back: ("vault.delete-spares-shared", "vault.restored-into-mine"),
    files_are_ones_own: ("vault.mine-opens-to-colleagues",),
    nobody_has_anything_made: ("auth.orders-without-session",),
    nobody_changes_anything: ("auth.changes-without-session",),
    one_wish_makes_one_report: ("reports.made-twice",),
    strangers_change_nothing: ("vault.strangers-change", "vault.strangers-delete"),
    every_picture_comes: ("vault.pictures-at-times", "vault.first-picture-lost"),
    reports_are_ones_own: (
        "reports.open-to-all",
        "reports.listed-to-all",
        "reports.files-without-session",
    ),
    comparisons_are_ones_own: ("reports.others-open-to-all",),
    chats_are_ones_own: ("chat.open-to-all", "chat.listed-to-all"),
    people_have_names: ("identity.names-lost",),
    each_result_has_its_link: ("search.second-page-misleads",),
}
