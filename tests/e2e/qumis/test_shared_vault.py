"""Shared Vault: what one person puts there the organisation sees, and nobody else."""

from __future__ import annotations

import asyncio
import functools
import hashlib

import httpx
import pytest

from fixtures.documents.samples import SampleDocument
from fixtures.vault import DOCUMENTS, POLICY, VaultDocument, ready, sample, told
from fixtures.viewing import shows_first_page
from postdeploy.check import Step
from postdeploy.flow import Flow
from postdeploy.pages.qumis.vault import VaultPage
from postdeploy.pages.qumis.viewer import ViewerPage
from postdeploy.waiting import until

SERIAL = 22
_NO = (httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND)
_STRANGE = "of another organisation"


@pytest.mark.prod_smoke
@pytest.mark.writes("document")
@pytest.mark.covers(
    "vault.shared.tab",
    "vault.shared.upload",
    "vault.shared.visible-to-team",
    "vault.shared.viewer",
)
async def test_shared_vault(flow: Flow) -> None:
    """A binder in the Shared Vault is seen by a colleague, and by no other organisation."""
    policy = await flow.shared(POLICY)  # so that the two vaults differ
    binder = await sample(flow, "binder", SERIAL)
    page = await flow.page("member")
    vault = VaultPage(page, flow.target)
    async with flow.check.gate("vault.shared.tab", expected="its own list") as step:
        await vault.open("my")
        await vault.choose("shared")
        await vault.listed()  # until then it is empty, whatever it will hold
        await _shows_its_own_list(vault, policy, step)
    async with flow.check.gate("vault.shared.upload", expected="201 into shared, Ready") as step:
        document_id = await _uploaded(flow, vault, binder, step)
    async with flow.check.item("vault.shared.visible-to-team") as step:
        await _lists(vault, document_id, binder.name)
        await _is_seen_by_colleague(flow, document_id, binder, step)
        await _opens_to_colleague(flow, document_id, binder)
        await _is_hidden_from_outsider(flow, document_id, binder, step)
        await _is_beyond_outsider(flow, document_id)
        await _is_hidden_from_nobodies(flow, document_id)
    async with flow.check.item("vault.shared.viewer") as step:
        viewer = ViewerPage(page, flow.target)
        await viewer.open(document_id)
        await shows_first_page(viewer, binder, step)


async def _shows_its_own_list(vault: VaultPage, policy: VaultDocument, step: Step) -> None:
    """The tab is the selected one, and what My Vault holds goes out of sight."""
    tab = vault.shared_words
    seconds = vault.target.environment.bounds.page_seconds
    await until(
        vault.chosen, lambda name: name == tab, what=f"the tab {tab!r} is chosen", seconds=seconds
    )
    await until(
        functools.partial(vault.entry, policy.id),
        lambda row: row is None,
        what=f"the tab {tab!r} leaves out a document of My Vault",
        seconds=seconds,
        every=0.2,
    )
    step.saw(f"{tab} chosen, {len(await vault.rows())} documents, {policy.name} not among them")


async def _uploaded(flow: Flow, vault: VaultPage, binder: SampleDocument, step: Step) -> str:
    entry = flow.intend("document", binder.name)
    alerts = {*(await vault.face()).alerts}
    answer = await vault.upload(binder.path)
    assert answer.status == 201, f"the upload was answered {answer.status}: {answer.body}"
    assert answer.body.get("id"), f"the upload was answered 201 and no id: {answer.body}"
    entry.made(str(answer.body["id"]))
    into = answer.body.get("vault")
    assert into == "shared", f"uploaded in the Shared Vault, the binder went into {into!r}"
    await ready(flow, [entry.id], seconds=flow.environment.bounds.upload_seconds)
    step.saw(f"201 into {into}, then Ready, as {entry.id}")
    said = [alert for alert in (await vault.face()).alerts if alert not in alerts]
    assert not said, f"the upload was taken in, and the page says {said[0]!r}"
    return entry.id


