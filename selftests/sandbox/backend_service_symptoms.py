"""What holds in a healthy stand-in's probes, jobs and refusals, and which faults end it."""

from __future__ import annotations

from selftests.sandbox.backend_house import House, Symptom, as_dict


async def status_is_operational(house: House) -> None:
    """The public status is there, and operational."""
    assert (await house.get("/api/v1/status", house.nobody))["status"] == "operational"


async def provider_is_reached(house: House) -> None:
    """The LLM service's probe says that the provider answers."""
    assert (await house.get("/health", house.browser("llm")))["provider"] == "ok"


async def reports_tell_their_job(house: House) -> None:
    """Two reports tell two jobs, both of which can be followed to their end."""
    id_ = await house.ready("one.pdf")
    jobs = {(await house.report("analysis", [id_]))["job_id"] for _ in range(2)}
    assert len(jobs) == 2
    assert {(await house.ended(job))["status"] for job in jobs} == {"complete"}


async def reports_of_one_document_do_not_meet(house: House) -> None:
    """Three reports of one document, ordered at once, are all written."""
    id_ = await house.ready("one.pdf")
    wish = {"kind": "analysis", "document_ids": [id_]}
    made = [as_dict(await house.mia.post("/api/v1/reports", json=wish), 202) for _ in range(3)]
    for report in made:
        await house.until(f"/api/v1/reports/{report['id']}", "Complete")


async def failures_are_counted(house: House) -> None:
    """A job that fails twice completes at its third attempt."""
    job = as_dict(await house.ada.post("/api/v1/diagnostics/jobs", json={"fail_times": 2}), 202)
    assert (await house.ended(job["id"]))["attempts"] == 3


async def queue_is_worked_on(house: House) -> None:
    """Processes run, and nothing waits for another attempt."""
    auth = ("sidekiq", "sidekiq-sandbox")
    stats = as_dict(await house.nobody.get("/sidekiq/stats", auth=auth), 200)["sidekiq"]
    assert stats["processes"] > 0
    assert stats["retries"] == 0


async def unknown_types_are_refused(house: House) -> None:
    """A search for documents of a type that does not exist is a handled error."""
    answer = await house.mia.get("/api/v1/search?q=policy&type=no-such-type")
    assert answer.status_code == 422
    assert "Traceback" not in answer.json()["message"]


async def jobs_can_be_looked_at(house: House) -> None:
    """Eight looks at a job are all answered."""
    job = as_dict(await house.ada.post("/api/v1/diagnostics/jobs", json={"fail_times": 0}), 202)
    for _ in range(8):
        await house.get(f"/api/v1/jobs/{job['id']}", house.ada)


SYMPTOMS: dict[Symptom, tuple[str, ...]] = {
    status_is_operational: ("health.status-degraded", "health.status-404"),
    provider_is_reached: ("health.llm-error-inside-200",),
    reports_tell_their_job: ("jobs.id-untold", "jobs.one-id-for-all", "jobs.status-never-ends"),
    reports_of_one_document_do_not_meet: ("jobs.second-in-name-only",),
    failures_are_counted: ("jobs.failure-swallowed",),
    queue_is_worked_on: ("jobs.retries-pile-up", "jobs.no-process"),
    jobs_can_be_looked_at: ("performance.gateway-times-out",),
    unknown_types_are_refused: (
        "integrations.error-unhandled",
        "integrations.error-swallowed",
        "integrations.error-as-page",
        "integrations.error-tells-trace",
    ),
}
