"""Walks through the pages of Qumis without changing anything, so that their locators can be counted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from playwright.async_api import TimeoutError as Late

from postdeploy.locators.declaration import Find
from postdeploy.locators.stop import Stop
from postdeploy.pages.qumis.admin import AdminPage
from postdeploy.pages.qumis.chat import ChatPage
from postdeploy.pages.qumis.home import HomePage
from postdeploy.pages.qumis.login import IdentityProvider, LoginPage
from postdeploy.pages.qumis.report import ReportPage
from postdeploy.pages.qumis.report_chat import ReportChat
from postdeploy.pages.qumis.report_recent import Recent
from postdeploy.pages.qumis.reports import KINDS, ReportForm, json_object
from postdeploy.pages.qumis.search import SearchPage
from postdeploy.pages.qumis.shell import Shell
from postdeploy.pages.qumis.vault import Vault, VaultPage
from postdeploy.pages.qumis.viewer import ViewerPage

if TYPE_CHECKING:
    from playwright.async_api import Page

    from postdeploy.target import Target

_SEARCHED = "policy"
_VAULTS: tuple[Vault, ...] = ("my", "shared", "trash")


async def signed_out(page: Page, target: Target) -> AsyncIterator[Stop]:
    """The login page, and the identity provider's form as far as it comes without credentials."""
    door = LoginPage(page, target)
    await door.open()
    yield Stop("login", door)
    if await door.sso.count() != 1:
        yield Stop("identity provider", missing="the login page has no way to it")
        return
    await door.sso.click()
    yield Stop("identity provider", IdentityProvider(page, target))


async def signed_in(page: Page, target: Target) -> AsyncIterator[Stop]:
    """All other pages, of what is listed always the first; for somebody who is signed in."""
    for part in (_home, _links, _documents, _search, _forms, _reports, _chats, _admin):
        async for stop in part(page, target):
            yield stop


async def _home(page: Page, target: Target) -> AsyncIterator[Stop]:
    home = HomePage(page, target)
    await _open(home, "/")
    tiles = target.environment.tiles.items()
    further = {f"tile {n}": Find("link", words=t.label, within="tools") for n, t in tiles}
    yield Stop("home", home, further)
    yield Stop("home, recent", Recent(page, target))


async def _links(page: Page, target: Target) -> AsyncIterator[Stop]:
    shell = Shell(page, target)
    for name, link in target.environment.links.items():
        await _open(shell, link.path)
        heading = Find("heading", words=link.heading, level=1)
        yield Stop(f"link {name}", shell, {"heading": heading})


async def _documents(page: Page, target: Target) -> AsyncIterator[Stop]:
    documents: list[str] = []
    for vault in _VAULTS:
        place = VaultPage(page, target, vault)
        await _open(place, f"/documents?vault={vault}")
        yield Stop(f"documents, {vault}", place)
        documents += await _paths(place, "table", "/documents/") if vault != "trash" else []
    if not documents:
        yield Stop("viewer", missing="there is no document")
        return
    viewer = ViewerPage(page, target)
    await _open(viewer, documents[0])
    yield Stop("viewer", viewer)


async def _search(page: Page, target: Target) -> AsyncIterator[Stop]:
    search = SearchPage(page, target)
    await _open(search, f"/search?q={_SEARCHED}")
    yield Stop("search", search)


async def _forms(page: Page, target: Target) -> AsyncIterator[Stop]:
    for kind in KINDS.values():
        form = ReportForm(page, target, kind.name)
        await _open(form, kind.path)
        yield Stop(f"order: {kind.name}", form)


async def _reports(page: Page, target: Target) -> AsyncIterator[Stop]:
    finished = await _finished(page, target)
    for kind in KINDS:
        if kind not in finished:
            yield Stop(f"report: {kind}", missing=f"there is no finished report of kind {kind}")
            continue
        report = ReportPage(page, target, kind)
        await _open(report, f"/reports/{finished[kind]}")
        yield Stop(f"report: {kind}", report)
    if finished:
        yield Stop("report: chat", ReportChat(report.chat_region, target), afterwards=True)


async def _chats(page: Page, target: Target) -> AsyncIterator[Stop]:
    chat = ChatPage(page, target)
    await _open(chat, "/chat")
    yield Stop("chat", chat)
    yield Stop("chat, new", chat.conversation)
    kept = await _paths(chat, "kept_chats", "/chat/")
    if not kept:
        yield Stop("chat, kept", missing="there is no chat that was kept")
        return
    await _open(chat, kept[0])
    yield Stop("chat, kept", chat.conversation)


async def _admin(page: Page, target: Target) -> AsyncIterator[Stop]:
    admin = AdminPage(page, target)
    await _open(admin, "/admin")
    yield Stop("administration", admin)


async def _open(shell: Shell, path: str) -> None:
    await shell.go(path)
    try:
        await shell.settled()
    except Late:
        return  # what it lacks is counted as it stands


async def _paths(place: Shell, list_name: str, start: str) -> list[str]:
    """The paths below `start` that the links of a list lead to; none where there is no such list."""
    links = getattr(place, list_name).get_by_role("link")
    found: list[str] = await links.evaluate_all("links => links.map(a => a.getAttribute('href'))")
    return [href for href in found if href and href.startswith(start)]


async def _finished(page: Page, target: Target) -> dict[str, str]:
    """The newest finished report of each kind, by the API: its kind and its id."""
    api = target.environment.urls["api"].rstrip("/") + "/api/v1"
    listed = await _json(page, f"{api}/recent?kind=reports")
    ids = [str(one.get("path", "")).rpartition("/")[2] for one in listed.get("items", ())]
    found: dict[str, str] = {}
    for report_id in ids:
        data = await _json(page, f"{api}/reports/{report_id}")
        if data.get("status") == "Complete":
            found.setdefault(str(data.get("kind")), report_id)
    return found


async def _json(page: Page, url: str) -> dict[str, Any]:
    """The JSON object that the API answers to the person signed in; an empty one for anything else."""
    answer = await page.request.get(url)
    return json_object(await answer.text()) if answer.ok else {}
