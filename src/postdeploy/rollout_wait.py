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
_UNSEEN_AT_MOST = 3
"""So many looks in a row that see nothing: a refusal, and not a moment's trouble."""


async def wait_for_rollouts(run: Run) -> None:
    """Return when no declared service's PRIMARY deployment is in progress, or when the time is over.

    Judges nothing: a rollout that failed, or is still going on, is seen by the checks that follow.
    What keeps it from looking is left to them as well, once it has done so several times in a row.
    """
    aws = run.environment.aws
    if aws is None or not aws.services:
        run.warn("--wait-for-rollout: the target file declares no ECS service to wait for")
        return
    began = time.monotonic()
    places = [(one.cluster or aws.cluster, one.name or name) for name, one in aws.services.items()]
    unseen = 0
    while True:
        going_on = await _going_on(run, places)
        unseen = unseen + 1 if going_on is None else 0
        if going_on == "" or unseen >= _UNSEEN_AT_MOST:
            break
        told, spent = going_on or "it cannot be seen", time.monotonic() - began
        if spent >= run.facts.wait_for_rollout:
            run.warn(f"after {spent:.0f} s of waiting the rollout still went on: {told}")
            break
        run.doing = f"waiting for the rollout, {spent:.0f} s: {told}"
        await quiet(min(_BETWEEN_SECONDS, run.facts.wait_for_rollout - spent))
    run.doing = ""


async def _going_on(run: Run, places: list[tuple[str, str]]) -> str | None:
    """What is in progress, in words; "" where nothing is, None where nobody can tell."""
    try:
        seen = await asyncio.gather(*(_look(run, *place) for place in places))
    except ProbeError as trouble:
        run.log(f"--wait-for-rollout: {trouble}")
        return None
    return ", ".join(
        f"{one.name} {one.running}/{one.desired}"
        for one in seen
        if one.primary is not None and one.primary.rollout == "IN_PROGRESS"
    )


async def _look(run: Run, cluster: str, name: str) -> EcsService:
    return await run.in_thread(observe_service, run.aws_session, cluster, name)
