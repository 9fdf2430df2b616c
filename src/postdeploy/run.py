"""What all checks of one process share: target, settings, browser, clients, threads, and the journal."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ssl
import time
import uuid
from collections.abc import Callable, Collection, Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import httpx

from postdeploy import __version__
from postdeploy.browser import BrowserRoom
from postdeploy.budget import Budget
from postdeploy.check import Answer, Check
from postdeploy.disk import disk_trouble
from postdeploy.facts import RunFacts, Stage
from postdeploy.flow import Flow
from postdeploy.gateway import Disturbances
from postdeploy.judging import judge, look
from postdeploy.launching import BrowserOptions
from postdeploy.learning import LearningTransport, learn_signed
from postdeploy.leases import People
from postdeploy.ledger import Ledger
from postdeploy.plain import console_text
from postdeploy.policy import CLEANUP, Permit, authority, policy_of
from postdeploy.policy.http import PolicyTransport
from postdeploy.probes.http import Exchange, ObservingTransport, online
from postdeploy.probes.measured import ENCODINGS
from postdeploy.probes.proxy import ProxiedTransport
from postdeploy.record.journal import Journal
from postdeploy.redact import Redactor
from postdeploy.removal import Removal
from postdeploy.right_account import refusal
from postdeploy.rollout_wait import wait_for_rollouts
from postdeploy.settings import Settings, proxies
from postdeploy.shared import Workshop
from postdeploy.target import Environment, Target
from postdeploy.threads import DaemonThreads
from postdeploy.trust import trusting
from postdeploy.waits import Waits

if TYPE_CHECKING:
    from postdeploy.probes.aws.session import AwsSession

T = TypeVar("T")
P = ParamSpec("P")
_THREADS = 12
_CLEAN_UP_SECONDS = 120.0
_CONTROL_KEPT_SECONDS = 2.0
_NAMES = frozenset({"kind", "item", "check", "outcome", "status", "when"})
"""Keys whose values are the project's own words: never redacted, or the record could not be put together."""


