"""Row 10: jobs are accepted, finish, are not stuck, and are retried."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx
import pytest

from fixtures.vault import DOCUMENTS, POLICY, VaultDocument, sample, upload
from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.pages.qumis.report_words import ReportWords
from postdeploy.probes import sidekiq
from postdeploy.probes.sidekiq import QueueNumbers
from postdeploy.waiting import until

_FIRST_SERIAL = 500
_UPLOADS = 2
_REPORTS = ("analysis", "coverage", "checklist")
_ENDED = ("complete", "failed", "dead")


@dataclass(frozen=True)
class Work:
    """A job, the address of what it makes, and the status that this has once it is there."""

    job: str
    makes: str
    there: str


@pytest.mark.prod_smoke
@pytest.mark.writes("document", "report")
@pytest.mark.covers("jobs.five", "jobs.all-complete")
async def test_five_jobs_at_once(flow: Flow) -> None:
    """Five jobs, uploads and reports mixed, queued at once are accepted, and all do their work."""
    policy = await flow.shared(POLICY)
    client = await flow.client("member")
    async with flow.check.gate("jobs.five", expected="five job ids") as step:
        uploads = [_upload(flow, client, _FIRST_SERIAL + n) for n in range(_UPLOADS)]
        reports = [_order(flow, client, kind, policy) for kind in _REPORTS]
        works = await asyncio.gather(*uploads, *reports)
        jobs = [work.job for work in works]
        step.saw(jobs)
        assert len({job for job in jobs if job}) == _UPLOADS + len(_REPORTS), f"job ids: {jobs}"
    async with flow.check.item(
        "jobs.all-complete", expected="each complete, its work done"
    ) as step:
        seen = await _settled(flow, client, jobs)
        step.saw(seen)
        assert set(seen.values()) == {"complete"}, f"{seen}"
        step.saw(f"{seen}; {await _done(flow, client, works)}")


async def _upload(flow: Flow, client: httpx.AsyncClient, serial: int) -> Work:
    document = await upload(flow, await sample(flow, "contract", serial))
    address = f"{DOCUMENTS}/{document.id}"
    answer = await client.get(address)
    return Work(str(answer.json().get("job_id") or ""), address, "Ready")


async def _order(flow: Flow, client: httpx.AsyncClient, kind: str, policy: VaultDocument) -> Work:
    entry = flow.intend("report", ReportWords(flow.target).title(kind, [policy.name]))
    more = {"claim": "Water came through the roof."} if kind == "coverage" else {}
    wish = {"kind": kind, "document_ids": [policy.id], **more}
    answer = await client.post("/api/v1/reports", json=wish)
    assert answer.status_code == httpx.codes.ACCEPTED, (
        f"{kind}: {answer.status_code} {answer.text[:200]}"
    )
    entry.made(str(answer.json()["id"]))
    address = f"/api/v1/reports/{entry.id}"
    told = await client.get(address)
    return Work(str(told.json().get("job_id") or ""), address, "Complete")


async def _done(flow: Flow, client: httpx.AsyncClient, works: Sequence[Work]) -> Mapping[str, str]:
    """What became of the work of jobs that are complete; DeadlineError where some of it is not there."""

    async def statuses() -> dict[str, str]:
        answers = await asyncio.gather(*(client.get(work.makes) for work in works))
        return {work.makes: _status(answer) for work, answer in zip(works, answers, strict=True)}

    return await until(
        statuses,
        lambda seen: all(seen[work.makes] == work.there for work in works),
        what=f"what {len(works)} complete jobs make is there",
        seconds=flow.environment.bounds.page_seconds,
    )


async def _settled(flow: Flow, client: httpx.AsyncClient, jobs: Sequence[str]) -> Mapping[str, str]:
    """The jobs' statuses once all have ended, or a DeadlineError with the last ones."""

    async def statuses() -> dict[str, str]:
        answers = await asyncio.gather(*(client.get(f"/api/v1/jobs/{job}") for job in jobs))
        return {job: _status(answer) for job, answer in zip(jobs, answers, strict=True)}

    return await until(
        statuses,
        lambda seen: all(status in _ENDED for status in seen.values()),
        what=f"{len(jobs)} jobs ended",
        seconds=flow.environment.bounds.job_seconds,
    )


def _status(answer: httpx.Response) -> str:
    if answer.status_code != httpx.codes.OK:
        return f"HTTP {answer.status_code}"
    return str(answer.json().get("status"))


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.closing
@pytest.mark.covers("jobs.none-stuck")
async def test_nothing_is_stuck_in_the_queue(flow: Flow) -> None:
    """By Sidekiq's own numbers nothing waits longer than the bound, and no job has died.

    Asked when all flows have ended, so that the run's own jobs should be gone.
    """
    async with flow.check.item("jobs.none-stuck") as step:
        path = flow.environment.integrations.sidekiq
        if path is None:
            raise ProbeError("the target file does not say where Sidekiq's numbers are")
        client = await flow.client(None)
        bounds = flow.environment.bounds

        async def observe() -> QueueNumbers:
            user, password = flow.secret("SIDEKIQ_USER"), flow.secret("SIDEKIQ_PASSWORD")
            return await sidekiq.observe(client, path, user, password)

        first = await observe()
        assert first.processes > 0, "no Sidekiq process is running"
        # Waiting jobs are no fault as long as they are taken up, nor is a long one while nothing waits.
        seen = await until(
            observe,
            lambda n: n.enqueued == 0 or n.processed > first.processed,
            what=f"the queue moves or is empty (at first {first})",
            seconds=bounds.job_seconds,
        )
        step.saw(
            seen,
            expected=f"latency ≤ {bounds.queue_latency_seconds:g} s, dead ≤ {bounds.dead_jobs}, "
            f"waiting for another attempt ≤ {bounds.retrying_jobs}",
        )
        assert seen.latency_seconds <= bounds.queue_latency_seconds, "the oldest job waits too long"
        assert seen.dead <= bounds.dead_jobs, f"{seen.dead} dead jobs"
        assert seen.retries <= bounds.retrying_jobs, f"{seen.retries} jobs wait for another attempt"


@pytest.mark.prod_smoke
@pytest.mark.writes("job")
@pytest.mark.covers("jobs.retry")
async def test_a_failed_job_is_retried(flow: Flow) -> None:
    """A job that fails once is tried again and completes."""
    route = flow.environment.jobs.retry_route
    async with flow.check.item("jobs.retry", expected="complete, at the second attempt") as step:
        if route is None:
            raise ProbeError(
                "the target file declares no [jobs] retry_route",
                mend="Declare it, or declare jobs.retry not applicable",
            )
        client = await flow.client("admin")
        entry = flow.intend("job", f"a job of run {flow.run_id} that fails once", role="admin")
        answer = await client.request(route.method, route.path, json=route.body)
        assert answer.status_code == httpx.codes.ACCEPTED, (
            f"{answer.status_code} {answer.text[:200]}"
        )
        job = str(answer.json()["id"])
        entry.made(job)
        seen = await _settled(flow, client, [job])
        attempts = int((await client.get(f"/api/v1/jobs/{job}")).json().get("attempts", 0))
        step.saw(f"{seen[job]} after {attempts} attempts")
        assert seen[job] == "complete"
        assert attempts == 2, f"{attempts} attempts"
