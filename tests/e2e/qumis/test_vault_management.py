"""Renaming, tagging, deleting and restoring a document."""

from __future__ import annotations

import hashlib

import pytest

from fixtures.vault import DOCUMENTS, VaultDocument, told, uploaded
from postdeploy.check import Step
from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.pages.qumis.vault import Row, Vault, VaultPage
from postdeploy.shared import Shared
from postdeploy.waiting import until

MANAGED: Shared[VaultDocument] = Shared(
    "a document to rename, tag, delete and restore", lambda flow: uploaded(flow, "contract", 23)
)


@pytest.mark.prod_smoke
@pytest.mark.writes("document")
@pytest.mark.covers("vault.rename", "vault.tag", "vault.persists", "vault.delete-restore")
async def test_managing_a_document(flow: Flow) -> None:
    """A document keeps its new name and tag, leaves the list when deleted, and comes back whole."""
    document = await flow.shared(MANAGED)
    name, tag = f"postdeploy-{flow.run_id}-renamed.pdf", f"tag-{flow.run_id}"
    vault = VaultPage(await flow.page("member"), flow.target)
    await vault.open("my")
    if "vault.rename" in flow.check.covers:
        async with flow.check.item("vault.rename", expected=name) as step:
            await vault.rename(document.id, name)
            await _shows(vault, document, step, name=name)
    if "vault.tag" in flow.check.covers:
        async with flow.check.item("vault.tag", expected=tag) as step:
            await vault.tag(document.id, tag)
            await _shows(vault, document, step, tag=tag)
    async with flow.check.item("vault.persists") as step:
        await _persists(flow, vault, document, step, name, tag)
    async with flow.check.item("vault.delete-restore") as step:
        await _goes(flow, vault, document, step)
        await _comes_back(flow, vault, document, step)


async def _shows(
    vault: VaultPage, document: VaultDocument, step: Step, *, name: str = "", tag: str = ""
) -> Row:
    """The document's line, once it holds that name and that tag."""
    rows = await until(
        vault.rows,
        lambda rows: any(_holds(row, document, name, tag) for row in rows),
        what=f"the list shows {name or tag or document.name}",
        seconds=vault.target.environment.bounds.page_seconds,
        every=0.1,
    )
    found = next(row for row in rows if row.id == document.id)
    step.saw(f"{found.name}, tags {list(found.tags)}")
    return found


def _holds(row: Row, document: VaultDocument, name: str, tag: str) -> bool:
    return row.id == document.id and name in ("", row.name) and (not tag or tag in row.tags)


async def _persists(
    flow: Flow, vault: VaultPage, document: VaultDocument, step: Step, name: str, tag: str
) -> None:
    """What was seen to be changed is still so after a reload, in the list and at the API."""
    name = name if flow.check.passed("vault.rename") else ""
    tag = tag if flow.check.passed("vault.tag") else ""
    if not name and not tag:
        raise ProbeError("not reached: neither name nor tag could be changed")
    step.saw("", expected=" and ".join(filter(None, (name, tag))))
    await vault.reload()
    await vault.listed()
    row = await _shows(vault, document, step, name=name, tag=tag)
    client = await flow.client("member")
    response = await client.get(f"{DOCUMENTS}/{document.id}")
    assert response.status_code == 200, f"the renamed document was answered {told(response)}"
    kept = response.json()
    assert kept["name"] == row.name, f"the list says {row.name!r}, the API {kept['name']!r}"
    assert not tag or tag in kept["tags"], f"the API holds the tags {kept['tags']}"


async def _goes(flow: Flow, vault: VaultPage, document: VaultDocument, step: Step) -> None:
    """Deleted: out of the list at once and after a reload, and in the trash."""
    step.saw("", expected="gone from the list, in the trash, then back with the same bytes")
    await vault.open("my")
    await vault.delete(document.id)
    await vault.row(document.id).wait_for(state="hidden")
    await vault.reload()
    await vault.listed()
    left = [row.name for row in await vault.rows() if row.id == document.id]
    assert not left, f"deleted, and after a reload the list still holds {left}"
    client = await flow.client("member")
    response = await client.get(DOCUMENTS, params={"vault": "my"})
    assert response.status_code == 200, f"the API's list was answered {told(response)}"
    assert document.id not in response.text, "deleted, and the API still lists it in My Vault"
    step.saw("gone from the list")


async def _comes_back(flow: Flow, vault: VaultPage, document: VaultDocument, step: Step) -> None:
    await vault.open("trash")
    await _in(vault, "trash", document)
    await vault.restore(document.id)
    await vault.row(document.id).wait_for(state="hidden")
    await vault.choose("my")
    await _in(vault, "my", document)
    client = await flow.client("member")
    response = await client.get(f"{DOCUMENTS}/{document.id}/content")
    assert response.status_code == 200, f"the restored file was answered {told(response)}"
    digest = hashlib.sha256(response.content).hexdigest()
    step.saw(f"gone, in the trash, back with SHA-256 {digest}")
    assert digest == document.sample.sha256, "the restored document has other bytes"


async def _in(vault: VaultPage, which: Vault, document: VaultDocument) -> None:
    await until(
        vault.rows,
        lambda rows: document.id in [row.id for row in rows],
        what=f"{document.name} is listed under {which}",
        seconds=vault.target.environment.bounds.page_seconds,
        every=0.1,
    )
