"""Faults of the background worker and of its queue."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.faults.base import Fault, put, wrap
from sandbox.product.jobs import Job
from sandbox.product.reports import BUILD, Report

if TYPE_CHECKING:
    from sandbox.product.people import Person
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


class RetriesPileUp(Fault):
    """A dependency that fails each attempt, long before the first job is given up."""

    id = "jobs.retries-pile-up"
    title = "Two hundred and forty jobs wait for another attempt, and none is dead yet"

    def apply(self, world: World) -> None:
        def piled(original: Callable[[], Stats]) -> Stats:
            stats = original()
            return {**stats, "retries": stats["retries"] + 240, "failed": stats["failed"] + 700}

        wrap(world.jobs, "stats", piled)


class NoProcess(Fault):
    """A worker that lost Redis, as Sidekiq's own page shows it."""

    id = "jobs.no-process"
    title = "Sidekiq's numbers count no process"

    def apply(self, world: World) -> None:
        wrap(world.jobs, "stats", lambda original: {**original(), "processes": 0})


class FailureSwallowed(Fault):
    """A rescue that is too broad."""

    id = "jobs.failure-swallowed"
    title = "A job that fails is called complete at its first attempt"

    def apply(self, world: World) -> None:
        def swallow(job: Job, _error: Exception) -> None:
            job.status, job.error = "complete", None

        put(world.jobs, "_failed", swallow)


class StatusNeverEnds(Fault):
    """Work that is done, and a record of it that nobody closes."""

    id = "jobs.status-never-ends"
    title = "Jobs do their work, and their status stays running for ever"

    def apply(self, world: World) -> None:
        def unclosed(original: Callable[..., Job], person: Person, job_id: str) -> Job:
            job = original(person, job_id)
            return replace(job, status="running") if job.status == "complete" else job

        wrap(world.jobs, "find", unclosed)


class IdUntold(Fault):
    """A report that nobody can follow."""

    id = "jobs.id-untold"
    title = "Reports are accepted without the id of a job"

    def apply(self, world: World) -> None:
        def untold(original: Callable[[Report], None], report: Report) -> None:
            original(report)
            report.job_id = ""

        wrap(world.reports, "submit", untold)


class OneIdForAll(Fault):
    """A memoized id."""

    id = "jobs.one-id-for-all"
    title = "Every report tells the id of the first report's job"

    def apply(self, world: World) -> None:
        first: list[str] = []

        def shared(original: Callable[[Report], None], report: Report) -> None:
            original(report)
            first.append(report.job_id)
            report.job_id = first[0]

        wrap(world.reports, "submit", shared)


class SecondInNameOnly(Fault):
    """A lock against doing the same twice, which is too wide."""

    id = "jobs.second-in-name-only"
    title = "The job of a report about a document that another is just made of is complete at once, undone"

    def apply(self, world: World) -> None:
        healthy = world.jobs.handlers[BUILD]

        async def unless_another(job: Job) -> None:
            report = world.reports.find(job.payload["report_id"])
            others = [one for one in world.reports.recent(report.owner) if one is not report]
            being_made = [one for one in others if one.status == "Processing"]
            if not any(doc in report.documents for one in being_made for doc in one.documents):
                await healthy(job)

        world.jobs.handlers[BUILD] = unless_another


class OneLongJob(Fault):
    """A healthy job that takes longer than the whole run, and nothing waits behind it."""

    id = "jobs.one-long-job"
    title = "A job that takes an hour is running, and no job waits"

    def apply(self, world: World) -> None:
        def busy(original: Callable[[], Stats]) -> Stats:
            stats = original()
            return {**stats, "busy": stats["busy"] + 1}

        wrap(world.jobs, "stats", busy)
