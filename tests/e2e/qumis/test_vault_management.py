"""Renaming, tagging, deleting and restoring a document."""

from __future__ import annotations

import functools
import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import replace

import pytest

from fixtures.vault import DOCUMENTS, POLICY, VaultDocument, told, uploaded
from postdeploy.check import Step
from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.naming import name_of
from postdeploy.pages.qumis.vault import Row, Vault, VaultPage
from postdeploy.shared import Shared
from postdeploy.waiting import until

SERIAL = 23
_ATTEMPTS = itertools.count(1)


@pytest.mark.prod_smoke
@pytest.mark.writes("document")
@pytest.mark.covers("vault.rename", "vault.tag", "vault.persists", "vault.delete-restore")
async def test_managing_a_document(flow: Flow) -> None:
    """A document keeps its new name and tag, leaves the list when deleted, and comes back whole.

    Its neighbour in the list stays as it was.
    """
    neighbour = await flow.shared(POLICY)
    document = await flow.shared(_fresh_document())
    name, tag = name_of(flow.run_id, "renamed.pdf"), f"tag-{flow.run_id}"
    confirmed: dict[str, str] = {}
    vault = VaultPage(await flow.page("member"), flow.target)
    await vault.open("my")
    row = await _is_there(vault, document)
    if "vault.rename" in flow.check.covers:
        async with flow.check.item("vault.rename", expected=name) as step:
            beside = await _is_there(vault, neighbour)
            await vault.rename(document.id, name)
            confirmed["name"] = name
            before, row = row, await _shows(vault, document, confirmed, step)
            _keeps(row, before, "renamed")
            await _is_found(flow, document, name)
            await _is_left_alone(vault, beside, "renamed")
    if "vault.tag" in flow.check.covers:
        async with flow.check.item("vault.tag", expected=tag) as step:
            beside = await _is_there(vault, neighbour)
            await vault.tag(document.id, tag)
            confirmed["tag"] = tag
            before, row = row, await _shows(vault, document, {"tag": tag}, step)
            _keeps(row, before, "tagged")
            await _is_left_alone(vault, beside, "tagged")
    async with flow.check.item("vault.persists") as step:
        await _persists(flow, vault, document, confirmed, step)
    async with flow.check.item("vault.delete-restore") as step:
        beside = await _is_there(vault, neighbour)
        before = await _goes(flow, vault, document, step)
        await _is_left_alone(vault, beside, "deleted")
        await _comes_back(flow, vault, document, before, step)
        await _is_left_alone(vault, beside, "restored")


def _fresh_document() -> Shared[VaultDocument]:
    """A document for this attempt alone: an earlier one may have left its own in the trash."""
    name = f"a document to rename, tag, delete and restore ({next(_ATTEMPTS)})"
    return Shared(name, lambda flow: uploaded(flow, "contract", SERIAL), writes=("document",))


async def _is_there(vault: VaultPage, document: VaultDocument) -> Row:
    """Its line. Whether the list holds an upload is for vault.my.listed to answer."""
    row = await vault.entry(document.id)
    if row is None:
        raise ProbeError(f"not reached: My Vault does not list {document.name}")
    return row


def _keeps(row: Row, before: Row, done: str) -> None:
    """What was read from the file, and the tags it had, are none of what was changed."""
    assert row.carrier == before.carrier or not before.carrier, (
        f"{done}, its carrier is {row.carrier!r} and was {before.carrier!r}"
    )
    lost = set(before.tags) - set(row.tags)
    assert not lost, f"{done}, it has lost the tags {sorted(lost)}"


async def _is_found(flow: Flow, document: VaultDocument, name: str) -> None:
    """By its new name, once the page has it."""
    client = await flow.client("member")
    response = await client.get(DOCUMENTS, params={"q": name})
    assert response.status_code == 200, f"the vault's search was answered {told(response)}"
    assert document.id in response.text, f"renamed, it is not found as {name}: {told(response)}"


async def _is_left_alone(vault: VaultPage, beside: Row, done: str) -> None:
    """What is done to one document is done to that one."""
    now = await vault.entry(beside.id)
    assert now == beside, f"{done} one document, and another, which was {beside}, is now {now}"


async def _shows(
    vault: VaultPage, document: VaultDocument, wanted: Mapping[str, str], step: Step
) -> Row:
    """The list comes to show the document with that name and that tag."""
    row = await until(
        functools.partial(vault.entry, document.id),
        lambda row: row is not None and _holds(row, wanted),
        what=f"the list shows {' and '.join(wanted.values())}",
        seconds=vault.target.environment.bounds.page_seconds,
        every=0.2,
    )
    step.saw(row)
    assert row is not None
    return row