class Run:
    """Lives on the engine's event loop; made by `Run.open` there."""

    def __init__(
        self,
        facts: RunFacts,
        target: Target,
        settings: Settings,
        options: BrowserOptions,
        executable: str | None,
        worker: str,
        people: People | None = None,
        redactor: Redactor | None = None,
    ) -> None:
        self.facts = facts
        self.target = target
        self.settings = settings
        self.people = people or People({role: pool[0] for role, pool in settings.pools.items()})
        self.worker = worker
        self.policy = policy_of(target, read_only=facts.read_only)
        """What may be sent, by whatever way (docs/policy.md)."""
        self.run_id = facts.run_id
        self.folder = Path(facts.folder)
        self.expected_versions = facts.expected_versions
        self.agent = f"postdeploy/{__version__} (run {facts.run_id})"
        self.redactor = redactor or Redactor()
        self.redactor.learn_all(settings.kinds())
        self.journal = Journal(self.folder / "journal.jsonl")
        self.unwritten: list[dict[str, Any]] = []
        """Entries that the disk refused."""
        self.troubles: list[str] = []
        """Sentences that forbid a GO although no item says so."""
        suffix = f"-{worker}" if worker else ""
        remains = frozenset(target.environment.leftovers.remains)
        self.ledger = Ledger(self.folder / f"ledger{suffix}.jsonl", remains=remains)
        self.sweeper: Callable[[Run], Coroutine[Any, Any, None]] | None = None
        """Removes what earlier runs have left, before any check's turn comes."""
        self._sweeping: asyncio.Task[None] | None = None
        self._cleaning: asyncio.Timeout | None = None
        self.left = 0
        """How many things could not be removed."""
        self.workshop = Workshop(self.maker)
        self.ended = {stage: asyncio.Event() for stage in Stage}
        """Set when all checks of the stage have ended."""
        self.failed: list[str] = []
        """The items that have failed so far, but for mere warnings."""
        self.doing = ""
        """What a long wait is about, in one line; "" while there is none."""
        self._refusal: asyncio.Task[str] | None = None
        self.budget = Budget(facts.budget, facts.deadline)
        self._rollouts: asyncio.Task[None] | None = None
        self.ending = False
        """The run is about to close: what is cancelled now is not tried again."""
        self.timeouts: list[Exchange] = []
        self.exchanges: list[Exchange] = []
        self.gateway = Disturbances()
        """What load balancers answered in the attempts that have ended."""
        self.browser = BrowserRoom(self, options, executable)
        self.proxies = proxies()
        for password in self.proxies.secrets():
            self.redactor.learn(password)
        limits = httpx.Limits(max_connections=64)
        self._transport = ProxiedTransport(self.proxies, self.trust(), limits)
        self._body_bytes = self.environment.bounds.body_megabytes * 1024 * 1024
        self._threads = DaemonThreads(_THREADS, "aws")
        self._aws: AwsSession | None = None
        self._control: tuple[float, bool | None] = (float("-inf"), None)
        self._control_lock = asyncio.Lock()

    @property
    def environment(self) -> Environment:
        """The environment that is looked at."""
        return self.target.environment

    @property
    def started(self) -> str:
        """When the run began, ISO 8601 UTC."""
        return self.facts.started

    def trust(self) -> ssl.SSLContext:
        """Whose certificates count here, as a context of its asker's own."""
        return trusting(self.environment.ca_file, Path(self.facts.root))

    @property
    def aws_session(self) -> AwsSession:
        """The one AWS session, made when first needed."""
        if self._aws is None:
            from postdeploy.probes.aws.session import open_session

            aws = self.environment.aws
            if aws is None:
                raise LookupError(f"{self.target.file} declares no [aws]")
            self._aws = open_session(
                aws,
                access_key=self._secret_if_declared("AWS_ACCESS_KEY_ID"),
                secret_key=self._secret_if_declared("AWS_SECRET_ACCESS_KEY"),
                user_agent=self.agent,
                signed=functools.partial(learn_signed, self.redactor),
            )
        return self._aws

    def _secret_if_declared(self, name: str) -> str | None:
        return self.settings.secret(name) if name in self.environment.secrets else None

    def maker(self, name: str, writes: Collection[str] = ()) -> Flow:
        """A flow without items, for making a shared thing by `writes` of these kinds."""
        permit = Permit(frozenset(writes), f"writes of the Shared {name!r}")
        flow = Flow(self, Check((), _no_judge, _no_record), name, permit)
        flow.exempt = True
        return flow

    def flow(
        self,
        covers: tuple[str, ...],
        title: str,
        record: Callable[[Answer], None],
        grants: frozenset[str] = frozenset(),
        where: str = "",
    ) -> Flow:
        """A flow for one attempt at a check that declares writes of the kinds `grants`, at `where`."""

        async def judge_here(error: BaseException) -> Any:
            return await judge(flow, error)

        flow = Flow(self, Check(covers, judge_here, record), title, Permit(grants, where))
        flow.check.look = functools.partial(look, flow)
        flow.check.repeats = flow.gateway.untold
        flow.check.refusals = lambda: [str(refused) for refused in flow.permit.untold()]
        return flow

    def http_client(
        self,
        base_url: str = "",
        headers: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
        note: Callable[[Exchange], None] | None = None,
        permit: Permit | None = None,
    ) -> httpx.AsyncClient:
        """A client on the run's connection pool that follows no redirects.

        It sends what `permit` allows, without one only what reads; with cookies, only to `base_url`.
        """
        bound = authority(base_url) if cookies else ""
        guarded = PolicyTransport(self._transport, self.policy, permit or Permit(), bound)

        def noted(exchange: Exchange) -> None:
            self._note(exchange)
            if note is not None:
                note(exchange)

        return httpx.AsyncClient(
            base_url=base_url,
            headers={"User-Agent": self.agent, "Accept-Encoding": ENCODINGS, **(headers or {})},
            cookies=dict(cookies or {}),
            transport=_Kept(
                ObservingTransport(
                    LearningTransport(guarded, self.redactor), noted, self._body_bytes
                )
            ),
            timeout=self.environment.bounds.page_seconds,
            follow_redirects=False,
        )

    def _note(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        if exchange.timed_out:
            self.timeouts.append(exchange)

    async def is_online(self) -> bool | None:
        """Whether the runner's own network works (the answer is kept for two seconds)."""
        async with self._control_lock:
            asked, answer = self._control
            if time.monotonic() - asked > _CONTROL_KEPT_SECONDS:
                answer = await online(self.http_client(), self.environment.control)
                self._control = (time.monotonic(), answer)
            return answer

    async def refused(self) -> str:
        """Why no check may begin at all, in a sentence, or "": asked once, before anything is sent."""
        if self._refusal is None:
            self._refusal = asyncio.ensure_future(refusal(self))
        return await asyncio.shield(self._refusal)

    async def turn(self, stage: Stage, waits: Waits) -> None:
        """Wait until a check of that stage may begin: after the rollout, and after the stages before it."""
        if self.facts.wait_for_rollout:
            if self._rollouts is None:
                self._rollouts = asyncio.ensure_future(wait_for_rollouts(self))
            with waits.on("the rollout of the deployment"):
                await asyncio.shield(self._rollouts)
        if self.sweeper is not None:
            if self._sweeping is None:
                self._sweeping = asyncio.create_task(self.sweeper(self))
            with waits.on("the removal of what earlier runs left behind"):
                await asyncio.shield(self._sweeping)
        with waits.on("the checks before it"):
            for earlier in Stage:
                if earlier < stage:
                    await self.ended[earlier].wait()

    async def in_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run blocking work in one of the run's threads."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, functools.partial(work, *args, **kwargs))

    def write(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Append a redacted entry with an id of its own to the journal, and return it."""
        named = {key: value for key, value in entry.items() if key in _NAMES}
        told = self.redactor.clean_tree({k: v for k, v in entry.items() if k not in _NAMES})
        assert isinstance(told, dict)
        whole = {"uid": uuid.uuid4().hex, **named, **told, "worker": self.worker}
        try:
            self.journal.append(whole)
        except OSError as error:
            self.unwritten.append(whole)
            self.note_disk(error)
        return whole

    def note_disk(self, error: OSError) -> None:
        """What the disk refuses is no reason to stop looking, and one to forbid a GO."""
        text = f"Not everything could be written down: {disk_trouble(error, self.folder)}."
        if text not in self.troubles:
            self.troubles.append(text)

    def identify(
        self, when: str, versions: Mapping[str, str], deployments: Mapping[str, str]
    ) -> None:
        """Note what is deployed at the "start" or the "end": component → version, service → deployment."""
        entry = {"versions": dict(versions), "deployments": dict(deployments)}
        self.write({"kind": "identity", "when": when, **entry})

    def warn(self, text: str) -> None:
        """A sentence that the record shows under its warnings."""
        self.write({"kind": "warning", "text": text})

    def log(self, text: str) -> None:
        """A line of the run's own log, for those who mend the checks."""
        lines = console_text(self.redactor.clean(text)).split("\n")
        try:
            with (self.folder / "run.log").open("a", encoding="utf-8") as file:
                file.write("\n    ".join(lines) + "\n")
        except OSError as error:
            self.note_disk(error)

    async def close(self) -> None:
        """Remove what was made, then let go of browser, connections and threads."""
        try:
            await self._clean_up()
        finally:
            await self.browser.stop()
            await self._transport.aclose()
            self._threads.shutdown()

    async def _clean_up(self) -> None:
        self.ledger.closed = True
        if not self.ledger.entries:
            return
        flow = self.maker("clean-up", (CLEANUP,))
        removal = Removal(self, flow)
        began = time.monotonic()
        try:
            # Somewhat less than the engine waits, so that what is left can still be told.
            seconds = 0.8 * self.budget.for_closing(_CLEAN_UP_SECONDS)
            async with asyncio.timeout(seconds) as self._cleaning:
                left = await removal.everything()
        except TimeoutError:
            why = f"the clean-up was cut off after {time.monotonic() - began:.0f} s"
            left = [(entry, why) for entry in self.ledger.open_entries()]
            self.warn(why)
        for sentence in removal.unseen:
            self.warn(f"not looked for among what the run made: {sentence}")
        for entry, why in left:
            self.leave(entry.kind, entry.name, entry.id, why)
        self.ledger.settled()
        await flow.close()

    def stop_making(self) -> list[asyncio.Task[Any]]:
        """Cancel what is made for several checks, and the sweep; returns it, to be waited for."""
        sweeping = [self._sweeping] if self._sweeping and not self._sweeping.done() else []
        for task in sweeping:
            task.cancel()
        return [*self.workshop.stop(), *sweeping]

    def hurry(self) -> None:
        """Remove no more: what is still there is told as left behind. To be called on the loop."""
        if self._cleaning is not None and not self._cleaning.expired():
            with contextlib.suppress(RuntimeError):  # it has just ended by itself
                self._cleaning.reschedule(asyncio.get_running_loop().time())

    def leave(self, kind: str, name: str, made_id: str, why: str) -> None:
        """Tell the record of something that could not be removed."""
        self.left += 1
        self.write({"kind": "leftover", "title": f"{kind} {name}", "id": made_id, "note": why})


class _Kept(httpx.AsyncBaseTransport):
    """Keeps the shared pool open when one client of many is closed."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Nothing: the run closes the pool."""


async def _no_judge(error: BaseException) -> Any:
    raise error


def _no_record(answer: Answer) -> None:
    raise LookupError(f"{answer.item} was answered outside a check")
