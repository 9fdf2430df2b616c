"""Runs the selected checks together on one event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from postdeploy.check import Answer, Evidence, Judgement, NotReached, now
from postdeploy.flow import Flow
from postdeploy.judging import judge
from postdeploy.outcome import GREEN, Outcome
from postdeploy.run import Run, Stage

_CLOSING_SECONDS = 60.0
_TELL_SECONDS = 0.5
_ATTEMPTS = 4
"""At most so many at one check: two items that fail in turn would go on for long."""


@dataclass(frozen=True)
class Ticket:
    """A check as the engine runs it."""

    id: str
    function: Callable[..., Awaitable[None]]
    params: Mapping[str, Any]
    covers: tuple[str, ...]
    title: str
    stage: Stage = Stage.FLOWS
    seconds: float = 1.0
    """How long it took last time; the longest start first."""
    light: frozenset[str] = frozenset()
    """Items whose failure is a mere warning."""
    grants: frozenset[str] = frozenset()
    """The kinds of writes that the check declares."""


@dataclass
class Result:
    """What a check answered, attempt by attempt, as journal entries."""

    ticket: Ticket
    entries: list[dict[str, Any]] = field(default_factory=list)
    attempts: int = 0
    queued: str = ""
    started: str = ""
    ended: str = ""
    problem: str = ""
    disturbed: set[int] = field(default_factory=set)
    """Attempts in which a load balancer answered in the product's place."""

    def last(self) -> dict[str, dict[str, Any]]:
        """The newest entry of each item; a final failure is one for good."""
        final = {entry["item"]: entry for entry in self.entries if entry.get("final")}
        return {entry["item"]: entry for entry in self.entries} | final

    @property
    def status(self) -> str:
        """The worst of the last answers."""
        outcomes = {entry["outcome"] for entry in self.last().values()}
        if Outcome.FAILED in outcomes:
            return "failed"
        return "passed" if outcomes <= set(GREEN) else "blocked"

    def grave(self) -> list[str]:
        """The items that failed in the end and are more than a warning."""
        return [
            item
            for item, entry in self.last().items()
            if entry["outcome"] == Outcome.FAILED and item not in self.ticket.light
        ]

    def failures(self, item: str) -> list[int]:
        """The attempts at which that item failed, or was lost to sight after it had passed."""
        course = [entry for entry in self.entries if entry["item"] == item]
        return [
            entry["attempt"]
            for number, entry in enumerate(course)
            if entry["outcome"] == Outcome.FAILED
            or (entry["outcome"] not in GREEN and _passed(course[:number]))
        ]


def _silent(_: str) -> None:
    """Tell nobody."""


def _passed(entries: Sequence[dict[str, Any]]) -> bool:
    return any(entry["outcome"] in GREEN for entry in entries)


