"""Tries beforehand what a run will need, and says how to mend what is missing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from postdeploy.browser import find_browser, launch_arguments
from postdeploy.checklist import load_checklist
from postdeploy.errors import ConfigError, ProbeError
from postdeploy.probes.connection import connect
from postdeploy.probes.http import ObservingTransport, online
from postdeploy.settings import Options, load_settings
from postdeploy.target import Target
from postdeploy.target_file import load_target

_SECONDS = 10


@dataclass(frozen=True)
class Finding:
    """One thing that was tried."""

    what: str
    right: bool
    told: str

    def line(self) -> str:
        """The finding as the doctor prints it."""
        return f"{'ok     ' if self.right else 'MISSING'}  {self.what}: {self.told}"


def examine(root: Path, system: str, environment: str) -> Iterator[Finding]:
    """Files first, then settings, the browser, the network, and AWS."""
    try:
        target = load_target(root / "targets", system, environment)
        checklist = load_checklist(root / "checklists", system, target.environment)
    except ConfigError as error:
        yield from (Finding("files", False, str(problem)) for problem in error.problems)
        return
    yield Finding("files", True, f"{target.file}, {checklist.file} ({len(checklist.items)} items)")
    yield from _settings(target, root)
    yield _browser(target, root)
    if target.environment.discovery is None:
        yield from _network(target)
        yield from _aws(target)


def _settings(target: Target, root: Path) -> Iterator[Finding]:
    try:
        load_settings(target, root, Options().secrets_id)
    except ConfigError as error:
        yield from (Finding("settings", False, str(problem)) for problem in error.problems)
    else:
        yield Finding("settings", True, "complete")


def _browser(target: Target, root: Path) -> Finding:
    try:
        path = find_browser(Options().browser, root)
        version = asyncio.run(_started(path, target))
    except ProbeError as error:
        return Finding("browser", False, str(error))
    return Finding("browser", True, f"{path or 'of Playwright'}, version {version}")


async def _started(path: str | None, target: Target) -> str:
    from playwright.async_api import Error, async_playwright

    async with async_playwright() as playwright:
        arguments = launch_arguments(target.environment.urls.values())
        try:
            browser = await playwright.chromium.launch(executable_path=path, args=arguments)
        except Error as error:
            sentence = error.message.strip().splitlines()[0]
            raise ProbeError(f"does not start: {sentence}", mend="Run `make setup`") from error
        version = browser.version
        await browser.close()
        return version


def _network(target: Target) -> Iterator[Finding]:
    if not asyncio.run(_online(target)):
        yield Finding(
            "network", False, "no control address answers: this machine seems to be offline"
        )
    for name, url in target.environment.urls.items():
        connection = asyncio.run(connect(url, _SECONDS))
        yield Finding(f"address {name}", connection.open, connection.why or url)


async def _online(target: Target) -> bool:
    transport = ObservingTransport(httpx.AsyncHTTPTransport(), lambda _: None)
    async with httpx.AsyncClient(transport=transport) as client:
        return await online(client, target.environment.control) is not False


def _aws(target: Target) -> Iterator[Finding]:
    if target.environment.aws is None:
        return
    from postdeploy.probes.aws.access import observe_monitoring_access
    from postdeploy.probes.aws.identity import observe_identity
    from postdeploy.probes.aws.session import open_session

    session = open_session(target.environment.aws, user_agent="postdeploy doctor")
    trials: dict[str, Callable[[], object]] = {
        "AWS caller": lambda: observe_identity(session),
        "AWS monitoring": lambda: observe_monitoring_access(session),
    }
    for what, trial in trials.items():
        try:
            yield Finding(what, True, str(trial()))
        except ProbeError as error:
            yield Finding(what, False, str(error))
