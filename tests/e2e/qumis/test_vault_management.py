"""Renaming, tagging, deleting and restoring a document."""

from __future__ import annotations

import functools
import hashlib
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import replace

import httpx
import pytest

from fixtures.vault import DOCUMENTS, POLICY, VaultDocument, ready, sample, told, upload, uploaded
from postdeploy.check import Step
from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.naming import name_of
from postdeploy.pages.qumis.vault import Row, Vault, VaultPage
from postdeploy.probes.http import by_gateway
from postdeploy.shared import Shared
from postdeploy.waiting import until

SERIAL, SHARED_SERIAL = 23, 25
_ATTEMPTS = itertools.count(1)


@pytest.mark.prod_smoke
@pytest.mark.writes("document")
@pytest.mark.covers("vault.rename", "vault.tag", "vault.persists", "vault.delete-restore")
async def test_managing_a_document(flow: Flow) -> None:
    """A document keeps its new name and its tags, leaves the list when deleted, and comes back whole.

    Its neighbour in the list stays as it was. A document of the Shared Vault goes and comes back for a colleague, too.
    """
    neighbour = await flow.shared(POLICY)
    document = await flow.shared(_fresh_document())
    name, tag = name_of(flow.run_id, "renamed.pdf"), f"Tag Ä & B {flow.run_id}"
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
        await _shared_goes_and_comes_back(flow, step)


def _fresh_document() -> Shared[VaultDocument]:
    """A document for this attempt alone: an earlier one may have left its own in the trash."""
    name = f"a document to rename, tag, delete and restore ({next(_ATTEMPTS)})"
    return Shared(name, _tagged, writes=("document",))


def _first_tag(flow: Flow) -> str:
    """The tag that the document has before anything is done to it, so that there is one to be lost."""
    return f"kept-{flow.run_id}"


async def _tagged(flow: Flow) -> VaultDocument:
    """With its first tag, if the product takes it: whether it did is for vault.persists to answer.

    A policy, because that has a word of its own, by which the index knows it.
    """
    document = await uploaded(flow, "policy", SERIAL)
    client = await flow.client("member")
    answer = await client.patch(f"{DOCUMENTS}/{document.id}", json={"add_tag": _first_tag(flow)})
    assert not by_gateway(answer), f"tagging a document was answered {told(answer)}"
    return document


def _fresh_shared() -> Shared[VaultDocument]:
    """The same in the Shared Vault."""
    name = f"a shared document to delete and restore ({next(_ATTEMPTS)})"
    return Shared(name, _shared, writes=("document",))


async def _shared(flow: Flow) -> VaultDocument:
    document = await upload(flow, await sample(flow, "contract", SHARED_SERIAL), vault="shared")
    await ready(flow, [document.id], seconds=flow.environment.bounds.upload_seconds)
    return document


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
    return wanted.get("name", row.name) == row.name and not _missing(wanted, row.tags)


def _missing(wanted: Mapping[str, str], tags: Iterable[str]) -> list[str]:
    """The tags wanted that are not among these. A style may write them all in capitals: case says nothing."""
    there = {tag.casefold() for tag in tags}
    sought = (value for what, value in wanted.items() if what != "name")
    return [tag for tag in sought if tag.casefold() not in there]


async def _persists(
    flow: Flow,
    vault: VaultPage,
    document: VaultDocument,
    confirmed: Mapping[str, str],
    step: Step,
) -> None:
    """What was confirmed is so after a reload, in the list and at the API, and the first tag is there still."""
    if not confirmed:
        raise ProbeError("not reached: neither name nor tag could be changed")
    wanted = {**confirmed, "first tag": _first_tag(flow)}
    step.saw("", expected=" and ".join(wanted.values()))
    await vault.open("my")
    await _shows(vault, document, wanted, step)
    client = await flow.client("member")
    response = await client.get(f"{DOCUMENTS}/{document.id}")
    assert response.status_code == 200, f"the changed document was answered {told(response)}"
    kept = response.json()
    name = confirmed.get("name", document.name)
    assert kept["name"] == name, f"the list says {name!r}, the API {kept['name']!r}"
    lost = _missing(wanted, kept["tags"])
    assert not lost, f"the list shows {' and '.join(lost)}, the API holds {kept['tags']}"


