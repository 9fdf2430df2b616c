"""The browser is found, started once more after a crash, and then no more."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from postdeploy import browser
from postdeploy.browser import BrowserRoom
from postdeploy.errors import ProbeError
from postdeploy.launching import BrowserOptions, find_browser
from postdeploy.run import Run
from selftests.unit.small_runs import journal, make_run

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without a browser."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(browser, "_PLACES", ())
    return tmp_path


def executable(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_a_machine_without_a_browser_leaves_it_to_playwright(bare: Path) -> None:
    assert find_browser(None, bare) is None


def test_the_one_chosen_by_hand_outweighs_the_one_that_set_up_noted(bare: Path) -> None:
    noted, chosen = executable(bare / "noted"), executable(bare / "chosen")
    (bare / ".cache").mkdir()
    (bare / ".cache" / "browser").write_text(f"{noted}\n")
    assert find_browser(None, bare) == str(noted)
    assert find_browser(chosen, bare) == str(chosen)


def test_one_on_the_path_is_found_and_a_stale_note_is_passed_over(bare: Path) -> None:
    found = executable(bare / "bin" / "chromium")
    (bare / ".cache").mkdir()
    (bare / ".cache" / "browser").write_text("/no/such/browser")
    assert find_browser(None, bare) == str(found)


def test_one_chosen_by_hand_that_is_not_there_is_told(bare: Path) -> None:
    with pytest.raises(ProbeError, match=r"POSTDEPLOY_BROWSER names .* which is not there"):
        find_browser(bare / "missing", bare)


def room_scene(
    folder: Path, executable_path: str | None, work: Callable[[Run, BrowserRoom], Awaitable[None]]
) -> None:
    async def scene() -> None:
        run = make_run(folder)
        room = BrowserRoom(run, BrowserOptions(at_once=1), executable_path)
        try:
            await work(run, room)
        finally:
            await room.stop()

    asyncio.run(scene())


def test_a_browser_that_crashes_is_started_once_more_and_then_no_more(tmp_path: Path) -> None:
    found = find_browser(None, ROOT)
    if found is None:
        pytest.skip("this machine has no browser of its own")

    async def work(_: Run, room: BrowserRoom) -> None:
        first = await room.browser()
        assert await room.browser() is first
        await first.close()
        second = await room.browser()
        assert second is not first
        await second.close()
        with pytest.raises(ProbeError, match="the browser crashed twice"):
            await room.browser()

    room_scene(tmp_path, found, work)
    warnings = [entry["text"] for entry in journal(tmp_path) if entry["kind"] == "warning"]
    assert warnings == ["the browser crashed (1)", "the browser crashed (2)"]


def test_a_browser_that_does_not_start_could_not_be_observed(tmp_path: Path) -> None:
    async def work(_: Run, room: BrowserRoom) -> None:
        with pytest.raises(ProbeError, match="no browser could be started") as told:
            await room.browser()
        assert "make setup" in told.value.mend

    room_scene(tmp_path, shutil.which("false"), work)


def test_a_flow_waits_for_a_slot_and_a_maker_of_shared_things_does_not(tmp_path: Path) -> None:
    async def work(run: Run, room: BrowserRoom) -> None:
        holder, waiter = (run.flow((), name, lambda _: None) for name in ("holder", "waiter"))
        for flow in (holder, holder, run.maker("maker")):
            await asyncio.wait_for(room._take_slot(flow), 1)
        waiting = asyncio.ensure_future(room._take_slot(waiter))
        await asyncio.sleep(0)
        assert not waiting.done()
        room.give_slot(holder)
        await asyncio.wait_for(waiting, 1)

    room_scene(tmp_path, None, work)
