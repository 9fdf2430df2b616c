"""What holds in a healthy stand-in's vaults, search, health and access, and which faults end it."""

from __future__ import annotations

import asyncio

import pyotp

from selftests.sandbox.backend_house import (
    ADDRESSES,
    BINDER_PDF,
    POLICY_PDF,
    House,
    Symptom,
    as_dict,
)

DOCUMENTS = "/api/v1/documents"


async def api_is_healthy(house: House) -> None:
    """200, JSON, and every check ok."""
    body = await house.get("/health", house.nobody)
    assert set(body["checks"].values()) == {"ok"}


async def release_is_new(house: House) -> None:
    """The API says the version that was started."""
    assert (await house.get("/health"))["version"] == house.world.version


async def llm_is_healthy(house: House) -> None:
    """The LLM service's probe is 200."""
    assert (await house.browser("llm").get("/health")).status_code == 200


async def search_is_healthy(house: House) -> None:
    """The search service's probe is 200, and so is a search."""
    assert (await house.browser("search").get("/health")).status_code == 200
    await house.get("/api/v1/search?q=x")


async def upload_is_listed(house: House) -> None:
    """An upload is in the list of its vault."""
    document = await house.upload(house.mia, "one.pdf")
    listed = await house.get(f"{DOCUMENTS}?vault=my")
    assert [item["id"] for item in listed["documents"]] == [document["id"]]


async def download_is_the_upload(house: House) -> None:
    """The same bytes come back."""
    id_ = await house.ready("one.pdf")
    assert (await house.mia.get(f"{DOCUMENTS}/{id_}/content")).content == POLICY_PDF


async def pages_have_text(house: House) -> None:
    """The first page's text holds a fact."""
    id_ = await house.ready("one.pdf")
    pages = (await house.get(f"{DOCUMENTS}/{id_}/pages"))["pages"]
    assert "Northwind Mutual" in pages[0]["text"]


async def vaults_have_walls(house: House) -> None:
    """Shared is the organisation's, mine is mine."""
    shared = (await house.upload(house.mia, "shared.pdf", BINDER_PDF, "shared"))["id"]
    mine = (await house.upload(house.mia, "mine.pdf"))["id"]
    assert (await house.tom.get(f"{DOCUMENTS}/{shared}")).status_code == 200
    assert (await house.olaf.get(f"{DOCUMENTS}/{shared}")).status_code == 404
    assert (await house.tom.get(f"{DOCUMENTS}/{mine}")).status_code == 404


async def changes_last(house: House) -> None:
    """A new name and a tag are there after a second list."""
    id_ = await house.ready("one.pdf")
    change = {"name": "two.pdf", "add_tag": "gold"}
    changed = as_dict(await house.mia.patch(f"{DOCUMENTS}/{id_}", json=change), 200)
    assert (changed["name"], changed["tags"]) == ("two.pdf", ["gold"])
    listed = (await house.get(DOCUMENTS))["documents"][0]
    assert (listed["name"], listed["tags"]) == ("two.pdf", ["gold"])


async def trash_gives_back(house: House) -> None:
    """Deleted, a document is in the trash only; restored, it has its bytes."""
    id_ = await house.ready("one.pdf")
    await house.mia.delete(f"{DOCUMENTS}/{id_}")
    assert not (await house.get(DOCUMENTS))["documents"]
    assert len((await house.get(f"{DOCUMENTS}?vault=trash"))["documents"]) == 1
    assert (await house.mia.post(f"{DOCUMENTS}/{id_}/restore")).status_code == 200
    assert (await house.mia.get(f"{DOCUMENTS}/{id_}/content")).content == POLICY_PDF


async def vault_search_finds(house: House) -> None:
    """By name before the index has it, and by carrier after."""
    await house.upload(house.mia, "fresh-name.pdf")
    assert len((await house.get(f"{DOCUMENTS}?q=fresh-name"))["documents"]) == 1
    await house.ready("second.pdf")
    assert (await house.get(f"{DOCUMENTS}?q=northwind"))["documents"]


async def search_finds(house: House) -> None:
    """A word of one document finds it and nothing else, and the hit leads there."""
    id_ = await house.ready("one.pdf")
    await house.ready("two.pdf", BINDER_PDF)
    found = await house.get("/api/v1/search?q=door")
    assert [hit["document_id"] for hit in found["hits"]] == [id_]


async def search_filters(house: House) -> None:
    """A type narrows the hits to it."""
    await house.ready("one.pdf")
    await house.ready("two.pdf", BINDER_PDF)
    found = await house.get("/api/v1/search?q=northwind&type=Binder")
    assert [hit["name"] for hit in found["hits"]] == ["two.pdf"]


async def search_has_walls(house: House) -> None:
    """Nobody finds a document of others."""
    await house.ready("one.pdf")
    assert (await house.get("/api/v1/search?q=northwind", house.tom))["found"] == 0


async def pages_of_results_tile(house: House) -> None:
    """All pages together hold each hit once."""
    ids = sorted([await house.ready(f"{number}.pdf") for number in range(5)])
    pages = [await house.get(f"/api/v1/search?q=door&per_page=2&page={n}") for n in (1, 2, 3)]
    assert sorted(hit["document_id"] for page in pages for hit in page["hits"]) == ids


