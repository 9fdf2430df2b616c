"""Opens every page of a system in a browser, as its member, and counts what its page objects look for."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from playwright.async_api import Error, async_playwright

from postdeploy.errors import ProbeError
from postdeploy.launching import launch_arguments
from postdeploy.locators.tally import Row, tally
from postdeploy.policy import SIGN_IN, Permit, policy_of
from postdeploy.policy.browser import BrowserGuard
from postdeploy.settings import proxies

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

    from postdeploy.locators.stop import Stop
    from postdeploy.settings import Person
    from postdeploy.target import Target


async def examine(target: Target, person: Person, executable: str | None) -> AsyncIterator[Row]:
    """A row for each locator on each page, in the order of the system's tour; nothing is written.

    What cannot be opened is a row of its own. Raises ProbeError when no browser starts.
    """
    package = f"postdeploy.pages.{target.environment.pages}"
    tour = importlib.import_module(f"{package}.tour")
    permit, blocked = Permit(frozenset({SIGN_IN}), "what the doctor looks at"), list[str]()
    async with _context(target, executable, permit, blocked) as context:
        page = await _page(context, target)
        async for row in _walk("signing in", tour.signed_out(page, target), page):
            yield row
        page = await _page(context, target)
        if trouble := await _sign_in(package, page, target, person):
            yield Row("signing in", "", "", "", 0, "not reached", trouble, failed=True)
            return
        async for row in _walk("all others", tour.signed_in(page, target), page):
            yield row
    for told in (*blocked, *(str(refused) for refused in permit.refusals)):
        yield Row("policy", "", "", "", 0, "not reached", told, failed=told not in blocked)


@contextlib.asynccontextmanager
async def _context(
    target: Target, executable: str | None, permit: Permit, blocked: list[str]
) -> AsyncIterator[BrowserContext]:
    known = proxies()
    guard = BrowserGuard(policy_of(target), blocked.append, permit.refusals.append, known.of)
    async with async_playwright() as playwright:
        arguments = [
            *launch_arguments(target.environment.urls.values()),
            *await guard.arguments(),
        ]
        try:
            browser = await playwright.chromium.launch(executable_path=executable, args=arguments)
        except Error as error:
            sentence = error.message.strip().splitlines()[0]
            mend = "Run `make setup`, or name a Chromium with POSTDEPLOY_BROWSER"
            raise ProbeError(f"no browser could be started: {sentence}", mend=mend) from error
        async with browser:
            await guard.watch(browser)
            agent = guard.tagged(f"postdeploy doctor Chrome/{browser.version}", permit)
            context = await browser.new_context(user_agent=agent, reduced_motion="reduce")
            await guard.admit(context, permit)
            yield context
        await guard.stop()


async def _page(context: BrowserContext, target: Target) -> Page:
    page = await context.new_page()
    page.set_default_timeout(target.environment.bounds.page_seconds * 1000)
    return page


async def _walk(where: str, stops: AsyncIterator[Stop], page: Page) -> AsyncIterator[Row]:
    try:
        async for stop in stops:
            for row in await tally(stop, page):
                yield row
    except Error as error:
        trouble = error.message.strip().splitlines()[0]
        yield Row(where, "", "", "", 0, "not reached", trouble, failed=True)


async def _sign_in(package: str, page: Page, target: Target, person: Person) -> str:
    """Sign the person in; returns what stopped it, or ""."""
    signing_in = importlib.import_module(f"{package}.signing_in")
    secrets = (person.password.get_secret_value(), person.totp_secret.get_secret_value())
    try:
        await signing_in.sign_in(page, target, person.email, *secrets)
    except (AssertionError, ProbeError) as error:
        return str(error)
    except Error as error:
        return error.message.strip().splitlines()[0]
    return ""
