"""What a check waited for, what was recorded of it, and how its page was before: all that is written down."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from postdeploy.browser import BrowserRoom
from postdeploy.engine import Engine
from postdeploy.errors import NotSeen
from postdeploy.facts import Stage
from postdeploy.flow import Flow
from postdeploy.launching import BrowserOptions, find_browser
from postdeploy.record.model import CheckRun, Record
from postdeploy.record.writers.timeline import make_timeline
from postdeploy.run import Run
from postdeploy.shared import Shared
from postdeploy.ticket import Ticket
from selftests.unit.small_runs import journal, make_run, ticket
from selftests.unit.test_browser import ROOT

SLOW = 0.2


async def _make(_: Flow) -> str:
    await asyncio.sleep(SLOW)
    return "made"


POLICY = Shared("the policy document", _make)


def run_all(run: Run, *checks: Ticket) -> None:
    engine = Engine(lambda: run)
    engine.start(checks)
    for check in checks:
        engine.wait(check.id)
    engine.stop()


def ended(folder: Path) -> dict[str, dict[str, Any]]:
    return {entry["check"]: entry for entry in journal(folder) if entry["kind"] == "check"}


def seconds(wait: dict[str, str]) -> float:
    started, ended = (datetime.fromisoformat(wait[key]) for key in ("started", "ended"))
    return (ended - started).total_seconds()


def test_who_waited_for_what_is_written_down_and_drawn(tmp_path: Path) -> None:
    async def asks(flow: Flow) -> None:
        async with flow.check.item("asks"):
            await flow.shared(POLICY)
            await flow.shared(POLICY)  # which is there by now, and no wait

    async def asks_too(flow: Flow) -> None:
        async with flow.check.item("asks_too"):
            await flow.shared(POLICY)

    async def closes(flow: Flow) -> None:
        async with flow.check.item("closes"):
            pass

    run_all(make_run(tmp_path), ticket(asks), ticket(asks_too), ticket(closes, stage=Stage.CLOSING))
    found = ended(tmp_path)
    told = {name: [wait["what"] for wait in entry["waits"]] for name, entry in found.items()}
    assert told == {
        "asks": ["the policy document"],
        "asks_too": ["the policy document"],
        "closes": ["the checks before it"],
    }
    assert SLOW <= seconds(found["asks"]["waits"][0]) < SLOW + 2
    keys = CheckRun.model_fields
    checks = [{k: v for k, v in entry.items() if k in keys} for entry in found.values()]
    record = Record.model_construct(checks=tuple(CheckRun.model_validate(one) for one in checks))
    timeline = make_timeline(record)
    assert timeline is not None
    causes = {cause.what: cause.checks for cause in timeline.causes}
    assert causes == {"the policy document": 2, "the checks before it": 1}
    # The bar is thin where it waited: what is left of it at work is next to nothing.
    bar = timeline.bar("asks")
    assert bar is not None
    assert sum(part.width for part in bar.worked) < bar.whole.width / 2


def browsing(tmp_path: Path, options: BrowserOptions, *outcomes: Exception | None) -> None:
    """One item on a page, tried as often, and what becomes of it each time."""
    found = find_browser(None, ROOT)
    if found is None:
        pytest.skip("this machine has no browser of its own")
    left = iter(outcomes)

    async def looks(flow: Flow) -> None:
        page = await flow.page(None)
        await page.goto("data:text/html,<h1>Documents</h1>")
        async with flow.check.item("looks"):
            if (error := next(left)) is not None:
                raise error

    (tmp_path / "evidence").mkdir()
    run = make_run(tmp_path)
    run.browser = BrowserRoom(run, options, found)
    run_all(run, ticket(looks))


def pictures(folder: Path) -> list[list[str]]:
    """By attempt, the titles of the pictures that are there."""
    answers = [entry for entry in journal(folder) if entry["kind"] == "attempt"]
    return [
        [one["title"] for one in entry["evidence"] if (folder / one.get("path", "-")).is_file()]
        for entry in answers
    ]


def test_a_further_attempt_shows_the_page_before_and_each_attempt_names_its_trace(
    tmp_path: Path,
) -> None:
    options = BrowserOptions(tracing="retain-on-failure")
    browsing(tmp_path, options, NotSeen("late"), NotSeen("late"))
    failed, before = "The page when it failed", "The page before the step"
    assert pictures(tmp_path) == [[failed], [before, failed]]
    traces = ended(tmp_path)["looks"]["evidence"]
    assert [one["title"] for one in traces] == ["Trace of attempt 1", "Trace of attempt 2"]
    assert len({one["path"] for one in traces}) == 2
    assert all((tmp_path / one["path"]).is_file() for one in traces)


def test_pictures_of_every_step_are_taken_where_they_are_asked_for(tmp_path: Path) -> None:
    browsing(tmp_path, BrowserOptions(screenshot="on"), None)
    assert pictures(tmp_path) == [["The page before the step", "The page after the step"]]


def test_nobody_waits_for_a_picture_of_what_passes(tmp_path: Path) -> None:
    browsing(tmp_path, BrowserOptions(), None)
    assert pictures(tmp_path) == [[]]
    assert ended(tmp_path)["looks"]["evidence"] == []
