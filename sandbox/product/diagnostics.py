"""Jobs that fail on purpose, to see that retries work."""

from __future__ import annotations

import asyncio

from sandbox.product.jobs import Job, Jobs

DIAGNOSTIC = "diagnostics.fail"


class Diagnostics:
    """Does the diagnostic jobs."""

    def __init__(self, jobs: Jobs) -> None:
        jobs.handlers[DIAGNOSTIC] = self.run

    async def run(self, job: Job) -> None:
        """Fail in the first attempts, as many as the job says, and complete in the next."""
        await asyncio.sleep(job.seconds)
        if job.attempts <= job.payload["fail_times"]:
            raise RuntimeError(f"asked to fail {job.payload['fail_times']} times")
