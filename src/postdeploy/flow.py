"""What a check is handed: pages signed in as a role, HTTP clients, AWS observations, shared things, and its items."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import httpx

from postdeploy.check import Check, Evidence
from postdeploy.creates import Creates
from postdeploy.errors import ProbeError
from postdeploy.gateway import Disturbances
from postdeploy.leases import Lease
from postdeploy.own_session import refusing
from postdeploy.policy import Permit, Refused
from postdeploy.policy.permit import CURRENT
from postdeploy.probes.http import Exchange
from postdeploy.redact import Redactor
from postdeploy.settings import Person
from postdeploy.shared import Shared
from postdeploy.target import Aws, Environment, Session, Target
from postdeploy.waits import Waits

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

    from postdeploy.ledger import Entry
    from postdeploy.probes.aws.session import AwsSession
    from postdeploy.run import Run

T = TypeVar("T")
P = ParamSpec("P")


class Flow:
    """One attempt at one check. Everything that it opens is closed when the attempt ends."""

    def __init__(self, run: Run, check: Check, title: str, permit: Permit | None = None) -> None:
        self.run = run
        self.check = check
        self.title = title
        self.permit = permit or Permit()
        """What this attempt may send, and what it was refused."""
        self.contexts: list[BrowserContext] = []
        self.exempt = False
        """Makers of shared things open pages without waiting for a slot."""
        self.crashes_before = run.browser.crashes
        self.task = asyncio.current_task()
        """Where the attempt runs; ended when its browser dies, for Playwright may then wait for ever."""
        self.crashed = False
        """The browser went away under this attempt."""
        self.broke = False
        """An error that says nothing of the product ended a step of this attempt."""
        self.last_request = ""
        self.waits = Waits()
        self.budget: asyncio.Timeout | None = None
        """The time of this attempt; it stands still while it waits for a place in the browser."""
        self.again: frozenset[str] = frozenset()
        """Items that did not pass in an earlier attempt."""
        self.recorded: list[Evidence] = []
        """Traces and films of this attempt, once it is closed."""
        self.gateway = Disturbances()
        """What load balancers answered in this attempt, in the product's place."""
        self._clients: list[httpx.AsyncClient] = []
        self._leases: dict[str, Lease | None] = {}
        """Test users that only this attempt works as; None where there was none to spare."""
        self.creates = Creates(self.environment.sweep)
        """The requests that make things, each of which must have been announced by `intend`."""

    @property
    def target(self) -> Target:
        """The system and environment that this run looks at."""
        return self.run.target

    @property
    def environment(self) -> Environment:
        """Shorthand for `target.environment`."""
        return self.run.target.environment

    @property
    def grants(self) -> frozenset[str]:
        """The kinds of writes that are declared for this flow."""
        return self.permit.kinds

    @property
    def run_id(self) -> str:
        """The run's id: everything that a check makes carries it in its name.

        On an xdist worker it ends with the worker's name, so that two workers make no things alike.
        """
        return f"{self.run.run_id}-{self.run.worker}" if self.run.worker else self.run.run_id

    @property
    def session(self) -> Session:
        """How this system carries a session. Raises LookupError when the target declares none."""
        if self.environment.session is None:
            raise LookupError(f"{self.target.file} declares no [session]")
        return self.environment.session

    @property
    def aws(self) -> Aws:
        """The environment's AWS names. Raises LookupError when the target declares none."""
        if self.environment.aws is None:
            raise LookupError(f"{self.target.file} declares no [aws]")
        return self.environment.aws

    def url(self, name: str, path: str = "") -> str:
        """The address of the origin `name` ("app", "api", …) plus `path`."""
        return self.environment.urls[name].rstrip("/") + path

    def person(self, role: str, *, own: bool = False) -> Person:
        """The test user of that role, as whom all checks of this process work.

        `own` lends another one to this attempt alone, for a session that it ends or changes: some
        products end every session of a person at once. Where the pool has none to spare, it is the usual one.
        """
        return self._own_person(role) if own else self.run.people.of(role)

    def _own_person(self, role: str) -> Person:
        if role not in self._leases:
            self._leases[role] = self.run.people.spare(role)
        lease = self._leases[role]
        return lease.person if lease is not None else self.run.people.of(role)

    def secret(self, name: str) -> str:
        """The value of one of the environment's secrets, by the name that the target declares."""
        return self.run.settings.secret(name)

    async def page(
        self, role: str | None = "member", *, own_session: bool = False, signs_in: bool = False
    ) -> Page:
        """A page in a fresh browser context, signed in as `role` (None: signed in as nobody).

        Sessions of a role are shared; `own_session` signs in anew, as `person(role, own=True)`, for
        checks that end or change their session; with a shared one page objects refuse to sign out.
        `signs_in`: the check will sign in here itself, which nothing may record; see `record`.
        Raises ProbeError when the person cannot be signed in.
        """
        context = await self.run.browser.context(
            self, role, own_session=own_session, signs_in=signs_in
        )
        self.contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(self.environment.bounds.page_seconds * 1000)
        return page

    async def record(self, page: Page) -> None:
        """A page asked for with `signs_in` is signed in: trace it from now on, where traces are asked for."""
        await self.run.browser.record(page.context)

    async def client(
        self, role: str | None = "member", *, own_session: bool = False
    ) -> httpx.AsyncClient:
        """An HTTP client for the API origin, with the session of `role` (None: without one).

        Follows no redirects. Transport errors surface as Unreachable. With a shared session, a request
        that would end it (`ends` in the target's [session]) is not sent: SharedSession is raised.
        """
        cookies: dict[str, str] = {}
        if role is not None:
            cookies = {self.session.cookie: await self.session_cookie(role, own=own_session)}
        client = self.run.http_client(
            base_url=self.url("api"), cookies=cookies, note=self._keep, permit=self.permit
        )
        asked: list[Callable[[httpx.Request], Awaitable[None]]] = [self.creates.sending]
        if role is not None and not own_session:
            asked.append(refusing(role, self.session.ends))
        client.event_hooks = {"request": asked, "response": [self.creates.answering]}
        self._clients.append(client)
        return client

    async def client_as(self, person: Person | None, *, anew: bool = False) -> httpx.AsyncClient:
        """An HTTP client for the API origin with a session of that very test user (None: without one).

        `anew` signs in again. Raises ProbeError or AssertionError when the person cannot be signed in.
        """
        cookies: dict[str, str] = {}
        if person is not None:
            state = await self.run.browser.session_of(self, person, anew=anew)
            cookies = {self.session.cookie: self._cookie(state, person.role)}
        client = self.run.http_client(
            base_url=self.url("api"), cookies=cookies, note=self._keep, permit=self.permit
        )
        self._clients.append(client)
        return client

    def http(self, headers: Mapping[str, str] | None = None) -> httpx.AsyncClient:
        """An HTTP client for any declared address, without a session; follows no redirects."""
        client = self.run.http_client(headers=headers or {}, note=self._keep, permit=self.permit)
        client.event_hooks = {
            "request": [self.creates.sending],
            "response": [self.creates.answering],
        }
        self._clients.append(client)
        return client

    async def session_cookie(self, role: str, *, own: bool = False) -> str:
        """The value of the session cookie of `role`; `own` signs in anew."""
        return self._cookie(await self.run.browser.signed_in(self, role, own_session=own), role)

    def _cookie(self, state: Mapping[str, Any], role: str) -> str:
        for cookie in state.get("cookies", []):
            if cookie.get("name") == self.session.cookie:
                return str(cookie["value"])
        raise LookupError(f"signing in as {role} set no cookie named {self.session.cookie!r}")

    async def observe(
        self,
        probe: Callable[Concatenate[AwsSession, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run an AWS probe (a plain function whose first argument is the AWS session) in a thread.

        Raises ProbeError when AWS, with all that is asked of it again, has not answered in time.
        """

        def observed() -> T:
            CURRENT.set(self.permit)
            return probe(self.run.aws_session, *args, **kwargs)

        seconds = self.environment.bounds.aws_seconds
        try:
            async with asyncio.timeout(seconds):
                return await self.run.in_thread(lambda: contextvars.copy_context().run(observed))
        except TimeoutError:
            what = (
                f"AWS did not answer {getattr(probe, '__name__', 'a probe')} within {seconds:g} s"
            )
            mend = (
                "Check the way from this machine to AWS (proxy, endpoint_url) and AWS's health page"
            )
            raise ProbeError(what, mend=mend) from None

    async def shared(self, thing: Shared[T]) -> T:
        """A thing that several flows need, made once. Raises ProbeError when it could not be made.

        Whoever asks for one that is made by writes declares their kinds as well: else a check that
        is marked `readonly` would have things made all the same.
        """
        lacking = sorted(set(thing.writes) - self.grants)
        if lacking:
            kinds = ", ".join(repr(kind) for kind in lacking)
            what = f"{thing.name} was not asked for: it is made by writes of the kind {kinds}"
            mend = f"Add {kinds} to {self.permit.where or 'what the flow declares'}"
            raise self.permit.keep(Refused(what, mend=mend))
        with self.waits.on(thing.name):
            return await self.run.workshop.get(thing)

    def intend(self, kind: str, name: str, role: str | None = "member") -> Entry:
        """Note, before it is created, that this run makes a `kind` called `name` as `role` (None: nobody).

        Call `.made(id)` on the entry once the product has told its id; it is then removed at the end.
        A request that makes a thing without it is not sent. Raises Unannounced when the run is ending.
        """
        number = 1 if role is None else self.person(role).number
        return self.creates.announced(self.run.ledger.intend(kind, name, role, number))

    def _keep(self, exchange: Exchange) -> None:
        self.last_request = self.run.redactor.clean(_cleaned(exchange, self.run.redactor).curl())
        if exchange.gateway:
            words = self.gateway.saw(exchange.method, exchange.url, exchange.status or 0)
            if exchange.asked_again:
                self.gateway.repeats.append(f"asked again after {words}")

    def outlived_browser(self) -> bool:
        """Whether the attempt was ended because its browser died; it may then go on to clean up."""
        crashed = self.run.browser.crashes > self.crashes_before
        if self.run.ending or not crashed or self.task is None:
            return False
        self.task.uncancel()
        return True

    async def close(self) -> None:
        """Close what was opened."""
        for task in self.gateway.reloads:
            task.cancel()
        try:
            for context in self.contexts:
                await self.run.browser.close(self, context)
            self.run.browser.give_slot(self)
            await asyncio.gather(*(client.aclose() for client in self._clients))
        finally:
            self.run.browser.give_slot(self)  # whatever went wrong: others wait for it
            self.run.gateway.add(self.gateway)
            self._let_go()

    def _let_go(self) -> None:
        """Other checks may now have the test users that this one had for itself."""
        for role, lease in list(self._leases.items()):
            if lease is not None:
                lease.end()
            del self._leases[role]


def _cleaned(exchange: Exchange, redactor: Redactor) -> Exchange:
    """Before a shell's quotes are put around its parts, and into them."""
    headers = {name: redactor.clean(value) for name, value in exchange.headers.items()}
    return replace(exchange, url=redactor.clean(exchange.url), headers=headers)
