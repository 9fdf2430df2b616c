"""What holds in a healthy stand-in when one looks twice, or at a neighbour, and which faults end it."""

from __future__ import annotations

import pyotp

from selftests.sandbox.backend_house import BINDER_PDF, POLICY_PDF, House, Symptom

DOCUMENTS = "/api/v1/documents"
LONG = "a-name-that-is-longer-than-many-a-column.pdf"


async def download_is_its_own(house: House) -> None:
    """Of two documents each comes with its own bytes."""
    first, second = await house.ready("one.pdf"), await house.ready("two.pdf", BINDER_PDF)
    assert (await house.mia.get(f"{DOCUMENTS}/{first}/content")).content == POLICY_PDF
    assert (await house.mia.get(f"{DOCUMENTS}/{second}/content")).content == BINDER_PDF


async def shared_pages_are_read(house: House) -> None:
    """A colleague reads the pages of a shared document."""
    id_ = await house.ready("one.pdf", vault="shared")
    pages = await house.get(f"{DOCUMENTS}/{id_}/pages", house.tom)
    assert "Northwind Mutual" in pages["pages"][0]["text"]


async def long_names_last(house: House) -> None:
    """A long name is kept whole."""
    id_ = await house.ready("one.pdf")
    await house.mia.patch(f"{DOCUMENTS}/{id_}", json={"name": LONG})
    assert (await house.get(f"{DOCUMENTS}/{id_}"))["name"] == LONG


async def renaming_changes_no_more(house: House) -> None:
    """What was read from a document's file stands under its new name as well."""
    id_ = await house.ready("one.pdf")
    before = await house.get(f"{DOCUMENTS}/{id_}")
    await house.mia.patch(f"{DOCUMENTS}/{id_}", json={"name": "two.pdf"})
    assert await house.get(f"{DOCUMENTS}/{id_}") == {**before, "name": "two.pdf"}


async def tags_stay_with_theirs(house: House) -> None:
    """A tag is on the document that it was given to, after the trash as well, and finds it."""
    await house.ready("one.pdf")
    id_ = await house.ready("two.pdf", BINDER_PDF)
    await house.mia.patch(f"{DOCUMENTS}/{id_}", json={"add_tag": "gold"})
    found = await house.get(f"{DOCUMENTS}?q=gold")
    assert [item["id"] for item in found["documents"]] == [id_]
    await house.mia.delete(f"{DOCUMENTS}/{id_}")
    await house.mia.post(f"{DOCUMENTS}/{id_}/restore")
    assert (await house.get(f"{DOCUMENTS}/{id_}"))["tags"] == ["gold"]


async def each_search_is_its_own(house: House) -> None:
    """A second search has its own results."""
    await house.ready("one.pdf")
    assert (await house.get("/api/v1/search?q=nowhere"))["found"] == 0
    assert (await house.get("/api/v1/search?q=door"))["found"] == 1


async def logout_ends_for_good(house: House) -> None:
    """The token is of no use afterwards, however often it is tried."""
    await house.get("/api/v1/me")
    assert (await house.mia.post("/auth/logout")).status_code == 204
    tries = [(await house.mia.get("/api/v1/me")).status_code for _ in range(4)]
    assert tries == [401] * 4


async def sessions_last(house: House) -> None:
    """A session lives until its idle time is over."""
    assert house.world.sessions.idle_seconds == 1800


async def every_look_is_healthy(house: House) -> None:
    """However often one looks."""
    for _ in range(4):
        await house.get("/health", house.nobody)


async def nobody_comes_in(house: House) -> None:
    """Without a session, however often one tries."""
    tries = [(await house.nobody.get(DOCUMENTS)).status_code for _ in range(4)]
    assert tries == [401] * 4