async def _goes(flow: Flow, vault: VaultPage, document: VaultDocument, step: Step) -> Row:
    """Deleted: out of the list at once and after a reload; returns its line as it was before."""
    step.saw(
        "", expected="gone from the list, in the trash, then back as it was, with the same bytes"
    )
    await vault.open("my")
    before = await _in(vault, "my", document)
    client = await flow.client("member")
    indexed = await _is_in_index(client, document)
    await vault.delete(document.id)
    await _leaves(vault, document, "once deleted, the document leaves the list")
    await vault.open("my")
    left = await vault.entry(document.id)
    assert left is None, f"deleted, and after a reload the list still holds {left}"
    for query in ({"vault": "my"}, {"q": before.name}):
        response = await client.get(DOCUMENTS, params=query)
        assert response.status_code == 200, f"the API's list was answered {told(response)}"
        assert document.id not in response.text, f"deleted, and still listed: {told(response)}"
    # What the index did not hold yet cannot be seen to leave it.
    if indexed:
        await _leaves_index(flow, client, document)
    told_of_index = (
        "held it, and does not any more" if indexed else "did not hold it yet: not asked"
    )
    step.show("Deleted, and the search index", told_of_index)
    step.saw("gone from the list")
    return before


async def _is_in_index(client: httpx.AsyncClient, document: VaultDocument) -> bool:
    response = await client.get("/api/v1/search", params={"q": document.sample.facts.keyword})
    return response.is_success and document.id in response.text


async def _leaves_index(flow: Flow, client: httpx.AsyncClient, document: VaultDocument) -> None:
    await until(
        functools.partial(_is_in_index, client, document),
        lambda there: not there,
        what="once deleted, the document leaves the results of the home page's search",
        seconds=flow.environment.bounds.index_seconds,
    )


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


async def _shared_goes_and_comes_back(flow: Flow, step: Step) -> None:
    """What is deleted in the Shared Vault is gone for a colleague, and restored it is shared again."""
    shared = await flow.shared(_fresh_shared())
    member, colleague = await flow.client("member"), await flow.client("teammate")
    if not await _is_shared_with(colleague, shared):
        raise ProbeError(f"not reached: a colleague's Shared Vault does not list {shared.name}")
    address = f"{DOCUMENTS}/{shared.id}"
    answer = await member.delete(address)
    assert answer.is_success, f"deleting a shared document was answered {told(answer)}"
    await _comes_to_be_shared(flow, colleague, shared, wanted=False)
    answer = await member.post(f"{address}/restore")
    assert answer.is_success, f"restoring a shared document was answered {told(answer)}"
    await _comes_to_be_shared(flow, colleague, shared, wanted=True)
    mine = await member.get(DOCUMENTS, params={"vault": "my"})
    assert mine.status_code == 200, f"the API's list was answered {told(mine)}"
    assert shared.id not in mine.text, f"shared and restored, it is in My Vault: {told(mine)}"
    step.show(
        "In the Shared Vault, for a colleague", f"{shared.name}: there, gone, and there again"
    )


async def _comes_to_be_shared(
    flow: Flow, colleague: httpx.AsyncClient, document: VaultDocument, *, wanted: bool
) -> None:
    done, shown = ("restored", "holds") if wanted else ("deleted", "does not hold")
    await until(
        functools.partial(_is_shared_with, colleague, document),
        lambda there: there is wanted,
        what=f"{done}, a colleague's Shared Vault {shown} {document.name}",
        seconds=flow.environment.bounds.page_seconds,
        every=0.2,
    )


async def _is_shared_with(colleague: httpx.AsyncClient, document: VaultDocument) -> bool:
    response = await colleague.get(DOCUMENTS, params={"vault": "shared"})
    assert response.status_code == 200, f"a colleague's list was answered {told(response)}"
    return document.id in response.text
