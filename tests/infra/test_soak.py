"""Keeps looking when the flows have passed: what a deployment breaks is often seen minutes later."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta

import pytest

from fixtures.deployment import AT_START, WINDOW, expected_version, located
from fixtures.endpoints import answer_faults
from fixtures.readings import error_share
from fixtures.rollout import change_faults, lasting_faults, version_faults
from fixtures.windows import windows_around
from postdeploy.comparison import Change, compare_errors
from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.probes.aws.ecs_running import observe_running
from postdeploy.probes.endpoint import ask
from postdeploy.waiting import quiet

_BETWEEN_SECONDS = 15.0
_CONFIRM_SECONDS = 5.0


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.soaking
@pytest.mark.covers("soak")
async def test_the_deployment_stays_well(flow: Flow) -> None:
    """For as long as --soak says, endpoints answer rightly, services stay steady and errors stay few.

    What is wrong twice in a row ends the soak at once. Only what asks for a rollback is looked at;
    alarms, logs and the other metrics are judged over the whole time when it is over.
    """
    async with flow.check.item("soak") as step:
        if flow.run.failed:
            raise ProbeError(
                f"not begun, for {flow.run.failed[0]} has failed already",
                mend="Act on that first",
            )
        seconds = flow.run.facts.soak
        until = f"{datetime.now(UTC) + timedelta(seconds=seconds):%H:%M:%S} UTC"
        began, looks, unseen = time.monotonic(), 0, list[str]()
        while True:
            faults = await _look_twice(flow, unseen)
            looks += 1
            spent = time.monotonic() - began
            told = f"{looks} look{'s' * (looks > 1)} in {spent:.0f} of {seconds:.0f} s"
            step.saw(
                f"{told}: {'; '.join(faults) or 'all well'}",
                expected="endpoints right, services steady on this deployment, errors below the rollback's bound",
            )
            assert not faults, f"after {spent:.0f} s of soaking: {'; '.join(faults)}"
            flow.run.doing = f"soaking until {until}: {told}, all well{_doubt(unseen)}"
            if spent >= seconds:
                break
            await quiet(min(_BETWEEN_SECONDS, seconds / 3, seconds - spent))
        flow.run.doing = ""
        if unseen and len(unseen) >= looks:
            raise ProbeError(
                f"at no look everything could be seen: {unseen[-1]}", mend="See the other items"
            )


def _doubt(unseen: list[str]) -> str:
    return f" ({len(unseen)} times not all could be seen)" if unseen else ""


async def _look_twice(flow: Flow, unseen: list[str]) -> list[str]:
    """What is wrong now and was so a moment before; a single bad answer is noted as none."""
    first = await _look(flow, unseen)
    if not first:
        return []
    flow.run.doing = f"soaking: looking once more at {first[0]}"
    await quiet(_CONFIRM_SECONDS)
    second = await _look(flow, unseen)
    if not second:
        flow.run.warn(f"while soaking, seen once and not again: {'; '.join(first)}")
    return second


async def _look(flow: Flow, unseen: list[str]) -> list[str]:
    looks = [
        *(_endpoint(flow, name) for name in flow.environment.endpoints),
        *(_service(flow, name) for name in _services(flow)),
        *(_errors(flow, name) for name in _errors_declared(flow)),
    ]
    faults, trouble = list[str](), list[str]()
    for found in await asyncio.gather(*(_seen(look) for look in looks)):
        (trouble if isinstance(found, str) else faults).extend(
            [found] if isinstance(found, str) else found
        )
    if trouble:
        unseen.append(trouble[0])
    return faults


async def _seen(look: Awaitable[list[str]]) -> list[str] | str:
    """What is wrong; or, as a text, why it could not be seen."""
    try:
        return await look
    except ProbeError as error:
        return str(error)


def _services(flow: Flow) -> list[str]:
    return list(flow.environment.aws.services) if flow.environment.aws else []


def _errors_declared(flow: Flow) -> list[str]:
    return list(flow.environment.aws.errors) if flow.environment.aws else []


async def _endpoint(flow: Flow, name: str) -> list[str]:
    endpoint = flow.environment.endpoints[name]
    answer = await ask(flow.http(), endpoint)
    return [f"{name}: {fault}" for fault in answer_faults(endpoint, answer)]


async def _service(flow: Flow, name: str) -> list[str]:
    before = (await flow.shared(AT_START))[name]
    seen = await flow.observe(observe_running, *located(flow.aws, name))
    minimum = flow.aws.services[name].minimum
    faults = [
        *lasting_faults(before, seen, minimum),
        *version_faults(seen, expected_version(flow, name)),
        *change_faults(before, seen),
    ]
    return [f"{name}: {fault}" for fault in faults]


async def _errors(flow: Flow, name: str) -> list[str]:
    declared = flow.aws.errors[name]
    windows = windows_around(await flow.shared(WINDOW), datetime.now(UTC))
    now, before = await asyncio.gather(
        *(error_share(flow, declared, *window) for window in (windows.since, windows.before))
    )
    change = compare_errors(
        now,
        [before],
        bound_percent=declared.rollback_percent,
        fewest=declared.minimum_requests,
    )
    return [f"{name}: {now} failed, before {before}"] if change is Change.WORSE else []
