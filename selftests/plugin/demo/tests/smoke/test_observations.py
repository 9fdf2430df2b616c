"""Checks of the demo product, one for each way in which a check can end."""

from __future__ import annotations

import os

import pytest

from postdeploy.errors import NotSeen, ProbeError
from postdeploy.flow import Flow

pytestmark = [pytest.mark.prod_smoke, pytest.mark.readonly]


async def state(flow: Flow, item: str, origin: str = "api") -> str:
    """What the product says about `item`."""
    answer = await flow.http().get(flow.url(origin, f"/state/{item}"))
    assert answer.status_code == 200, f"{item}: status {answer.status_code}"
    return answer.text


@pytest.mark.covers("right")
async def test_right(flow: Flow) -> None:
    """The product is right."""
    async with flow.check.item("right") as step:
        step.saw(await state(flow, "right"), expected="right")
        assert step.observed == "right", "the product is not right"


@pytest.mark.covers("roll")
async def test_roll(flow: Flow) -> None:
    """Nothing calls for a rollback."""
    async with flow.check.item("roll"):
        found = await state(flow, "roll")
        if found == "crash":
            os._exit(3)
        assert found == "right", "this calls for a rollback"


@pytest.mark.covers("warn")
async def test_warn(flow: Flow) -> None:
    """Nothing is worth a warning."""
    async with flow.check.item("warn"):
        assert await state(flow, "warn") == "right", "worth a warning"


@pytest.mark.covers("seen")
async def test_seen(flow: Flow) -> None:
    """A probe sees the product."""
    async with flow.check.item("seen"):
        if await state(flow, "seen") != "right":
            raise ProbeError("the probe may not look", mend="Grant it demo:Look")


@pytest.mark.covers("flaky")
async def test_flaky(flow: Flow) -> None:
    """What may fail once does not."""
    async with flow.check.item("flaky") as step:
        step.saw(await state(flow, "flaky"))
        if step.observed != "right":
            raise NotSeen("wrong at first")


@pytest.mark.covers("broken")
async def test_broken(flow: Flow) -> None:
    """The check is not broken."""
    async with flow.check.item("broken"):
        figures = {"right": 1}
        assert figures[await state(flow, "broken")] == 1


@pytest.mark.covers("host")
async def test_host(flow: Flow) -> None:
    """The host of its own answers."""
    async with flow.check.item("host"):
        assert await state(flow, "host", origin="host") == "right"


@pytest.mark.covers("quick")
async def test_quick(flow: Flow) -> None:
    """What is asked is answered in time."""
    async with flow.check.item("quick"):
        assert await state(flow, "quick") == "right"


@pytest.mark.covers("secret")
async def test_secret(flow: Flow) -> None:
    """The product does not echo its token."""
    async with flow.check.item("secret") as step:
        token = flow.secret("TOKEN")
        headers = {"Authorization": f"Bearer {token}", "X-Demo": token}
        answer = await flow.http(headers).get(flow.url("api", "/echo"), params={"token": token})
        step.saw(answer.text)
        step.show("What came back", answer.text)
        assert await state(flow, "secret") == "right", f"echoed: {answer.text}"


@pytest.mark.covers("door.open", "door.room", "door.bell")
async def test_door(flow: Flow) -> None:
    """The door opens to a room, and its bell rings."""
    async with flow.check.branch():
        async with flow.check.gate("door.open"):
            assert await state(flow, "door") == "right", "the door is shut"
        async with flow.check.item("door.room"):
            assert await state(flow, "room") == "right"
    async with flow.check.item("door.bell"):
        assert await state(flow, "bell") == "right"


@pytest.mark.each("links")
@pytest.mark.covers("link.{name}")
async def test_link(flow: Flow, name: str) -> None:
    """Each link leads somewhere."""
    async with flow.check.item(f"link.{name}"):
        assert await state(flow, name) == "right"


@pytest.mark.each("tiles")
@pytest.mark.covers("tile.{name}")
async def test_tile(flow: Flow, name: str) -> None:
    """Each tile leads somewhere."""
    async with flow.check.item(f"tile.{name}"):
        assert await state(flow, name) == "right"


@pytest.mark.covers("extra")
async def test_extra(flow: Flow) -> None:
    """The extra is right."""
    async with flow.check.item("extra"):
        assert await state(flow, "extra") == "right"