class Engine:
    """Owns the loop, the run and the tasks; the pytest thread asks and waits."""

    def __init__(self, open_run: Callable[[], Run]) -> None:
        self._open_run = open_run
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="checks", daemon=True)
        self._futures: dict[str, Future[Result]] = {}
        self._run: Run | None = None
        self._left = dict.fromkeys(Stage, 0)
        self.running: dict[str, str] = {}
        """Id of each check at work → when it started; for the progress line."""

    def start(self, tickets: Sequence[Ticket]) -> None:
        """Start all of them, the longest first, those of a later stage when the earlier ones have ended."""
        if not self._thread.is_alive():
            self._thread.start()
            self._run = self._on_loop(self._make_run())
        self._on_loop(self._begin(tickets))

    async def _make_run(self) -> Run:
        return self._open_run()

    async def _begin(self, tickets: Sequence[Ticket]) -> None:
        new = [ticket for ticket in tickets if ticket.id not in self._futures]
        for ticket in new:
            self._left[ticket.stage] += 1
        for ticket in sorted(new, key=lambda ticket: -ticket.seconds):
            future: Future[Result] = Future()
            self._futures[ticket.id] = future
            task = asyncio.ensure_future(self._work(ticket))
            task.add_done_callback(lambda done, f=future: _hand_over(done, f))  # type: ignore[misc]
        self._tell_later_stages()

    def wait(self, ticket_id: str, tell: Callable[[str], None] = _silent) -> Result:
        """Block until that check has ended. Raises what broke the engine, never what a check found.

        `tell` is called about twice a second while the run has something to say of a long wait.
        """
        future = self._futures[ticket_id]
        while True:
            try:
                return future.result(timeout=_TELL_SECONDS)
            except TimeoutError:
                if future.done():
                    raise
            if self._run is not None and self._run.doing:
                tell(self._run.doing)

    def stop(self) -> None:
        """Cancel what still runs, remove what was made, close the browser; at most a minute.

        What goes wrong here is a warning of the record: it must not keep the record from being made.
        """
        if self._run is None:
            return
        future = asyncio.run_coroutine_threadsafe(self._finish(self._run), self._loop)
        try:
            future.result(timeout=_CLOSING_SECONDS)
        except Exception as error:
            why = str(error) or f"not within {_CLOSING_SECONDS:g} s"
            self._run.warn(f"the run did not close in order: {type(error).__name__}: {why}")
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=5)
            self._run = None

    async def _finish(self, run: Run) -> None:
        mine = asyncio.current_task()
        run.ending = True
        others = [task for task in asyncio.all_tasks() if task is not mine and _is_check(task)]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await run.close()

    def _on_loop(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _work(self, ticket: Ticket) -> Result:
        run = self._run
        assert run is not None
        _name_task(f"check {ticket.id}")
        result = Result(ticket, queued=now())
        try:
            if why := await run.refused():
                self._refuse(run, ticket, result, why)
            else:
                await run.turn(ticket.stage)
                await self._attempts(run, ticket, result)
        finally:
            self.running.pop(ticket.id, None)
            run.failed += result.grave()
            self._left[ticket.stage] -= 1
            self._tell_later_stages()
        result.ended = now()
        run.write(_check_entry(result))
        return result

    def _tell_later_stages(self) -> None:
        if self._run is None:
            return
        for stage in Stage:
            if self._left[stage]:
                return
            self._run.ended[stage].set()

    async def _attempts(self, run: Run, ticket: Ticket, result: Result) -> None:
        """One attempt, one more where it broke or its browser went away, and more for items that failed."""
        flow = await self._attempt(run, ticket, result)
        if flow.crashed:
            flow = await self._attempt(run, ticket, result)
        if flow.crashed or not run.facts.retry:
            return
        if flow.broke and not _worth_another(result):
            await self._attempt(run, ticket, result)
        # A soak confirms what it sees itself, and does not begin anew.
        while ticket.stage is not Stage.SOAK and _worth_another(result):
            await self._attempt(run, ticket, result)

    def _refuse(self, run: Run, ticket: Ticket, result: Result, why: str) -> None:
        """Answer every item without looking at anything."""
        flow = run.flow(ticket.covers, ticket.title, self._recorder(run, ticket, result))
        result.started = now()
        flow.check.close(Judgement(Outcome.BLOCKED, why))

    def _recorder(self, run: Run, ticket: Ticket, result: Result) -> Callable[[Answer], None]:
        result.attempts += 1

        def record(answer: Answer) -> None:
            result.entries.append(run.write(_attempt_entry(ticket, answer, result.attempts)))

        return record

    async def _attempt(self, run: Run, ticket: Ticket, result: Result) -> Flow:
        """Run the check once; the flow tells whether the browser went away, or the check broke."""
        result.started = result.started or now()
        self.running.setdefault(ticket.id, now())
        where = f"@pytest.mark.writes of {ticket.id.partition('[')[0]}"
        record = self._recorder(run, ticket, result)
        flow = run.flow(ticket.covers, ticket.title, record, ticket.grants, where)
        ended: Judgement | None = None
        soak = run.facts.soak if ticket.stage is Stage.SOAK else 0
        budget = asyncio.timeout(run.environment.bounds.check_seconds + soak)
        try:
            async with budget:
                await ticket.function(flow=flow, **ticket.params)
        except NotReached:
            pass
        except TimeoutError as error:
            ended = _over_budget(run, error) if budget.expired() else await judge(flow, error)
        except asyncio.CancelledError:
            if flow.outlived_browser():
                flow.crashed = True
                flow.check.close(Judgement(Outcome.BLOCKED, "the browser went away"))
                return flow
            flow.check.close(
                Judgement(Outcome.NOT_RUN, "the run was ended before this was answered")
            )
            raise
        except Exception as error:
            ended = await judge(flow, error)
        finally:
            await flow.close()
            if flow.gateway.answers:
                result.disturbed.add(result.attempts)
        flow.check.overturn()
        flow.check.close(ended)
        return flow


def _worth_another(result: Result) -> bool:
    """Whether an item that failed may pass on a further attempt: each has one retry, and a second one where
    both times a load balancer had answered in the product's place (docs/adr/0006).
    """
    if result.attempts >= _ATTEMPTS:
        return False
    return any(_has_retry(result, item) for item in result.last())


def _has_retry(result: Result, item: str) -> bool:
    failures = result.failures(item)
    if result.last()[item].get("final"):
        return False
    if result.last()[item]["attempt"] not in failures:
        return False
    allowed = 2 if all(number in result.disturbed for number in failures) else 1
    return len(failures) <= allowed


def _over_budget(run: Run, error: TimeoutError) -> Judgement:
    spent = run.environment.bounds.check_seconds
    frames = traceback.format_exception(error.__cause__ or error)
    # What hangs is told by the project's own lines, not by the library's below them.
    waited = [frame for frame in frames if "site-packages" not in frame][-6:]
    evidence = Evidence("text", "Where it waited", text=run.redactor.clean("".join(waited)))
    note = f"the check's budget of {spent:g} s was spent"
    return Judgement(Outcome.BLOCKED, note, evidence=(evidence,))


def _name_task(name: str) -> None:
    task = asyncio.current_task()
    assert task is not None
    task.set_name(name)


def _is_check(task: asyncio.Task[Any]) -> bool:
    return task.get_name().startswith("check ")


def _hand_over(task: asyncio.Task[Result], future: Future[Result]) -> None:
    if task.cancelled():
        future.cancel()
        return
    error = task.exception()
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(task.result())


def _attempt_entry(ticket: Ticket, answer: Answer, attempt: int) -> dict[str, Any]:
    return {
        "kind": "attempt",
        "item": answer.item,
        "outcome": str(answer.outcome),
        "note": answer.note,
        "expected": answer.expected,
        "observed": answer.observed,
        "attempt": attempt,
        "check": ticket.id,
        "check_title": ticket.title,
        "started": answer.started,
        "ended": answer.ended,
        "evidence": [_evidence(e.kind, e.title, e.text, e.path) for e in answer.evidence],
        **({"final": True} if answer.final else {}),
    }


def _evidence(kind: str, title: str, text: str, path: str) -> dict[str, str]:
    return {"kind": kind, "title": title, **({"path": path} if path else {"text": text})}


def _check_entry(result: Result) -> dict[str, Any]:
    return {
        "kind": "check",
        "check": result.ticket.id,
        "title": result.ticket.title,
        "status": result.status,
        "queued": result.queued,
        "started": result.started,
        "ended": result.ended,
        "attempts": result.attempts,
    }
