"""The browser of a run: found, started, restarted once, and its contexts signed in as a role."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from postdeploy import browser_endpoint, clocks, gateway
from postdeploy.errors import CodeRefused, ProbeError
from postdeploy.launching import BrowserOptions, launch_arguments, user_agent
from postdeploy.learning import learn_context, learn_cookies, learn_state
from postdeploy.own_session import carries_shared
from postdeploy.policy import SIGN_IN, Permit, Refused
from postdeploy.policy.browser import BrowserGuard
from postdeploy.policy.connected import ConnectedGuard
from postdeploy.recorded import is_recorded, is_traced
from postdeploy.recordings import Recordings
from postdeploy.shared import Shared
from postdeploy.traffic import TrafficWatch
from postdeploy.waits import paused

if TYPE_CHECKING:
    from playwright.async_api import (
        Browser,
        BrowserContext,
        Playwright,
        Request,
        Response,
        StorageState,
    )

    from postdeploy.artifacts import Recording
    from postdeploy.browser_endpoint import BrowserEndpoint
    from postdeploy.flow import Flow
    from postdeploy.run import Run
    from postdeploy.settings import Person

_GRACE_SECONDS = 2.0
_SIGN_INS = 3
_CLOSE_SECONDS = 15.0
_A_PLACE = "a free place in the browser"


class BrowserRoom:
    """One browser for all flows, a context for each."""

    def __init__(self, run: Run, options: BrowserOptions, executable: str | None) -> None:
        self.options = options
        self.crashes = 0
        self._dead: list[Browser] = []
        self.missing: ProbeError | None = None
        """Why there is none, where that is known before anybody wants one."""
        self._run = run
        self._executable = executable
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._starting = asyncio.Lock()
        self._slots = asyncio.Semaphore(options.at_once)
        self._holders: set[Flow] = set()
        self._users: set[Flow] = set()
        """Flows with an open context, and those that sign somebody in."""
        self._closing = False
        self._pulse: asyncio.Task[None] | None = None
        self._recordings = Recordings(run, options)
        self.guard = self._guard()
        self.traffic = TrafficWatch(
            run.environment.urls.values(), run.environment.bounds.page_seconds, run.timeouts.append
        )

    def _guard(self) -> BrowserGuard:
        run, orphan = self._run, self._refused_to_somebody
        if self.options.endpoint is None:
            return BrowserGuard(run.policy, run.warn, orphan, lambda url: run.proxies.of(url))
        protected = run.environment.protected
        return ConnectedGuard(run.policy, run.warn, orphan, protected=protected)

    async def context(
        self, flow: Flow, role: str | None, *, own_session: bool, signs_in: bool = False
    ) -> BrowserContext:
        """A fresh context for `flow`, signed in as `role`. Raises ProbeError when no browser starts.

        One in which the check itself signs in is neither traced nor filmed until `record` is called.
        """
        state = await self.signed_in(flow, role, own_session=own_session) if role else None
        await self._take_slot(flow)
        self._users.add(flow)
        film = self.options.video != "off" and not signs_in
        context = await self._new_context(flow, flow.permit, state, video=film)
        if film:
            is_recorded(context)
        if role and not own_session:
            carries_shared(context, role)
        if not signs_in:
            await self.record(context)
        return context

    async def record(self, context: BrowserContext) -> None:
        """Trace a context from now on, where traces are asked for; nobody may sign in there any more."""
        # Signing in stays outside: a trace would hold the password.
        if self.options.tracing != "off" and not is_traced(context):
            is_recorded(context, trace=True)
            await context.tracing.start(screenshots=True, snapshots=True)

    async def signed_in(self, flow: Flow, role: str, *, own_session: bool) -> Mapping[str, Any]:
        """Cookies and storage of a session of `role`; shared by all flows unless it is to be one's own."""
        if own_session:
            return await self._sign_in(flow, flow.person(role, own=True))
        # Not by flow.shared: whoever needs a page need not declare that somebody signs in for it.
        thing = Shared(
            f"a session as {role}", lambda maker: self._sign_in(maker, maker.person(role))
        )
        with flow.waits.on(thing.name):
            return await self._run.workshop.get(thing)

    async def session_of(
        self, flow: Flow, person: Person, *, anew: bool = False
    ) -> Mapping[str, Any]:
        """Cookies and storage of a session of that very person; `anew` signs in again."""
        if anew:
            return await self._sign_in(flow, person)
        if person == flow.person(person.role):
            return await self.signed_in(flow, person.role, own_session=False)
        name = f"a session as {person.role} number {person.number}"
        making = Shared(name, lambda maker: self._sign_in(maker, person))
        with flow.waits.on(making.name):
            return await self._run.workshop.get(making)

    async def _sign_in(self, flow: Flow, person: Person) -> Mapping[str, Any]:
        """Sign in, again where that led nowhere: whether it is reliable is for its own check to say.

        There is a third try where a load balancer has answered in the product's place.
        """
        reason = ""
        for _ in range(_SIGN_INS - 1):
            before = len(flow.gateway.answers)
            try:
                state = await self._sign_in_once(flow, person)
            except AssertionError as error:
                if reason and len(flow.gateway.answers) == before:
                    raise
                reason = str(error).splitlines()[0]
            else:
                return self._told(state, person, reason)
        return self._told(await self._sign_in_once(flow, person), person, reason)

    def _told(self, state: Mapping[str, Any], person: Person, reason: str) -> Mapping[str, Any]:
        if reason:
            self._run.warn(f"signing in as {person.role} did not work at the first try: {reason}")
        return state

    async def _sign_in_once(self, flow: Flow, person: Person) -> Mapping[str, Any]:
        self._users.add(flow)
        pages = importlib.import_module(f"postdeploy.pages.{flow.environment.pages}.signing_in")
        context = await self._new_context(flow, flow.permit.widened(SIGN_IN), None)
        try:
            page = await context.new_page()
            page.set_default_timeout(flow.environment.bounds.page_seconds * 1000)
            await pages.sign_in(
                page,
                flow.target,
                person.email,
                person.password.get_secret_value(),
                person.totp_secret.get_secret_value(),
            )
            state = await context.storage_state()
        except CodeRefused as error:
            raise await clocks.explained(error, flow) from None
        finally:
            await self._let_go(context)
        learn_state(state, self._run.redactor, self._session_cookie)
        return dict(state)

    @property
    def _session_cookie(self) -> str:
        session = self._run.environment.session
        return session.cookie if session is not None else ""

    async def _new_context(
        self,
        flow: Flow,
        permit: Permit,
        state: Mapping[str, Any] | None,
        *,
        video: bool = False,
    ) -> BrowserContext:
        browser = await self.browser()
        folder = self._run.folder / "evidence"
        agent = user_agent(browser.version, self._run.agent)
        context = await browser.new_context(
            storage_state=_state(state),
            user_agent=self.guard.tagged(agent, permit, flow.gateway.passed),
            record_video_dir=folder if video else None,
            accept_downloads=True,
            proxy=self.guard.context_proxy(),
            # Spinners and slides cost more than the pages themselves where there is no graphics card.
            reduced_motion="reduce",
        )
        learn_context(context, self._run.redactor)
        await self.guard.admit(context, permit)
        self.traffic.watch(context)
        gateway.watch(context, flow.gateway, self._run.environment.urls.values())
        self._watch_creates(context, flow)
        return context

    def _watch_creates(self, context: BrowserContext, flow: Flow) -> None:
        """A page that makes something which its check has not announced is told in the record."""

        def sent(request: Request) -> None:
            wrong = flow.creates.sent(request.method, request.url)
            if wrong:
                self._run.warn(f"{flow.title}: {wrong}")

        def answered(seen: Response) -> None:
            flow.creates.answered(seen.request.method, seen.request.url, seen.status)

        context.on("request", sent)
        context.on("response", answered)

    async def _let_go(self, context: BrowserContext) -> None:
        with contextlib.suppress(TimeoutError):  # a page that holds itself; the browser ends it
            async with asyncio.timeout(_CLOSE_SECONDS):
                await context.close()

    async def close(self, flow: Flow, context: BrowserContext) -> None:
        """Close a context and keep its artifacts; one whose browser has died is closed already."""
        from playwright.async_api import Error

        recording = self._recordings.of(flow, context)
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._end(flow, context, recording)
        except (Error, TimeoutError) as error:
            self._run.log(f"a browser context was gone before it was closed: {error}")
        except OSError as error:  # a video that the disk does not take
            self._run.note_disk(error)
        await self._recordings.publish(flow, recording)

    async def _end(self, flow: Flow, context: BrowserContext, recording: Recording | None) -> None:
        self.traffic.end(context)
        await learn_cookies(context, self._run.redactor, self._session_cookie)
        await self._recordings.end(flow, context, recording)

    def give_slot(self, flow: Flow) -> None:
        """`flow` has ended: another may open pages."""
        self._users.discard(flow)
        if flow in self._holders:
            self._holders.discard(flow)
            self._slots.release()

    async def _take_slot(self, flow: Flow) -> None:
        # Makers of shared things hold none: flows that do hold one are waiting for them.
        if flow.exempt or flow in self._holders:
            return
        with flow.waits.on(_A_PLACE), paused(flow.budget):
            await self._slots.acquire()
        self._holders.add(flow)

    async def browser(self) -> Browser:
        """The running browser, started when first asked for, and once more after a crash."""
        if self.missing is not None:
            raise ProbeError(self.missing.what, mend=self.missing.mend)
        async with self._starting:
            if self._browser is None or not self._browser.is_connected():
                if self.crashes > 1:
                    raise ProbeError(
                        f"{self._gone} twice", mend="Try another with POSTDEPLOY_BROWSER"
                    )
                endpoint = self.options.endpoint
                self._browser = await (self._connect(endpoint) if endpoint else self._launch())
            return self._browser

    async def _launch(self) -> Browser:
        from playwright.async_api import Error, async_playwright

        if self._playwright is None:
            self._playwright = await async_playwright().start()
        arguments = [
            *launch_arguments(self._run.environment.urls.values()),
            *await self.guard.arguments(),
        ]
        try:
            browser = await self._playwright.chromium.launch(
                executable_path=self._executable,
                headless=not self.options.headed,
                slow_mo=self.options.slow_mo,
                args=arguments,
            )
            await self.guard.watch(browser)
        except Error as error:
            sentence = error.message.strip().splitlines()[0]
            mend = "Run `make setup`, or name a Chromium with POSTDEPLOY_BROWSER"
            raise ProbeError(f"no browser could be started: {sentence}", mend=mend) from error
        browser.on("disconnected", lambda _: self._note_crash(browser))
        return browser

    @property
    def _gone(self) -> str:
        endpoint = self.options.endpoint
        lost = f"the connection to the browser at {endpoint.shown} was lost" if endpoint else ""
        return lost or "the browser crashed"

    async def _connect(self, endpoint: BrowserEndpoint) -> Browser:
        from playwright.async_api import async_playwright

        if self._playwright is None:
            self._playwright = await async_playwright().start()
        headed, slow_mo = self.options.headed, self.options.slow_mo
        browser = await browser_endpoint.connect(
            self._playwright, endpoint, self.guard.watch, headed=headed, slow_mo=slow_mo
        )
        browser.on("disconnected", lambda _: self._note_crash(browser))
        self._pulse = asyncio.create_task(self._listen(browser))
        return browser

    async def _listen(self, browser: Browser) -> None:
        """A connection that says nothing any more is lost, whoever still holds it open."""
        if await browser_endpoint.silence(browser):
            self._browser = None
            self._note_crash(browser)
            await browser_endpoint.let_go(browser)

    def _note_crash(self, browser: Browser) -> None:
        if not self._closing and browser not in self._dead:
            self._dead.append(browser)
            self.crashes += 1
            # Errors of their own come first to most flows; what still waits then would wait for ever.
            asyncio.get_running_loop().call_later(_GRACE_SECONDS, self._end_stranded, self.crashes)
            self._run.warn(f"{self._gone} ({self.crashes})")

    def _end_stranded(self, crashes: int) -> None:
        for flow in list(self._users):
            if flow.crashes_before < crashes and flow.task is not None:
                flow.task.cancel()

    async def answers(self) -> bool:
        """Whether the browser says anything at all."""
        return self._browser is not None and await browser_endpoint.answers(self._browser)

    async def stop(self) -> None:
        """Close the browser and Playwright's driver."""
        self._closing = True
        if self._pulse is not None:
            self._pulse.cancel()
        if self._browser is not None and self._browser.is_connected():
            if self.options.endpoint is None:
                await self._browser.close()
            else:
                await browser_endpoint.let_go(self._browser)
        if self._playwright is not None:
            await self._playwright.stop()
        await self.guard.stop()

    def _refused_to_somebody(self, refused: Refused) -> None:
        """A page that cannot be told from the others was refused something: any of these may rest on it."""
        for flow in self._users:
            flow.permit.keep(refused)
        if not self._users:
            self._run.warn(str(refused))


def _state(state: Mapping[str, Any] | None) -> StorageState | None:
    if state is None:
        return None
    whole: StorageState = {"cookies": state["cookies"], "origins": state["origins"]}
    return whole
