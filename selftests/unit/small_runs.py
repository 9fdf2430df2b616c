"""Runs of checks that are made up in a test: a real engine, and no pytest around it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from postdeploy.facts import RunFacts
from postdeploy.flow import Flow
from postdeploy.launching import BrowserOptions
from postdeploy.run import Run
from postdeploy.settings import Settings
from postdeploy.target import Bounds, Environment, Target
from postdeploy.ticket import Ticket

Body = Callable[..., Awaitable[None]]


def make_run(folder: Path, environment: Environment | None = None, worker: str = "") -> Run:
    """A run whose folder is `folder`; its browser is started only if somebody asks for a page."""
    facts = RunFacts(
        run_id="261121-101500-4f2a",
        folder=str(folder),
        root=str(folder),
        system="demo",
        environment="sandbox",
        started="2026-11-21T10:15:00+00:00",
    )
    target = Target(
        system="demo",
        title="Demo",
        name="sandbox",
        file="targets/demo.toml",
        environment=environment or Environment(bounds=Bounds(check_seconds=10)),
    )
    return Run(facts, target, Settings({}, {}), BrowserOptions(), None, worker)


def ticket(function: Body, *covers: str, **more: Any) -> Ticket:
    """A check made of `function`, called as it is."""
    name = getattr(function, "__name__", "check")
    return Ticket(
        id=name, function=function, params={}, covers=covers or (name,), title=name, **more
    )


def answering(**outcomes: Exception | None) -> Body:
    """A check that answers each item: None passes it, an error is raised in its step."""

    async def check(flow: Flow) -> None:
        for item, error in outcomes.items():
            async with flow.check.item(item):
                if error is not None:
                    raise error

    return check


def journal(folder: Path) -> list[dict[str, Any]]:
    """What the run has written down."""
    return [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]
