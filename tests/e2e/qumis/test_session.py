"""A session that nobody uses ends by itself."""

from __future__ import annotations

import pytest
from playwright.async_api import Page

from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.pages.qumis.shell import Shell
from postdeploy.waiting import quiet

EARLY, LATE = 0.7, 1.2
"""Shares of the declared idle time after which a session must still be, and no longer be, alive."""


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.covers("session.timeout")
async def test_idle_session_ends(flow: Flow) -> None:
    """A session left idle, with a page open, lives for the time that the target declares, and ends after it."""
    idle = flow.session.idle_seconds
    async with flow.check.item("session.timeout", expected=f"ends after {idle:g} s idle") as step:
        _affordable(flow, idle)
        page = await flow.page("member", own_session=True)
        shell = Shell(page, flow.target)
        await shell.go("/")  # a page that is left open, and may ask for news by itself
        await shell.settled()
        await quiet(EARLY * idle)
        early = await _status(flow, page)
        step.saw(f"{early} after {EARLY * idle:g} s")
        assert early == 200, f"the session was answered {early} after {EARLY * idle:g} s already"
        await quiet(LATE * idle)
        late = await _status(flow, page)
        step.saw(f"{early} after {EARLY * idle:g} s, {late} after {LATE * idle:g} s more")
        assert late == 401, f"after {LATE * idle:g} s idle the session is answered {late}"
        await shell.go("/documents")
        face = await shell.settled()
        login = flow.session.login_path
        assert face.path == login, f"after its end the session leads to {face.path}, not {login}"


def _affordable(flow: Flow, idle: float) -> None:
    needed, budget = (EARLY + LATE) * idle, flow.environment.bounds.check_seconds
    if needed >= budget:
        raise ProbeError(
            f"watching an idle time of {idle:g} s takes {needed:g} s, more than one check may",
            mend="Raise bounds.check_seconds, or set session-timeout to false under features",
        )


async def _status(flow: Flow, page: Page) -> int:
    response = await page.request.get(flow.url("api", "/api/v1/me"))
    return response.status