async def logout_ends_everywhere(house: House) -> None:
    """The token is of no use on the other routes either."""
    assert (await house.mia.post("/auth/logout")).status_code == 204
    assert (await house.mia.get(DOCUMENTS)).status_code == 401
    assert (await house.mia.get(f"{DOCUMENTS}/none/content")).status_code == 401
    assert (await house.mia.patch(f"{DOCUMENTS}/none", json={})).status_code == 401


async def viewers_change_nothing(house: House) -> None:
    """However often they try, they are refused, and what is refused is not done."""
    id_ = await house.ready("one.pdf", vault="shared")
    gold = {"add_tag": "gold"}
    for _ in range(4):
        assert (await house.vera.delete(f"{DOCUMENTS}/{id_}")).status_code == 403
        assert (await house.vera.patch(f"{DOCUMENTS}/{id_}", json=gold)).status_code == 403
    assert (await house.get(f"{DOCUMENTS}/{id_}"))["tags"] == []


async def viewers_stay_readers(house: House) -> None:
    """Of a document they neither change the name nor end its life, and a report that is refused is not made."""
    id_ = await house.ready("one.pdf", vault="shared")
    path, wish = f"{DOCUMENTS}/{id_}", {"kind": "analysis", "document_ids": [id_]}
    answers = (
        await house.vera.post(f"{path}/restore"),
        await house.vera.patch(path, json={"name": "two.pdf"}),
        await house.vera.delete(f"{path}?permanent=true"),
        await house.vera.post("/api/v1/reports", json=wish),
    )
    assert [answer.status_code for answer in answers] == [403] * 4
    assert (await house.get("/api/v1/reports", house.vera))["reports"] == []


async def jobs_are_for_admins(house: House) -> None:
    """Nobody else has one tried again, or made to fail."""
    for who in (house.mia, house.vera):
        assert (await who.post("/api/v1/admin/jobs/none/retry")).status_code == 403
        assert (await who.post("/api/v1/diagnostics/jobs", json={})).status_code == 403


async def admins_see_people(house: House) -> None:
    """Those of their own organisation."""
    assert (await house.get("/api/v1/admin/users", house.ada))["users"]


async def colleagues_are_together(house: House) -> None:
    """Whoever signs in is in the organisation that the directory says."""
    tom = house.world.people.find("tom.teammate@harbor.example")
    assert tom is not None
    login = house.world.sso.open("callback", "state")
    assert house.world.sso.take_password(login, tom.email, tom.password)
    code = pyotp.TOTP(tom.totp_secret).now()
    found = house.world.sso.redeem(house.world.sso.take_code(login, code) or "")
    assert found == tom


SYMPTOMS: dict[Symptom, tuple[str, ...]] = {
    download_is_its_own: ("vault.download-of-another",),
    shared_pages_are_read: ("vault.shared-unreadable",),
    long_names_last: ("vault.rename-cuts-name",),
    renaming_changes_no_more: ("vault.rename-forgets-facts",),
    tags_stay_with_theirs: (
        "vault.tag-on-another",
        "vault.restored-untagged",
        "vault.search-ignores-tags",
    ),
    each_search_is_its_own: ("search.stale-results",),
    logout_ends_for_good: ("auth.old-token-on-one-server",),
    sessions_last: ("auth.session-ends-early",),
    every_look_is_healthy: ("health.one-server-sick",),
    nobody_comes_in: ("auth.route-open-on-one-server",),
    logout_ends_everywhere: (
        "auth.old-token-on-one-route",
        "auth.old-token-downloads",
        "auth.old-token-writes",
    ),
    viewers_change_nothing: ("roles.viewer-deletes-at-times", "roles.refused-and-done"),
    viewers_stay_readers: (
        "roles.viewer-restores",
        "roles.viewer-renames",
        "roles.viewer-erases",
        "roles.refused-and-made",
    ),
    jobs_are_for_admins: ("roles.anybody-retries-jobs", "roles.members-order-diagnostics"),
    admins_see_people: ("roles.admin-sees-nobody",),
    colleagues_are_together: ("identity.teammate-elsewhere",),
}
