"""A check that makes something, and is not approved for production."""

from __future__ import annotations

import pytest

from postdeploy.flow import Flow


@pytest.mark.writes("thing")
@pytest.mark.covers("thing.made", "thing.used")
async def test_thing(flow: Flow) -> None:
    """A thing is made and used."""
    name = f"thing {flow.run_id}"
    entry = flow.intend("thing", name, role=None)
    async with flow.check.gate("thing.made"):
        answer = await flow.http().post(flow.url("api", "/things"), json={"name": name})
        assert answer.status_code == 201
        entry.made(answer.text)
    async with flow.check.item("thing.used"):
        use = await flow.http().get(flow.url("api", f"/things/{answer.text}"), timeout=120)
        assert use.text == name
