"""Waits for a rollout in progress, before anything is looked at that it may still change."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from postdeploy.errors import ProbeError
from postdeploy.probes.aws.ecs import EcsService, observe_service
from postdeploy.waiting import quiet

if TYPE_CHECKING:
    from postdeploy.run import Run

_BETWEEN_SECONDS = 5.0


async def wait_for_rollouts(run: Run) -> None:
    """Return when no declared service's PRIMARY deployment is in progress, or when the time is over.

    Judges nothing: a rollout that failed, or is still going on, is seen by the checks that follow.
    What keeps it from looking is left to them as well.
    """
    aws = run.environment.aws
    if aws is None or not aws.services:
        run.warn("--wait-for-rollout: the target file declares no ECS service to wait for")
        return
    began = time.monotonic()
    places = [(one.cluster or aws.cluster, one.name or name) for name, one in aws.services.items()]
    while going_on := await _going_on(run, places):
        spent = time.monotonic() - began
        if spent >= run.facts.wait_for_rollout:
            run.warn(f"after {spent:.0f} s of waiting the rollout still went on: {going_on}")
            break
        run.doing = f"waiting for the rollout, {spent:.0f} s: {going_on}"
        await quiet(min(_BETWEEN_SECONDS, run.facts.wait_for_rollout - spent))
    run.doing = ""


async def _going_on(run: Run, places: list[tuple[str, str]]) -> str:
    """What is in progress, in words; "" where nothing is, or where nobody can tell."""
    try:
        seen = await asyncio.gather(*(_look(run, *place) for place in places))
    except ProbeError as trouble:
        run.log(f"--wait-for-rollout: {trouble}")
        return ""
    return ", ".join(
        f"{one.name} {one.running}/{one.desired}"
        for one in seen
        if one.primary is not None and one.primary.rollout == "IN_PROGRESS"
    )


async def _look(run: Run, cluster: str, name: str) -> EcsService:
    return await run.in_thread(observe_service, run.aws_session, cluster, name)