async def _lists(vault: VaultPage, document_id: str, name: str) -> None:
    await until(
        functools.partial(vault.entry, document_id),
        lambda row: row is not None and row.name == name,
        what=f"the Shared Vault lists {name}",
        seconds=vault.target.environment.bounds.page_seconds,
        every=0.2,
    )


async def _is_seen_by_colleague(
    flow: Flow, document_id: str, binder: SampleDocument, step: Step
) -> None:
    step.saw("", expected="a colleague sees it; another organisation is told 404")
    colleague = VaultPage(await flow.page("teammate"), flow.target)
    await colleague.open("shared")
    await _lists(colleague, document_id, binder.name)
    step.saw("a colleague sees it")


async def _opens_to_colleague(flow: Flow, document_id: str, binder: SampleDocument) -> None:
    """What a colleague sees in the list is theirs to read, as text and as a file."""
    colleague = await flow.client("teammate")
    pages, file = await asyncio.gather(
        colleague.get(f"{DOCUMENTS}/{document_id}/pages"),
        colleague.get(f"{DOCUMENTS}/{document_id}/content"),
    )
    assert pages.status_code == 200, f"a colleague who opens it is answered {told(pages)}"
    number = binder.facts.policy_number
    assert number in pages.text, f"a colleague is shown pages without {number}: {told(pages)}"
    assert file.status_code == 200, f"a colleague's download is answered {file.status_code}"
    same = hashlib.sha256(file.content).hexdigest() == binder.sha256
    assert same, f"a colleague's download ({len(file.content)} bytes) is not the file uploaded"


async def _is_hidden_from_outsider(
    flow: Flow, document_id: str, binder: SampleDocument, step: Step
) -> None:
    """Neither in a list, nor by search, nor by its very address."""
    outsider = await flow.client("outsider")
    number = binder.facts.policy_number
    lists = await asyncio.gather(
        outsider.get(DOCUMENTS),
        outsider.get(DOCUMENTS, params={"vault": "shared"}),
        outsider.get(DOCUMENTS, params={"q": binder.name}),
        outsider.get("/api/v1/search", params={"q": number}),
    )
    leaks = [told(response) for response in lists if document_id in response.text]
    assert not leaks, f"another organisation is shown the binder: {leaks}"
    assert lists[0].status_code == 200, f"the outsider's list was answered {told(lists[0])}"
    paths = (
        f"{DOCUMENTS}/{document_id}{tail}" for tail in ("", "/content", "/pages", "/pages/1.png")
    )
    answers = await asyncio.gather(*(outsider.get(path) for path in paths))
    step.saw(f"a colleague sees it; an outsider is told {[a.status_code for a in answers]}")
    open_ = [f"{a.status_code} to {a.request.url.path}" for a in answers if a.status_code != 404]
    assert not open_, f"another organisation gets at the binder: {open_}"


async def _is_beyond_outsider(flow: Flow, document_id: str) -> None:
    """What they must not see, they must not change: refused, and not done either."""
    outsider, member = await flow.client("outsider"), await flow.client("member")
    address = f"{DOCUMENTS}/{document_id}"
    answers = [
        await outsider.patch(address, json={"add_tag": _STRANGE}),
        await outsider.delete(address),
    ]
    done = [f"{a.status_code} to {a.request.method}" for a in answers if a.status_code not in _NO]
    assert not done, f"another organisation may change the binder: {done}"
    left = await member.get(DOCUMENTS, params={"vault": "shared"})
    listed = [one for one in left.json()["documents"] if one["id"] == document_id]
    assert listed, "another organisation was refused, and has deleted the binder all the same"
    tags = listed[0].get("tags", ())
    assert _STRANGE not in tags, "another organisation was refused, and has tagged the binder"


async def _is_hidden_from_nobodies(flow: Flow, document_id: str) -> None:
    """Without a session there is not even a way to ask."""
    nobody = await flow.client(None)
    paths = (f"{DOCUMENTS}/{document_id}{tail}" for tail in ("/content", "/pages", "/pages/1.png"))
    answers = await asyncio.gather(*(nobody.get(path) for path in paths))
    open_ = [f"{a.status_code} to {a.request.url.path}" for a in answers if a.is_success]
    assert not open_, f"without a session the binder is given away: {open_}"
