"""Runs the selected checks together on one event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from postdeploy.answers import attempt_entry, check_entry
from postdeploy.check import Answer, Judgement, NotReached, now
from postdeploy.errors import ENDINGS
from postdeploy.facts import Stage
from postdeploy.flow import Flow
from postdeploy.judging import judge, over_budget
from postdeploy.outcome import Outcome
from postdeploy.progress import Progress
from postdeploy.run import Run
from postdeploy.threads import ChecksLoop
from postdeploy.ticket import Result, Ticket

_CLOSING_SECONDS = 180.0
_ENDING_SECONDS = 20.0
"""How long what was cancelled may take to end; the clean-up does not wait for it any longer."""
_TELL_SECONDS = 0.5
_JOIN_SECONDS = 2.0
_BEAT_SECONDS = 0.5
_ATTEMPTS = 4
"""At most so many at one check: two items that fail in turn would go on for long."""


def _silent(_: str) -> None:
    """Tell nobody."""


class Engine:
    """Owns the loop, the run and the tasks; the pytest thread asks and waits."""

    def __init__(self, open_run: Callable[[], Run]) -> None:
        self._open_run = open_run
        self._loop = ChecksLoop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="checks", daemon=True)
        self._futures: dict[str, Future[Result]] = {}
        self._results: dict[str, Result] = {}
        self._beat = time.monotonic()
        """When the loop was last seen to move."""
        self._out_of_time = False
        self._run: Run | None = None
        self._left = dict.fromkeys(Stage, 0)
        self.unwritten: Sequence[Mapping[str, Any]] = ()
        """Once it has stopped: journal entries that the disk refused."""
        self.troubles: Sequence[str] = ()
        """Once it has stopped: sentences that forbid a GO."""
        self.left = 0
        """How many things the run, once stopped, could not remove."""
        self.running: dict[str, float] = {}
        """Id of each check at work → since when, by the monotonic clock."""

    def start(self, tickets: Sequence[Ticket]) -> None:
        """Start all of them, the longest first, those of a later stage when the earlier ones have ended."""
        if not self._thread.is_alive():
            self._thread.start()
            self._run = self._on_loop(self._make_run())
        self._on_loop(self._begin(tickets))

    async def _make_run(self) -> Run:
        run = self._open_run()
        # Else it would go to standard error, as whatever the product made of its words.
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: run.log(f"on the event loop: {context}")
        )
        self._move()
        left = run.budget.for_checks()
        if left is not None:
            self._loop.call_later(max(0.0, left), self._cut_off, run)
        return run

    def _move(self) -> None:
        self._beat = time.monotonic()
        self._loop.call_later(_BEAT_SECONDS, self._move)

    def _cut_off(self, run: Run) -> None:
        """The budget is spent: what is not answered by now is not run."""
        self._out_of_time = run.ending = True
        for task in asyncio.all_tasks(self._loop):
            if _is_check(task):
                task.cancel()

    async def _begin(self, tickets: Sequence[Ticket]) -> None:
        new = [ticket for ticket in tickets if ticket.id not in self._futures]
        if self._run is not None and not any(ticket.grants for ticket in new):
            # Who makes nothing signs nobody in, and leaves earlier runs' things to those who do.
            self._run.sweeper = None
        for ticket in new:
            self._left[ticket.stage] += 1
        for ticket in sorted(new, key=lambda ticket: -ticket.seconds):
            future: Future[Result] = Future()
            self._futures[ticket.id] = future
            self._results[ticket.id] = Result(ticket, queued=now())
            task = asyncio.ensure_future(self._work(ticket))
            task.add_done_callback(lambda done, f=future: _hand_over(done, f))  # type: ignore[misc]
        self._tell_later_stages()

    def wait(
        self,
        ticket_id: str,
        tell: Callable[[str], None] = _silent,
        show: Callable[[str], None] = _silent,
    ) -> Result:
        """Block until that check has ended. Raises what broke the engine, never what a check found.

        About twice a second `tell` is called with what the run waits for, or else `show` with its progress.
        """
        future = self._futures[ticket_id]
        while True:
            try:
                return future.result(timeout=_TELL_SECONDS)
            except TimeoutError:
                if future.done():
                    raise
            if self._run is None:
                continue
            if self._run.doing:
                tell(self._run.doing)
            else:
                show(self.progress().told())
            if (given_up := self._unheard(self._run)) is not None:
                return self._settled(self._run, self._results[ticket_id], given_up)

    def progress(self) -> Progress:
        """How far the checks are."""
        now, running = time.monotonic(), dict(self.running)
        done = [result for result in list(self._results.values()) if result.ended]
        red = sum(result.status != "passed" for result in done)
        since = {check: now - began for check, began in running.items()}
        return Progress(len(done), len(self._results), red, since)

    def _unheard(self, run: Run) -> Judgement | None:
        """How a check ends that cannot be waited for any longer, for the loop it is on does not move."""
        bound = run.environment.bounds.check_seconds
        if time.monotonic() - self._beat > bound:
            note = f"the checks' loop has not moved for {bound:g} s: a check holds it"
            return Judgement(Outcome.BLOCKED, note)
        left = run.budget.for_checks()
        # Those on a loop that moves have been told to end, and clean up first.
        late = -run.budget.reserve / 2
        return _not_in_budget(run) if left is not None and left < late else None

    def _settled(self, run: Run, result: Result, judgement: Judgement) -> Result:
        """The result, with `judgement` for each item that has no answer in its last attempt."""
        attempt = max(result.attempts, 1)
        answered = {e["item"] for e in result.entries if e["attempt"] == attempt}
        for item in result.ticket.covers:
            if item not in answered:
                answer = Answer(item, judgement.outcome, judgement.note, "", "", now(), now())
                entry = attempt_entry(result.ticket, answer, attempt)
                result.entries.append(run.write({**entry, **_budget_of(run, judgement)}))
        return result

    def stop(self) -> None:
        """Cancel what still runs, remove what was made, close the browser; at most three minutes.

        What goes wrong here is a warning of the record: it must not keep the record from being made.
        """
        if self._run is None:
            return
        future = asyncio.run_coroutine_threadsafe(self._finish(self._run), self._loop)
        try:
            held = self._unheard(self._run) is not None
            seconds = _JOIN_SECONDS if held else self._run.budget.for_closing(_CLOSING_SECONDS)
            future.result(timeout=seconds)
        except Exception as error:
            why = str(error) or f"not within {seconds:g} s"
            self._run.warn(f"the run did not close in order: {type(error).__name__}: {why}")
            self._run.left += 1  # for all that is known
        finally:
            self.unwritten, self.troubles = self._run.unwritten, self._run.troubles
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=_JOIN_SECONDS)
            self.left = self._run.left
            self._run = None

    def hurry(self) -> None:
        """End the clean-up now; may be called from a signal handler while `stop` waits."""
        if self._run is not None:
            self._loop.call_soon_threadsafe(self._run.hurry)

    async def _finish(self, run: Run) -> None:
        mine = asyncio.current_task()
        run.ending = True
        # From here on nothing more is made, whoever may still be on the way to it.
        run.ledger.closed = True
        others = [task for task in asyncio.all_tasks() if task is not mine and _is_check(task)]
        for task in others:
            task.cancel()
        others += run.stop_making()
        if others:
            await asyncio.wait(others, timeout=_ENDING_SECONDS)
        await run.close()

    def _on_loop(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _work(self, ticket: Ticket) -> Result:
        run = self._run
        assert run is not None
        _name_task(f"check {ticket.id}")
        result = self._results[ticket.id]
        try:
            if not self._out_of_time:
                await self._look(run, ticket, result)
        except asyncio.CancelledError:
            if not self._out_of_time:
                raise
        finally:
            if self._out_of_time:
                self._settled(run, result, _not_in_budget(run))
            self.running.pop(ticket.id, None)
            run.failed += result.grave()
            self._left[ticket.stage] -= 1
            self._tell_later_stages()
        result.ended = now()
        run.write(check_entry(result))
        return result

    async def _look(self, run: Run, ticket: Ticket, result: Result) -> None:
        if why := await run.refused():
            self._refuse(run, ticket, result, why)
            return
        await run.turn(ticket.stage, result.waits)
        await self._attempts(run, ticket, result)

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
            result.entries.append(run.write(attempt_entry(ticket, answer, result.attempts)))

        return record

    async def _attempt(self, run: Run, ticket: Ticket, result: Result) -> Flow:
        """Run the check once; the flow tells whether the browser went away, or the check broke."""
        result.started = result.started or now()
        self.running.setdefault(ticket.id, time.monotonic())
        where = f"@pytest.mark.writes of {ticket.id.partition('[')[0]}"
        record = self._recorder(run, ticket, result)
        flow = run.flow(ticket.covers, ticket.title, record, ticket.grants, where)
        flow.waits, flow.again = result.waits, result.unpassed()
        ended: Judgement | None = None
        soak = run.facts.soak if ticket.stage is Stage.SOAK else 0
        budget = flow.budget = asyncio.timeout(run.environment.bounds.check_seconds + soak)
        try:
            async with budget:
                await ticket.function(flow=flow, **ticket.params)
        except NotReached:
            pass
        except TimeoutError as error:
            ended = await (over_budget if budget.expired() else judge)(flow, error)
        except asyncio.CancelledError:
            if not flow.outlived_browser():
                self._ended_before(flow)
                raise
            flow.crashed = True
            ended = Judgement(Outcome.BLOCKED, "the browser went away")
        except ENDINGS:
            raise
        except BaseException as error:  # pytest's own outcomes are no Exceptions
            ended = await judge(flow, error)
        finally:
            await flow.close()
            if flow.gateway.answers:
                result.disturbed.add(result.attempts)
        flow.check.overturn()
        flow.check.close(ended)
        result.record(flow.recorded)
        return flow

    def _ended_before(self, flow: Flow) -> None:
        # What the budget cuts off is told when its check has ended: some of it was never begun.
        if not self._out_of_time:
            note = "the run was ended before this was answered"
            flow.check.close(Judgement(Outcome.NOT_RUN, note))


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


def _not_in_budget(run: Run) -> Judgement:
    return Judgement(Outcome.NOT_RUN, run.budget.spent())


def _budget_of(run: Run, judgement: Judgement) -> dict[str, str]:
    """What the record counts as cut off by the budget."""
    return {"budget": run.budget.told()} if judgement.outcome is Outcome.NOT_RUN else {}


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