async def logout_ends(house: House) -> None:
    """The token is of no use afterwards."""
    assert (await house.mia.post("/auth/logout")).status_code == 204
    assert (await house.mia.get("/api/v1/me")).status_code == 401


async def forged_is_refused(house: House) -> None:
    """A token with its last sign changed, and one out of thin air."""
    token = house.world.sessions.create(house.world.people.all()[0])
    for forged in (token[:-1] + ("0" if token[-1] != "0" else "1"), "made.up"):
        headers = {"Authorization": f"Bearer {forged}"}
        assert (await house.nobody.get("/api/v1/me", headers=headers)).status_code == 401


async def idle_ends(house: House) -> None:
    """After the idle time a session is refused."""
    house.world.sessions.idle_seconds = 0.05
    await asyncio.sleep(0.1)
    assert (await house.mia.get("/api/v1/me")).status_code == 401


async def routes_are_protected(house: House) -> None:
    """401 without a session, 200 with one, each time."""
    for path in ("documents", "chats", "recent", "me", "search?q=x", "documents", "chats", "me"):
        assert (await house.nobody.get(f"/api/v1/{path}")).status_code == 401
        await house.get(f"/api/v1/{path}")


async def roles_hold(house: House) -> None:
    """Viewers read, only admins administer, and refusals are 403."""
    id_ = (await house.upload(house.mia, "one.pdf", vault="shared"))["id"]
    files = {"file": ("two.pdf", POLICY_PDF)}
    assert (await house.vera.delete(f"{DOCUMENTS}/{id_}")).status_code == 403
    changed = await house.vera.patch(f"{DOCUMENTS}/{id_}", json={"add_tag": "x"})
    assert changed.status_code == 403
    assert (await house.vera.post(DOCUMENTS, files=files)).status_code == 403
    assert (await house.mia.get("/api/v1/admin/users")).status_code == 403
    await house.get("/api/v1/admin/users", house.ada)


async def signs_in(house: House) -> None:
    """Password and code lead home, with a cookie that lasts a few requests."""
    start = await house.nobody.get("/auth/start?return_to=/documents")
    idp, person = house.browser("idp"), house.world.people.all()[0]
    form = await idp.get(start.headers["location"])
    assert form.status_code == 200
    login = {"login": form.text.split('name="login" value="')[1].split('"')[0]}
    given = {**login, "email": person.email, "password": person.password}
    assert "One-time code" in (await idp.post("/authorize", data=given)).text
    code = pyotp.TOTP(person.totp_secret).now()
    back = await idp.post("/verify", data={**login, "code": code})
    home = await house.nobody.get(back.headers["location"])
    assert home.headers["location"] == f"{ADDRESSES['app']}/documents"
    for _ in range(6):
        await house.get("/api/v1/me", house.nobody)


SYMPTOMS: dict[Symptom, tuple[str, ...]] = {
    api_is_healthy: (
        "health.api-503",
        "health.error-inside-200",
        "health.api-html",
        "health.api-redirects",
    ),
    release_is_new: ("release.api-previous",),
    llm_is_healthy: ("health.llm-provider",),
    search_is_healthy: ("search.unavailable", "search.crashes"),
    upload_is_listed: (
        "vault.upload-refused",
        "vault.upload-crashes",
        "vault.upload-dropped",
        "vault.list-lacks-newest",
        "storage.unavailable",
    ),
    download_is_the_upload: ("vault.download-differs",),
    pages_have_text: ("vault.pages-without-text",),
    vaults_have_walls: (
        "vault.shared-with-outsiders",
        "vault.shared-with-nobody",
        "vault.mine-for-all",
        "vault.shared-upload-refused",
    ),
    changes_last: ("vault.rename-forgotten", "vault.tag-forgotten"),
    trash_gives_back: (
        "vault.delete-does-nothing",
        "vault.delete-is-final",
        "vault.restored-empty",
    ),
    vault_search_finds: (
        "vault.search-ignores-metadata",
        "vault.search-ignores-names",
        "vault.search-needs-index",
        "vault.search-crashes-on-unread",
    ),
    search_finds: (
        "search.index-never-updated",
        "search.index-stalls",
        "search.finds-everything",
        "search.result-opens-another",
        "search.finds-copies",
    ),
    search_filters: ("search.type-filter-ignored", "search.type-filter-drops"),
    search_has_walls: ("search.finds-others-documents",),
    pages_of_results_tile: ("search.page-repeats", "search.page-loses"),
    logout_ends: ("auth.logout-leaves-session", "auth.old-bearer-works"),
    forged_is_refused: (
        "auth.tampered-accepted",
        "auth.any-token-accepted",
        "auth.signature-ignored",
    ),
    idle_ends: ("auth.session-never-ends",),
    routes_are_protected: (
        "auth.route-open",
        "auth.route-missing",
        "auth.redirects-instead-of-401",
        "auth.valid-refused",
    ),
    roles_hold: (
        "roles.viewer-deletes",
        "roles.viewer-writes",
        "roles.viewer-changes",
        "roles.admin-open",
        "roles.admin-locked-out",
        "roles.refusal-as-404",
        "roles.refusal-as-401",
    ),
    signs_in: (
        "identity.redirect-loop",
        "identity.500",
        "identity.session-lost",
        "identity.not-let-in",
        "identity.password-changed",
        "identity.codes-refused",
        "identity.first-sign-in-fails",
    ),
}
