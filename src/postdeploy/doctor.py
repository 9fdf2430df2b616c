"""Tries beforehand what a run will need, and says how to mend what is missing."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from postdeploy.browser_endpoint import BrowserEndpoint, connect, let_go, read_endpoint
from postdeploy.checklist import Checklist, load_checklist
from postdeploy.embedded import Embedded, find_or_start
from postdeploy.errors import ConfigError, ProbeError, Problem
from postdeploy.launching import find_browser, launch_arguments
from postdeploy.locators import examination
from postdeploy.locators.tally import Row
from postdeploy.policy import policy_of
from postdeploy.policy.connected import ConnectedGuard
from postdeploy.probes.proxy import Proxies
from postdeploy.redact import Redactor
from postdeploy.settings import Options, Person, Settings, load_settings, load_telling, proxies
from postdeploy.target import Target
from postdeploy.target_file import load_target
from postdeploy.telling.intent import lacking, receivers_of
from postdeploy.trials import machine
from postdeploy.trials.finding import Finding, missing
from postdeploy.trials.network import network
from postdeploy.trials.third_parties import third_parties
from postdeploy.trust import trusting
from postdeploy.waiver_table import tell_waivers

REPORTS = "reports"


def examine(root: Path, system: str, environment: str, reports: str = REPORTS) -> Iterator[Finding]:
    """Files first, then settings, this machine, the browser where there are pages, the network, and AWS.

    Nothing is written to the product, and no secret is told.
    """
    still_open: list[Problem] = []
    try:
        target = load_target(root / "targets", system, environment, None, still_open)
        checklist = load_checklist(root / "checklists", system, target.environment)
    except ConfigError as error:
        yield from _problems("files", error)
        yield from _machine(root, proxies(), root / reports)
        return
    if still_open:
        yield from _problems("files", ConfigError(still_open))
    else:
        yield Finding("files", True, f"{target.file}, {checklist.file} ({_counted(checklist)})")
    yield _waivers(root, system)
    settings, found = _settings(target, root)
    yield from found
    yield from _telling(target, root, settings)
    known, redactor = proxies(), Redactor(settings.values() if settings else ())
    for password in known.secrets():
        redactor.learn(password)
    for secret in _endpoint_secrets():
        redactor.learn(secret)
    here = _machine(root, known, root / reports)
    # What is still open is no address that could be asked.
    there = () if still_open else _tried(target, root, settings, known)
    for finding in itertools.chain(here, _browser(target, root), there):
        told, mend = redactor.clean(finding.told), redactor.clean(finding.mend)
        yield replace(finding, told=told, mend=mend)


def _waivers(root: Path, system: str) -> Finding:
    told = tell_waivers(root, system, datetime.now(UTC).date())
    words = " ".join(" ".join(told.lines).split())
    return Finding(
        "waivers", told.right, words, "" if told.right else f"Mend waivers/{system}.toml"
    )


def _telling(target: Target, root: Path, settings: Settings | None) -> Iterator[Finding]:
    declared = receivers_of(target.environment.telling)
    if not declared:
        return
    problems = [*lacking(target, settings or load_telling(target, root, Options().secrets_id))]
    if problems:
        yield from _problems("telling", ConfigError(problems))
    else:
        yield Finding("telling", True, f"{declared}: all is set, nothing was sent")


def _machine(root: Path, known: Proxies, reports: Path) -> Iterator[Finding]:
    yield machine.packages(root)
    yield machine.reports(reports)
    yield machine.leases()
    yield machine.leftovers(reports)
    yield from machine.proxies(known)


def _tried(
    target: Target, root: Path, settings: Settings | None, known: Proxies
) -> Iterator[Finding]:
    environment = target.environment
    if environment.discovery is not None:
        return  # its addresses are known when it has been started
    try:
        trust = trusting(environment.ca_file, root)
    except ConfigError as error:
        yield from _problems("certificates", error)
        return
    yield from network(target, known, trust)
    if settings is not None:
        yield from third_parties(target, settings, known, trust)
    yield from _aws(target, settings)


def _problems(what: str, error: ConfigError) -> Iterator[Finding]:
    for problem in error.problems:
        yield Finding(what, False, f"{problem.where}: {problem.what}", problem.mend)


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


def _settings(target: Target, root: Path) -> tuple[Settings | None, list[Finding]]:
    try:
        settings = load_settings(target, root, Options().secrets_id)
    except ConfigError as error:
        return None, list(_problems("settings", error))
    return settings, [Finding("settings", True, "complete")]


def _browser(target: Target, root: Path) -> Iterator[Finding]:
    if target.environment.pages:
        yield _a_browser(target, root)


def _a_browser(target: Target, root: Path) -> Finding:
    try:
        endpoint = _endpoint()
        path = None if endpoint else find_browser(Options().browser, root)
        version = asyncio.run(_connected(endpoint, target) if endpoint else _started(path, target))
    except ProbeError as error:
        return missing("browser", error)
    except ConfigError as error:
        return next(_problems("browser", error))
    where = f"at {endpoint.shown}" if endpoint else path or "of Playwright"
    return Finding("browser", True, f"{where}, version {version}")


def _endpoint() -> BrowserEndpoint | None:
    return read_endpoint("", Options().browser_endpoint.get_secret_value())


def _endpoint_secrets() -> Iterator[str]:
    with contextlib.suppress(ConfigError):  # told in the row of the browser
        endpoint = _endpoint()
        yield from endpoint.secrets() if endpoint else ()


async def _connected(endpoint: BrowserEndpoint, target: Target) -> str:
    from playwright.async_api import async_playwright

    told: list[str] = []
    protected = target.environment.protected
    guard = ConnectedGuard(policy_of(target), told.append, lambda _: None, protected=protected)
    async with async_playwright() as playwright:
        browser = await connect(playwright, endpoint, guard.watch)
        version = browser.version
        await let_go(browser)
        return "; ".join([version, *told])


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


def _aws(target: Target, settings: Settings | None) -> Iterator[Finding]:
    declared = target.environment.aws
    if declared is None:
        return
    from postdeploy.probes.aws.session import open_session
    from postdeploy.trials.aws import aws

    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    keys = [settings.secret(n) for n in names if settings and n in target.environment.secrets]
    key, secret = keys if len(keys) == len(names) else (None, None)
    session = open_session(
        declared, access_key=key, secret_key=secret, user_agent="postdeploy doctor"
    )
    yield from aws(declared, session)
