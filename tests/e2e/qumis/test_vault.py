"""My Vault: a policy goes in through the browser and comes out again unchanged."""

from __future__ import annotations

import functools
import hashlib

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
        document_id = await _uploaded(flow, vault, policy, step)
    async with flow.check.item("vault.my.listed", expected=f"{policy.name}, Ready") as step:
        await _is_listed(vault, document_id, policy.name, step)
        await _is_listed_nowhere_else(flow, document_id)
    async with flow.check.item("vault.my.viewer") as step:
        await viewer.open(document_id)
        await shows_first_page(viewer, policy, step)
    async with flow.check.item("vault.my.download", expected=f"SHA-256 {policy.sha256}") as step:
        await viewer.open(document_id)
        await _downloads_unchanged(viewer, policy, step)


async def _uploaded(flow: Flow, vault: VaultPage, policy: SampleDocument, step: Step) -> str:
    """Through the page's own file input, until the product has read it."""
    entry = flow.intend("document", policy.name)
    answer = await vault.upload(policy.path)
    step.saw(f"{answer.status} {answer.body.get('status', '')}")
    assert answer.status == 201, f"the upload was answered {answer.status}: {answer.body}"
    entry.made(str(answer.body["id"]))
    await ready(flow, [entry.id], seconds=flow.environment.bounds.upload_seconds)
    step.saw(f"201, then Ready, as {entry.id}")
    return entry.id


async def _is_listed(vault: VaultPage, document_id: str, name: str, step: Step) -> None:
    """Without a reload, as the person who uploads sees it, and after one."""
    for after in ("the upload", "a reload"):
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
        await vault.open("my")


async def _is_listed_nowhere_else(flow: Flow, document_id: str) -> None:
    """My Vault is one's own: to a colleague the document does not exist."""
    colleague = await flow.client("teammate")
    response = await colleague.get(f"{DOCUMENTS}/{document_id}")
    assert response.status_code == 404, f"in My Vault, yet a colleague is answered {told(response)}"


async def _downloads_unchanged(viewer: ViewerPage, policy: SampleDocument, step: Step) -> None:
    await viewer.settled()
    file = await viewer.download()
    digest, size = hashlib.sha256(file.content).hexdigest(), len(file.content)
    step.saw(f"{file.name}, {size} bytes, SHA-256 {digest}")
    assert digest == policy.sha256, f"the download ({size} bytes) is not the file that was uploaded"
    assert file.name == policy.name, f"the download is called {file.name!r}"
