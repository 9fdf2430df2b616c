"""Tries beforehand what a run will need, and says how to mend what is missing."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from postdeploy.addresses import declared_urls
from postdeploy.browser import find_browser, launch_arguments
from postdeploy.checklist import Checklist, load_checklist
from postdeploy.embedded import Embedded, find_or_start
from postdeploy.errors import ConfigError, ProbeError, Problem
from postdeploy.locators import examination
from postdeploy.locators.tally import Row
from postdeploy.policy import Permit, policy_of
from postdeploy.policy.http import PolicyTransport
from postdeploy.probes.connection import connect
from postdeploy.probes.http import ObservingTransport, online
from postdeploy.settings import Options, Person, load_settings
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


def as_json(findings: Sequence[Finding]) -> str:
    """All findings, for a program to read."""
    return json.dumps([asdict(finding) for finding in findings], indent=2, ensure_ascii=False)


def examine(root: Path, system: str, environment: str) -> Iterator[Finding]:
    """Files first, then settings, the browser where there are pages, the network, and AWS."""
    try:
        target = load_target(root / "targets", system, environment)
        checklist = load_checklist(root / "checklists", system, target.environment)
    except ConfigError as error:
        yield from (Finding("files", False, str(problem)) for problem in error.problems)
        return
    yield Finding("files", True, f"{target.file}, {checklist.file} ({_counted(checklist)})")
    yield from _settings(target, root)
    if target.environment.pages:
        yield _browser(target, root)
    if target.environment.discovery is None:
        yield from _network(target)
        yield from _aws(target)


def _counted(checklist: Checklist) -> str:
    by_hand = sum(item.by_hand and item.applicable for item in checklist.items)
    told = f", {by_hand} of them answered by a person" if by_hand else ""
    return f"{len(checklist.items)} items{told}"


def examine_locators(root: Path, system: str, environment: str) -> Iterator[Row]:
    """Every locator of the page objects, counted on the pages; an embedded deployment is started for it.

    Raises ConfigError when something that this needs is missing.
    """
    still_open: list[Problem] = []
    target = load_target(root / "targets", system, environment, None, still_open)
    person = _member(target, root, still_open)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "sandbox.log"
        embedded = _embedded(target, root, log)
        try:
            if embedded is not None:
                target = load_target(root / "targets", system, environment, embedded.addresses)
            yield from asyncio.run(_rows(target, person, root))
        finally:
            if embedded is not None:
                embedded.stop()


def _member(target: Target, root: Path, still_open: Sequence[Problem]) -> Person:
    problems = list(still_open)
    if not target.environment.pages:
        where = f"{target.file}, [environments.{target.name}]"
        mend = "Name the package of its page objects with the key pages"
        problems.append(Problem(where, "no pages of this system are known", mend))
    try:
        settings = load_settings(target, root, Options().secrets_id)
    except ConfigError as error:
        raise ConfigError([*problems, *error.problems]) from None
    if problems:
        raise ConfigError(problems)
    return settings.person("member")


def _embedded(target: Target, root: Path, log: Path) -> Embedded | None:
    if target.environment.discovery is None:
        return None
    return find_or_start(target.environment, Options().sandbox, root, log, target.system)


async def _rows(target: Target, person: Person, root: Path) -> list[Row]:
    try:
        executable = find_browser(Options().browser, root)
        return [row async for row in examination.examine(target, person, executable)]
    except ProbeError as error:
        return [Row("browser", "", "", "", 0, "not reached", str(error), failed=True)]


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
        try:
            browser = await playwright.chromium.launch(
                executable_path=path, args=launch_arguments(target.environment.urls.values())
            )
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
    for name, url in declared_urls(target.environment).items():
        connection = asyncio.run(connect(url, _SECONDS))
        yield Finding(f"address {name}", connection.open, connection.why or url)


async def _online(target: Target) -> bool:
    guarded = PolicyTransport(httpx.AsyncHTTPTransport(), policy_of(target), Permit())
    transport = ObservingTransport(guarded, lambda _: None)
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
