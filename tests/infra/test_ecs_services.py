"""Each ECS service runs at full strength, on this very deployment, from the start of the run to its end."""

from __future__ import annotations

import asyncio

import pytest

from fixtures.deployment import (
    AT_END,
    AT_START,
    WINDOW,
    expected_version,
    located,
    window_of_its_own,
)
from fixtures.rollout import (
    change_faults,
    lasting_faults,
    rollout_faults,
    running_in_words,
    stop_in_words,
    unexpected_stops,
    unsettled,
    version_faults,
)
from postdeploy.check import Step
from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.probes.aws.ecs_running import RunningService, observe_running
from postdeploy.probes.aws.ecs_tasks import observe_stopped_tasks
from postdeploy.waiting import until

_SCALING_SECONDS = 60
"""What a service may need for the tasks that it is being scaled by, while enough of them run."""


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.each("aws.services")
@pytest.mark.covers("ecs.{name}.steady")
async def test_service_is_steady_on_this_deployment(flow: Flow, name: str) -> None:
    """The service is ACTIVE with all its tasks, and its newest deployment rolled out completely."""
    minimum = flow.aws.services[name].minimum
    expected = expected_version(flow, name)
    async with flow.check.item(f"ecs.{name}.steady") as step:
        # Asked for here too, so that what ran at the start is noted early in any selection of checks.
        now = flow.observe(observe_running, *located(flow.aws, name))
        _, seen = await asyncio.gather(flow.shared(AT_START), now)
        step.saw(
            running_in_words(seen),
            expected=f"ACTIVE, running = desired ≥ {minimum}, 0 pending, PRIMARY deployment COMPLETED",
        )
        step.show("Newest events of the service", _events(seen))
        _require_ecs_controller(seen)
        faults = rollout_faults(seen, minimum, expected)
        assert not faults, f"{name} is not steady on this deployment: {'; '.join(faults)}"
        _require_rollout_state(seen)
        if unsettled(seen.service):
            await _settled(flow, step, name)


async def _settled(flow: Flow, step: Step, name: str) -> None:
    """Wait while the service is being scaled; DeadlineError where what it wants does not come to run."""
    place = located(flow.aws, name)

    async def look() -> list[str]:
        seen = await flow.observe(observe_running, *place)
        step.saw(running_in_words(seen))
        return unsettled(seen.service)

    await until(
        look,
        lambda faults: not faults,
        what=f"all tasks that {name} wants run",
        seconds=_SCALING_SECONDS,
        every=2,
    )


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.closing
@pytest.mark.each("aws.services")
@pytest.mark.covers("ecs.{name}.version")
async def test_service_runs_its_version_to_the_end(flow: Flow, name: str) -> None:
    """Every task of the service runs the expected image, at the start of the run and at its end."""
    expected = expected_version(flow, name)
    async with flow.check.item(f"ecs.{name}.version") as step:
        before = (await flow.shared(AT_START))[name]
        after = (await flow.shared(AT_END))[name]
        step.saw(
            f"at {_noted(before)}; at {_noted(after)}",
            expected=expected or "one version from start to end (none was asked for)",
        )
        if not expected:
            flow.run.warn("version not asked for")
        minimum = flow.aws.services[name].minimum
        _require_tasks(before, minimum)
        _require_tasks(after, minimum)
        at_start = [f"at the start {fault}" for fault in version_faults(before, expected)]
        at_end = [f"at the end {fault}" for fault in version_faults(after, expected)]
        faults = [*at_start, *at_end, *change_faults(before, after)]
        assert not faults, f"{name}: {'; '.join(faults)}"


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.closing
@pytest.mark.each("aws.services")
@pytest.mark.covers("ecs.{name}.steady")
async def test_service_stays_steady_to_the_end(flow: Flow, name: str) -> None:
    """What ran when the run began still runs when all other checks have ended, on a completed deployment."""
    minimum = flow.aws.services[name].minimum
    async with flow.check.item(f"ecs.{name}.steady") as step:
        before = (await flow.shared(AT_START))[name]
        after = (await flow.shared(AT_END))[name]
        step.saw(
            f"at the end {running_in_words(after)}",
            expected=f"ACTIVE, as many tasks as at the start, ≥ {minimum}, PRIMARY deployment COMPLETED",
        )
        _require_ecs_controller(after)
        faults = lasting_faults(before, after, minimum)
        assert not faults, f"at the end {name} is not steady: {'; '.join(faults)}"
        _require_rollout_state(after)


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.closing
@pytest.mark.each("aws.services")
@pytest.mark.covers("ecs.{name}.restarts")
async def test_no_task_stopped_unexpectedly(flow: Flow, name: str) -> None:
    """Since the deployment only those tasks stopped that a deployment or scaling replaced."""
    allowed = flow.aws.services[name].restarts
    async with flow.check.item(f"ecs.{name}.restarts") as step:
        newest, running = await asyncio.gather(flow.shared(WINDOW), flow.shared(AT_START))
        window = await window_of_its_own(flow, newest, name)
        _require_service(running[name])
        stopped = await flow.observe(
            observe_stopped_tasks, *located(flow.aws, name), since=window.start
        )
        unexpected = unexpected_stops(stopped)
        step.saw(
            f"{len(unexpected)} unexpected of {len(stopped)} stopped tasks since "
            f"{window.start:%H:%M:%S} UTC (ECS forgets a stopped task after about an hour)",
            expected=f"at most {allowed} unexpected",
        )
        if stopped:
            step.show("Stopped tasks", "\n".join(stop_in_words(task) for task in stopped))
        reasons = "; ".join(stop_in_words(task) for task in unexpected)
        assert len(unexpected) <= allowed, f"{len(unexpected)} tasks of {name} stopped: {reasons}"


def _require_service(seen: RunningService) -> None:
    if not seen.service.found:
        raise ProbeError(
            "; ".join(rollout_faults(seen, 0, "")),
            mend="See whether the service is steady first",
        )


def _require_tasks(seen: RunningService, minimum: int) -> None:
    """Raise ProbeError where nothing runs whose version could be looked at."""
    _require_service(seen)
    if seen.image is None or (minimum and not seen.tasks):
        raise ProbeError(
            f"no task of service {seen.service.name} ran at {seen.noted:%H:%M:%S} UTC, so none tells its version",
            mend="See whether the service is steady first",
        )


def _require_ecs_controller(seen: RunningService) -> None:
    if seen.service.found and seen.service.controller != "ECS":
        raise ProbeError(
            f"service {seen.service.name} is deployed by {seen.service.controller}, and not by ECS itself",
            mend="Judge its rollout there, and waive this item with that reason",
        )


def _require_rollout_state(seen: RunningService) -> None:
    primary = seen.service.primary
    if primary is None or not primary.rollout:
        raise ProbeError(
            f"ECS tells no rollout state for service {seen.service.name}",
            mend="Judge the rollout in the ECS console",
        )


def _noted(seen: RunningService) -> str:
    image = seen.image.reference if seen.image else "no image"
    primary = seen.service.primary
    return f"{seen.noted:%H:%M:%S} {image} ({primary.id if primary else 'no deployment'})"


def _events(seen: RunningService) -> str:
    lines = [
        f"{event.at:%H:%M:%S} {event.message}" for event in seen.service.events[:10] if event.at
    ]
    return "\n".join(lines) or "none"
