"""Faults of the background worker, and of how fast the API answers."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from sandbox.faults.base import Fault, put, wrap
from sandbox.product.jobs import Job

if TYPE_CHECKING:
    from sandbox.world import World

Stats = dict[str, int]


class OneInFiveLost(Fault):
    """A queue with a hole."""

    id = "jobs.one-in-five-lost"
    title = "Every fifth job is accepted and lost"

    def apply(self, world: World) -> None:
        numbers = itertools.count(1)

        def leaky(original: Callable[[Job], None], job: Job) -> None:
            if next(numbers) % 5:
                original(job)

        wrap(world.jobs, "push", leaky)


class WorkerDown(Fault):
    """Nobody takes a job."""

    id = "jobs.worker-down"
    title = "Jobs are queued and no worker runs"

    def apply(self, world: World) -> None:
        put(world.jobs, "start", lambda: None)


class JobsSlow(Fault):
    """A worker that starves."""

    id = "jobs.slow"
    title = "Each job takes two minutes longer than usual"

    def apply(self, world: World) -> None:
        def slowed(original: Callable[..., Job], *arguments: object) -> Job:
            job = original(*arguments)
            job.seconds += 120
            return job

        wrap(world.jobs, "enqueue", slowed)


class NoRetries(Fault):
    """A job that fails once is dead."""

    id = "jobs.no-retries"
    title = "A job that fails is never tried again"

    def apply(self, world: World) -> None:
        put(world.jobs, "may_retry", lambda _job: False)


class QueueStuck(Fault):
    """A job that has waited for an hour beside others that run."""

    id = "jobs.old-job-stuck"
    title = "The queue holds a job that is an hour old"

    def apply(self, world: World) -> None:
        def stuck(original: Callable[[], Stats]) -> Stats:
            stats = original()
            return {**stats, "enqueued": stats["enqueued"] + 1, "default_latency": 3604}

        wrap(world.jobs, "stats", stuck)


class DeadJobs(Fault):
    """A dead set that has grown."""

    id = "jobs.dead-set"
    title = "The dead set holds seven jobs"

    def apply(self, world: World) -> None:
        def dead(original: Callable[[], Stats]) -> Stats:
            stats = original()
            return {**stats, "dead": stats["dead"] + 7, "failed": stats["failed"] + 28}

        wrap(world.jobs, "stats", dead)


class SlowList(Fault):
    """A tail that an average hides."""

    id = "performance.slow-tail"
    title = "Every eighth list of documents takes three seconds"

    def apply(self, world: World) -> None:
        _delay(world, "/api/v1/documents", every=8, seconds=3.0)


class SlowStatus(Fault):
    """A public endpoint that has become slow."""

    id = "performance.slow-status"
    title = "The API's public status takes two seconds"

    def apply(self, world: World) -> None:
        _delay(world, "/api/v1/status", every=1, seconds=2.0)


class RequestsTimeOut(Fault):
    """A connection that is never answered."""

    id = "performance.request-times-out"
    title = "Every sixth look at a list of recent things is never answered"

    def apply(self, world: World) -> None:
        _delay(world, "/api/v1/recent", every=6, seconds=3600.0)


def _delay(world: World, path: str, every: int, seconds: float) -> None:
    """Hold back each so-and-so-many-th GET of a path."""
    numbers = itertools.count(1)

    async def wait(request: Request) -> Response | None:
        asked = request.method == "GET" and request.url.path == path
        if asked and next(numbers) % every == 0:
            await asyncio.sleep(seconds)
        return None

    world.interceptors.add("api", wait)
