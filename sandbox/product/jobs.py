"""The background worker, after Sidekiq: a queue, workers, retries with back-off, a dead set."""

from __future__ import annotations

import asyncio
import secrets
import time
import traceback
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.pace import Pace
from sandbox.product.documents import now
from sandbox.product.errors import InvalidError, NotFoundError
from sandbox.product.people import Person

PROCESSES = 2
THREADS = 10
"""Per process; what a Sidekiq of versions 5.2 to 6 has unless it is told otherwise."""
MAX_RETRIES = 3

Log = Callable[[str, str, str], None]
Handler = Callable[["Job"], Awaitable[None]]


@dataclass
class Job:
    """A piece of work; `status` goes queued, running, then complete or failed (dead)."""

    id: str
    kind: str
    owner: Person
    payload: dict[str, Any]
    seconds: float
    status: str = "queued"
    attempts: int = 0
    error: str | None = None
    created_at: str = field(default_factory=now)
    enqueued: float = field(default_factory=time.time)
    retrying: bool = False

    def as_json(self) -> dict[str, Any]:
        """What the API tells about a job."""
        return {
            "id": self.id,
            "kind": self.kind,
            "status": self.status,
            "attempts": self.attempts,
            "error": self.error,
            "owner": self.owner.email,
            "created_at": self.created_at,
        }


class Jobs:
    """Accepts jobs and works through them in the background."""

    def __init__(self, pace: Pace, log: Log) -> None:
        self._pace = pace
        self._log = log
        self._jobs: dict[str, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Condition()
        self.queue: deque[Job] = deque()
        self.handlers: dict[str, Handler] = {}
        self.gave_up: Callable[[Job], None] = lambda _job: None
        self.processed = 0
        self.failed = 0

    def start(self) -> None:
        """Begin to work; needs a running event loop."""
        for _ in range(PROCESSES * THREADS):
            self._keep(asyncio.create_task(self._work_for_ever()))

    async def stop(self) -> None:
        """Drop what is being done and end."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def enqueue(self, kind: str, owner: Person, payload: dict[str, Any]) -> Job:
        """Accept a job and queue it."""
        seconds = self._pace.job_seconds()
        job = Job(secrets.token_hex(12), kind, owner, payload, seconds)
        self._jobs[job.id] = job
        self.push(job)
        return job

    def push(self, job: Job) -> None:
        """Put a job at the end of the queue."""
        job.status = "queued"
        job.enqueued = time.time()
        self.queue.append(job)
        self._keep(asyncio.create_task(self._notify()))

    def find(self, person: Person, job_id: str) -> Job:
        """A job of the person's, or any for an admin; else NotFoundError."""
        job = self._jobs.get(job_id)
        if job is None or (person.role != "admin" and job.owner != person):
            raise NotFoundError("There is no such job.")
        return job

    def all(self) -> list[Job]:
        """Every job there was, newest first."""
        return list(self._jobs.values())[::-1]

    def retry(self, job: Job) -> None:
        """Queue a dead job again; raises InvalidError for one that is not dead."""
        if job.status != "failed":
            raise InvalidError("Only a failed job can be retried.")
        job.attempts = 0
        self.push(job)

    async def _notify(self) -> None:
        async with self._wake:
            self._wake.notify()

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work_for_ever(self) -> None:
        while True:
            async with self._wake:
                await self._wake.wait_for(lambda: self.queue)
                job = self.queue.popleft()
            await self.work(job)

    async def work(self, job: Job) -> None:
        """Do a job once, and see to what follows if it fails."""
        job.status = "running"
        job.attempts += 1
        job.retrying = False
        began = time.monotonic()
        self._log("sidekiq", "INFO", f"class={job.kind} jid={job.id} start attempt={job.attempts}")
        try:
            await self.handlers[job.kind](job)
        except Exception as error:
            self._failed(job, error)
        else:
            job.status, job.error = "complete", None
            took = time.monotonic() - began
            self._log("sidekiq", "INFO", f"class={job.kind} jid={job.id} done elapsed={took:.3f}")
        finally:
            self.processed += 1

    def _failed(self, job: Job, error: Exception) -> None:
        self.failed += 1
        job.error = f"{type(error).__name__}: {error}"
        if self.may_retry(job):
            self._retry_later(job)
        else:
            self._bury(job, error)

    def may_retry(self, job: Job) -> bool:
        """Whether a failed job is tried again by itself."""
        return job.attempts <= MAX_RETRIES

    def _retry_later(self, job: Job) -> None:
        delay = self._pace.retry_delay * 2 ** (job.attempts - 1)
        job.status, job.retrying = "queued", True
        self._log(
            "sidekiq", "WARN", f"class={job.kind} jid={job.id} will be retried in {delay:.1f} s"
        )
        self._keep(asyncio.create_task(self._push_after(job, delay)))

    async def _push_after(self, job: Job, delay: float) -> None:
        await asyncio.sleep(delay)
        self.push(job)

    def _bury(self, job: Job, error: Exception) -> None:
        job.status = "failed"
        trace = "".join(traceback.format_exception(error))
        self._log("sidekiq", "ERROR", f"class={job.kind} jid={job.id} dead: {job.error}\n{trace}")
        self.gave_up(job)

    def stats(self) -> dict[str, int]:
        """Sidekiq's own numbers; `default_latency` is the oldest queued job's age in seconds."""
        jobs = self._jobs.values()
        return {
            "processed": self.processed,
            "failed": self.failed,
            "busy": sum(job.status == "running" for job in jobs),
            "processes": PROCESSES,
            "enqueued": len(self.queue),
            "scheduled": 0,
            "retries": sum(job.retrying for job in jobs),
            "dead": sum(job.status == "failed" for job in jobs),
            "default_latency": self.latency(),
        }

    def latency(self) -> int:
        """Seconds that the oldest queued job has waited."""
        return int(time.time() - self.queue[0].enqueued) if self.queue else 0

    def check(self) -> str:
        """`ok`, or what is wrong with Redis, as the API's health endpoint reports it."""
        return "ok"
