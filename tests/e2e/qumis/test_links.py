"""The deep links that people keep as bookmarks."""

from __future__ import annotations

import pytest

from postdeploy.check import Step
from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.pages.qumis.shell import Shell
from postdeploy.target import Link

LINKS = (
    "single-policy-analysis",
    "policy-comparison",
    "claim-coverage",
    "coverage-checklist",
    "documents",
    "chat",
)


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.covers(*(f"link.{name}" for name in LINKS))
async def test_deep_links(flow: Flow) -> None:
    """Each deep link answers 200 and shows its own page, not a page that says not found."""
    shell = Shell(await flow.page("member"), flow.target)
    for name in LINKS:
        async with flow.check.item(f"link.{name}") as step:
            await _shows_its_page(shell, _declared(flow, name), step)


def _declared(flow: Flow, name: str) -> Link:
    if name not in flow.environment.links:
        mend = f"Add it under links in {flow.target.file}, or declare the item not applicable"
        raise ProbeError(f"the target declares no link {name!r}", mend=mend)
    return flow.environment.links[name]


async def _shows_its_page(shell: Shell, link: Link, step: Step) -> None:
    step.saw("", expected=f"200 and the heading {link.heading!r}")
    status = await shell.go(link.path)
    assert status == 200, f"{link.path} answered {status}"
    face = await shell.settled()
    step.saw(
        f"HTTP {status}, {face.path} with heading {face.heading!r}, alerts {list(face.alerts)}"
    )
    # A page may put what it opened (a new chat, say) behind its own path.
    at_home = f"{face.path}/".startswith(f"{link.path}/")
    assert at_home, f"{link.path} led to {face.path}, headed {face.heading!r}"
    assert face.heading == link.heading, f"{link.path} is headed {face.heading!r}"
    assert not face.alerts, f"{link.path} shows {face.alerts[0]!r}"
