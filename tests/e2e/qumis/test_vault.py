"""My Vault: a policy goes in through the browser and comes out again unchanged."""

from __future__ import annotations

import asyncio
import functools
import hashlib

import httpx
import pytest

from fixtures.documents.samples import SampleDocument
from fixtures.vault import DOCUMENTS, ready, sample, told
from fixtures.viewing import shows_first_page
from postdeploy.check import Step
from postdeploy.flow import Flow
from postdeploy.pages.qumis.vault import VaultPage
from postdeploy.pages.qumis.viewer import ViewerPage
from postdeploy.waiting import until

SERIAL = 21
MORE_DOWNLOADS = 3
"""Beside the one in the browser: one server of several may hold another file."""
_NO = (httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND)


@pytest.mark.prod_smoke
@pytest.mark.writes("document")
@pytest.mark.covers("vault.my.upload", "vault.my.listed", "vault.my.viewer", "vault.my.download")
async def test_my_vault(flow: Flow) -> None:
    """A policy uploaded to My Vault is listed, shown and downloaded unchanged."""
    policy = await sample(flow, "policy", SERIAL)
    page = await flow.page("member")
    vault, viewer = VaultPage(page, flow.target), ViewerPage(page, flow.target)
    async with flow.check.gate("vault.my.upload", expected="201, then Ready") as step:
        await vault.open("my")
        before = await vault.called(policy.name)  # an earlier attempt may have left one
        document_id = await _uploaded(flow, vault, policy, step)
    async with flow.check.item("vault.my.listed", expected=f"{policy.name}, Ready") as step:
        await _is_listed(vault, document_id, policy.name, step)
        await _is_there_once(flow, vault, document_id, policy.name, before)
        await _is_listed_nowhere_else(flow, document_id, policy.name)
    async with flow.check.item("vault.my.viewer") as step:
        await viewer.open(document_id)
        await shows_first_page(viewer, policy, step)
    async with flow.check.item("vault.my.download", expected=f"SHA-256 {policy.sha256}") as step:
        await viewer.open(document_id)
        await _downloads_unchanged(viewer, policy, step)
        await _downloads_always(flow, document_id, policy)


async def _uploaded(flow: Flow, vault: VaultPage, policy: SampleDocument, step: Step) -> str:
    """Through the page's own file input, until the product has read it, and the page says nothing against it."""
    entry = flow.intend("document", policy.name)
    alerts = {*(await vault.face()).alerts}
    answer = await vault.upload(policy.path)
    step.saw(f"{answer.status} {answer.body.get('status', '')}")
    assert answer.status == 201, f"the upload was answered {answer.status}: {answer.body}"
    assert answer.body.get("id"), f"the upload was answered 201 and no id: {answer.body}"
    entry.made(str(answer.body["id"]))
    into = answer.body.get("vault") or "my"  # where the answer does not say, vault.my.listed tells
    assert into == "my", f"uploaded in My Vault, the policy went into {into!r}"
    await ready(flow, [entry.id], seconds=flow.environment.bounds.upload_seconds)
    step.saw(f"201, then Ready, as {entry.id}")
    said = [alert for alert in (await vault.face()).alerts if alert not in alerts]
    assert not said, f"the upload was taken in, and the page says {said[0]!r}"
    return entry.id


async def _is_listed(vault: VaultPage, document_id: str, name: str, step: Step) -> None:
    """Without a reload, as the person who uploads sees it, and after one."""
    await _comes_to_be_listed(vault, document_id, name, "the upload", step)
    await vault.open("my")
    await _comes_to_be_listed(vault, document_id, name, "a reload", step)


async def _comes_to_be_listed(
    vault: VaultPage, document_id: str, name: str, after: str, step: Step
) -> None:
    row = await until(
        functools.partial(vault.entry, document_id),
        lambda row: row is not None and row.status == "Ready",
        what=f"after {after}, the list holds {name}, Ready",
        seconds=vault.target.environment.bounds.page_seconds,
        every=0.2,
    )
    listed = row.name if row else ""
    step.saw(f"after {after}: {listed}")
    assert listed == name, f"after {after}, the list calls it {listed!r}"


async def _is_there_once(
    flow: Flow, vault: VaultPage, document_id: str, name: str, before: frozenset[str]
) -> None:
    """One upload makes one document."""
    more = await vault.called(name) - before - {document_id}
    for one in more:
        flow.intend("document", name).made(one)  # so that it is removed as well
    assert not more, f"uploaded once, {name} is listed {len(more) + 1} times"


async def _is_listed_nowhere_else(flow: Flow, document_id: str, name: str) -> None:
    """My Vault is one's own: to a colleague the document does not exist, and no list of theirs names it."""
    colleague = await flow.client("teammate")
    response = await colleague.get(f"{DOCUMENTS}/{document_id}")
    assert response.status_code == 404, f"in My Vault, yet a colleague is answered {told(response)}"
    parts = (
        colleague.get(f"{DOCUMENTS}/{document_id}{tail}")
        for tail in ("/content", "/pages", "/pages/1.png")
    )
    for answer in await asyncio.gather(*parts):
        what = f"in My Vault, yet a colleague is answered {answer.status_code}"
        assert answer.status_code in _NO, f"{what} to {answer.request.url.path}"
    for query in ({"q": name}, {"q": name, "vault": "shared"}):
        listed = await colleague.get(DOCUMENTS, params=query)
        assert listed.status_code == 200, f"a colleague's list was answered {told(listed)}"
        assert document_id not in listed.text, f"a colleague is shown it: {told(listed)}"


async def _downloads_unchanged(viewer: ViewerPage, policy: SampleDocument, step: Step) -> None:
    await viewer.settled()
    file = await viewer.download()
    digest, size = hashlib.sha256(file.content).hexdigest(), len(file.content)
    step.saw(f"{file.name}, {size} bytes, SHA-256 {digest}")
    assert digest == policy.sha256, f"the download ({size} bytes) is not the file that was uploaded"
    assert file.name == policy.name, f"the download is called {file.name!r}"


async def _downloads_always(flow: Flow, document_id: str, policy: SampleDocument) -> None:
    client = await flow.client("member")
    path = f"{DOCUMENTS}/{document_id}/content"
    for answer in await asyncio.gather(*(client.get(path) for _ in range(MORE_DOWNLOADS))):
        assert answer.status_code == 200, f"downloaded again, it is answered {answer.status_code}"
        size = len(answer.content)
        same = hashlib.sha256(answer.content).hexdigest() == policy.sha256
        assert same, f"downloaded again, it is another file ({size} bytes)"
