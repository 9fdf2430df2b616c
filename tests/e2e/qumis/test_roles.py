"""What the pages offer and open to each role; what the API lets through is the role matrix's to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from fixtures.role_matrix import ROLE_DOCUMENT
from fixtures.vault import VaultDocument
from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.pages.qumis.admin import AdminPage
from postdeploy.pages.qumis.reports import ReportForm
from postdeploy.pages.qumis.vault import VaultPage

MEMBERS_CAN = 3
"""At least so much a member is offered: a change of the document, an upload, a report."""


@pytest.mark.prod_smoke
@pytest.mark.writes("document")
@pytest.mark.covers("role.lower-blocked", "role.admin-only")
async def test_pages_of_each_role(flow: Flow) -> None:
    """Who only reads is offered no change, and Administration opens to administrators, by menu and by address."""
    async with flow.check.item("role.lower-blocked", expected="no change is offered") as step:
        document = await flow.shared(ROLE_DOCUMENT)
        offered = await _offered(flow, "viewer", document)
        step.saw(offered or "nothing")
        assert not offered, f"the lower privilege is offered {offered}"
        if len(await _offered(flow, "member", document)) < MEMBERS_CAN:
            raise ProbeError("a member is offered no more, so that this says nothing of roles")
    async with flow.check.item("role.admin-only") as step:
        step.saw("", expected="in the menu and by its address for admin alone")
        seen = {role: await _administration(flow, role) for role in ("admin", "member", "viewer")}
        step.saw(seen)
        _is_for_admins_only(flow, seen)


async def _offered(flow: Flow, role: str, document: VaultDocument) -> list[str]:
    """What the pages let the role do with the Shared Vault, with its document, and with reports."""
    vault = VaultPage(await flow.page(role), flow.target)
    await vault.open("shared")
    listed = await vault.entry(document.id) is not None
    _reached(listed, f"the Shared Vault does not list {document.name} to {role}")
    found = await vault.changes(document.id)
    upload = flow.target.label(VaultPage.upload_field.label)
    # The field itself may be out of sight where its label is what is pressed.
    if await vault.page.get_by_text(upload, exact=True).is_visible():
        found.append(upload)
    form = ReportForm(vault.page, flow.target, "analysis")
    await form.open()
    await form.settled()
    choosable = document.name in await form.offered()
    _reached(choosable, f"the report pages do not offer {document.name} to {role}")
    await form.choose(document.name)
    return [*found, "a report"] if await form.may_generate() else found


def _reached(there: bool, what: str) -> None:
    """Lists that lack the document are for other items to answer."""
    if not there:
        raise ProbeError(f"not reached: {what}")


@dataclass(frozen=True)
class Administration:
    """What a role is shown of Administration: the way to it in the menu, its page's table, anybody in it, a heading."""

    menu: bool
    users: bool
    people: bool
    heading: str


async def _administration(flow: Flow, role: str) -> Administration:
    page = AdminPage(await flow.page(role), flow.target)
    face = await page.open()
    shown = await page.users.is_visible()
    people = await page.users.get_by_role("cell").count() if shown else 0
    return Administration(await page.menu_link.is_visible(), shown, people > 0, face.heading)


def _is_for_admins_only(flow: Flow, seen: Mapping[str, Administration]) -> None:
    for role, shown in seen.items():
        allowed = role == "admin"
        assert shown.menu is allowed, f"{role}'s menu: {shown}"
        assert shown.users is allowed, f"{role} at the page's address: {shown}"
        assert shown.people is allowed, f"{role} is shown nobody in the table of users: {shown}"
        label = AdminPage.heading_words if allowed else AdminPage.refusal_words
        heading = flow.target.label(label.key)
        assert shown.heading == heading, f"{role} is shown {shown.heading!r}, expected {heading!r}"