def _holds(row: Row, wanted: Mapping[str, str]) -> bool:
    named = wanted.get("name", row.name) == row.name
    return named and ("tag" not in wanted or wanted["tag"] in row.tags)


async def _persists(
    flow: Flow,
    vault: VaultPage,
    document: VaultDocument,
    confirmed: Mapping[str, str],
    step: Step,
) -> None:
    """What was confirmed is so after a reload, in the list and at the API."""
    if not confirmed:
        raise ProbeError("not reached: neither name nor tag could be changed")
    step.saw("", expected=" and ".join(confirmed.values()))
    await vault.open("my")
    await _shows(vault, document, confirmed, step)
    client = await flow.client("member")
    response = await client.get(f"{DOCUMENTS}/{document.id}")
    assert response.status_code == 200, f"the changed document was answered {told(response)}"
    kept = response.json()
    name = confirmed.get("name", document.name)
    assert kept["name"] == name, f"the list says {name!r}, the API {kept['name']!r}"
    lost = {confirmed.get("tag", "")} - {"", *kept["tags"]}
    assert not lost, f"the list shows the tag, the API holds {kept['tags']}"


async def _goes(flow: Flow, vault: VaultPage, document: VaultDocument, step: Step) -> Row:
    """Deleted: out of the list at once and after a reload; returns its line as it was before."""
    step.saw(
        "", expected="gone from the list, in the trash, then back as it was, with the same bytes"
    )
    await vault.open("my")
    before = await _in(vault, "my", document)
    await vault.delete(document.id)
    await _leaves(vault, document, "once deleted, the document leaves the list")
    await vault.open("my")
    left = await vault.entry(document.id)
    assert left is None, f"deleted, and after a reload the list still holds {left}"
    client = await flow.client("member")
    for query in ({"vault": "my"}, {"q": before.name}):
        response = await client.get(DOCUMENTS, params=query)
        assert response.status_code == 200, f"the API's list was answered {told(response)}"
        assert document.id not in response.text, f"deleted, and still listed: {told(response)}"
    step.saw("gone from the list")
    return before


async def _comes_back(
    flow: Flow, vault: VaultPage, document: VaultDocument, before: Row, step: Step
) -> None:
    await vault.open("trash")
    await _in(vault, "trash", document)
    await vault.restore(document.id)
    await _leaves(vault, document, "once restored, the document leaves the trash")
    await vault.choose("my")
    back = await _is_back(vault, document, before)
    as_before = replace(back, status=before.status) == before
    assert as_before, f"restored, the list shows {back}, and before it showed {before}"
    assert back.status in (before.status, "Ready"), f"restored, the document is {back.status}"
    client = await flow.client("member")
    response = await client.get(f"{DOCUMENTS}/{document.id}/content")
    assert response.status_code == 200, f"the restored file was answered {told(response)}"
    digest = hashlib.sha256(response.content).hexdigest()
    step.saw(f"gone, in the trash, back with SHA-256 {digest}")
    assert digest == document.sample.sha256, "the restored document has other bytes"
    pages = await client.get(f"{DOCUMENTS}/{document.id}/pages")
    number = document.sample.facts.policy_number
    assert pages.status_code == 200, f"the restored document's pages: {told(pages)}"
    assert number in pages.text, f"restored, its pages lack {number}: {told(pages)}"


async def _in(vault: VaultPage, which: Vault, document: VaultDocument) -> Row:
    row = await until(
        functools.partial(vault.entry, document.id),
        lambda row: row is not None,
        what=f"{document.name} is listed under {which}",
        seconds=vault.target.environment.bounds.page_seconds,
        every=0.2,
    )
    assert row is not None
    return row


async def _is_back(vault: VaultPage, document: VaultDocument, before: Row) -> Row:
    """Its line, once the product is done with it: what is restored may be read anew."""
    row = await until(
        functools.partial(vault.entry, document.id),
        lambda row: row is not None and row.status in (before.status, "Ready", "Failed"),
        what=f"{document.name}, restored, is listed as {before.status}",
        seconds=vault.target.environment.bounds.upload_seconds,
        every=0.2,
    )
    assert row is not None
    return row


async def _leaves(vault: VaultPage, document: VaultDocument, what: str) -> None:
    await until(
        functools.partial(vault.entry, document.id),
        lambda row: row is None,
        what=what,
        seconds=vault.target.environment.bounds.page_seconds,
        every=0.2,
    )
