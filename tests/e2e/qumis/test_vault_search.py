"""The vault's own search on `/documents`, which does not depend on the search index."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from fixtures.role_matrix import ROLE_DOCUMENT
from fixtures.series import OWNER, SERIES, Series
from fixtures.vault import DOCUMENTS, VaultDocument, sample, told, upload
from fixtures.viewing import shows_first_page
from postdeploy.check import Step
from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.pages.qumis.shell import linked_id
from postdeploy.pages.qumis.vault import VaultPage
from postdeploy.pages.qumis.viewer import ViewerPage
from postdeploy.waiting import until

SERIAL = 24


@pytest.mark.prod_smoke
@pytest.mark.writes("document")
@pytest.mark.covers(
    "search.vault.filename",
    "search.vault.metadata",
    "search.vault.opens",
    "search.vault.non-indexed",
)
async def test_searching_the_vault(flow: Flow) -> None:
    """Both vaults find documents by name; mine by carrier, number and tag, too, and before they are indexed."""
    series = await flow.shared(SERIES)
    page = await flow.page(OWNER)
    vault = VaultPage(page, flow.target)
    wanted, found = series.documents[1], False
    async with flow.check.item("search.vault.filename", expected=wanted.name) as step:
        await vault.open("my")
        await _finds(vault, wanted.name, [wanted], step)
        found = True
        await _finds_shared(flow, vault, step)
    async with flow.check.item("search.vault.metadata") as step:
        await _finds_by_metadata(vault, series, step)
    async with flow.check.item("search.vault.opens", expected=wanted.name) as step:
        if not found:
            raise ProbeError("not reached: the search by name finds nothing to open")
        await _finds(vault, wanted.name, [wanted], step)
        await vault.link(wanted.id).click()
        await page.wait_for_url(lambda url: linked_id(url) == wanted.id)
        await shows_first_page(ViewerPage(page, flow.target), wanted.sample, step)
    async with flow.check.item("search.vault.non-indexed") as step:
        await vault.open("my")
        await _finds_before_index(flow, vault, step)


async def _finds(vault: VaultPage, words: str, wanted: Iterable[VaultDocument], step: Step) -> None:
    """Typing the words leaves exactly these documents."""
    names = sorted(document.name for document in wanted)

    async def listed() -> list[str]:
        return sorted({row.name for row in await vault.rows()})

    await vault.search(words)
    seen = await until(
        listed,
        lambda seen: seen == names,
        what=f"typing {words!r} leaves {names}",
        seconds=vault.target.environment.bounds.page_seconds,
        every=0.2,
    )
    step.saw(f"{words!r}: {seen}")


async def _finds_shared(flow: Flow, vault: VaultPage, step: Step) -> None:
    """The same in the Shared Vault; ends in My Vault again."""
    shared = await flow.shared(ROLE_DOCUMENT)
    await vault.choose("shared")
    try:
        await _finds(vault, shared.name, [shared], step)
    finally:
        await vault.choose("my")


async def _finds_by_metadata(vault: VaultPage, series: Series, step: Step) -> None:
    contract = series.documents[-1]
    step.saw("", expected="by policy number, tag and carrier")
    await _finds(vault, contract.sample.facts.policy_number, [contract], step)
    await _finds(vault, series.tag, [series.tagged], step)
    await _finds_carrier(vault, contract, step)


async def _finds_carrier(vault: VaultPage, document: VaultDocument, step: Step) -> None:
    """Typing a carrier leaves documents of that carrier only; older ones may be among them."""
    carrier = document.sample.facts.carrier

    async def carriers() -> dict[str, str]:
        return {row.id: row.carrier for row in await vault.rows()}

    await vault.search(carrier)
    seen = await until(
        carriers,
        lambda seen: document.id in seen and set(seen.values()) == {carrier},
        what=f"typing {carrier!r} leaves {document.name}, and nothing of another carrier",
        seconds=vault.target.environment.bounds.page_seconds,
        every=0.2,
    )
    step.saw(f"{len(seen)} of {carrier}")


async def _finds_before_index(flow: Flow, vault: VaultPage, step: Step) -> None:
    """Right after its upload, while the index does not hold it, the document is found by name."""
    fresh = await sample(flow, "policy", SERIAL)
    client = await flow.client(OWNER)
    document = await upload(flow, fresh, role=OWNER)
    listing, index = await asyncio.gather(
        client.get(DOCUMENTS, params={"vault": "my", "q": fresh.name}),
        client.get("/api/v1/search", params={"q": fresh.facts.keyword}),
    )
    if document.id in index.text:
        mend = (
            "Run the check again while the machine has less to do; where the product enters documents "
            "at once there is none that the index lacks, and the item can be waived"
        )
        raise ProbeError("the index held the document before it could be looked for", mend=mend)
    step.saw("not in the index yet", expected="found by name all the same")
    assert listing.status_code == 200, f"the vault's search was answered {told(listing)}"
    assert document.id in listing.text, "not yet indexed, the document is not found by its name"
    await _finds(vault, fresh.name, [document], step)
