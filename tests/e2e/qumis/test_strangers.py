"""Where the product's pages send things by themselves."""

from __future__ import annotations

import pytest

from postdeploy.flow import Flow
from postdeploy.pages.qumis.home import HomePage
from postdeploy.waiting import quiet

_REST_SECONDS = 1.0
"""A page that sends something as it opens has done so by then."""


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.closing
@pytest.mark.covers("session.no-strangers")
async def test_pages_tell_no_strangers(flow: Flow) -> None:
    """No page of this run meant to send anything to a host, or a third party's route, that is not declared."""
    home = HomePage(await flow.page("member"), flow.target)
    await home.open()
    await home.settled()
    await home.go("/documents")
    await home.settled()
    await quiet(_REST_SECONDS)
    async with flow.check.item("session.no-strangers", expected="to declared ones only") as step:
        guard = flow.run.browser.guard
        sent, blocked = guard.sent_elsewhere, "; ".join(guard.blocked.values()) or "none"
        told = "; ".join(sent.values()) or "to declared ones only"
        step.saw(f"{told}. Used of the declared: {guard.used.told()}. Blocked: {blocked}")
        assert not sent, f"blocked: {'; '.join(sent.values())}"
