"""CPU and memory of the ECS services stay within bounds over the deployment's window."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from fixtures.deployment import WINDOW, located
from fixtures.windows import windows_around
from postdeploy.check import Step
from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.probes.aws.metrics import Series
from postdeploy.probes.aws.services import ServiceUse, observe_service_use

_FRESH_SECONDS = 900
"""CloudWatch is a few minutes behind; a service of which it knows nothing for longer is not looked at."""


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.closing
@pytest.mark.covers("perf.memory", "perf.cpu")
async def test_services_stay_within_memory_and_cpu(flow: Flow) -> None:
    """No ECS service's memory or CPU use went beyond its bound since the deployment."""
    services = flow.aws.services
    if flow.check.wants("perf.memory"):
        async with flow.check.item("perf.memory") as step:
            now = datetime.now(UTC)
            used = await _used(flow, now)
            bounds = {name: service.memory_percent for name, service in services.items()}
            (own_from, _) = windows_around(await flow.shared(WINDOW), now).since
            seen = {
                name: _of_this_release(use.memory, own_from, bounds[name])
                for name, use in used.items()
            }
            _judge(step, "memory", seen, bounds, now)
    if flow.check.wants("perf.cpu"):
        async with flow.check.item("perf.cpu") as step:
            now = datetime.now(UTC)
            used = await _used(flow, now)
            bounds = {name: service.cpu_percent for name, service in services.items()}
            _judge(step, "CPU", {name: use.cpu for name, use in used.items()}, bounds, now)


async def _used(flow: Flow, now: datetime) -> dict[str, ServiceUse]:
    window = await flow.shared(WINDOW)
    names = list(flow.aws.services)
    if not names:
        raise ProbeError("the target file declares no [aws.services]", mend="Declare them")
    uses = await asyncio.gather(
        *(
            flow.observe(observe_service_use, *located(flow.aws, name), window.start, now)
            for name in names
        )
    )
    return dict(zip(names, uses, strict=True))


def _of_this_release(seen: Series, own_from: datetime, bound: float) -> Series:
    """The datapoints since the deployment's own minute, which may tell of the release before.

    Right after a deployment there are none yet; all are taken then, unless whose use was too high could not be told.
    """
    own = seen.since(own_from)
    high = seen.peak is not None and seen.peak.value > bound
    return own if own.points or high else seen


def _judge(
    step: Step, what: str, series: Mapping[str, Series], bounds: Mapping[str, float], now: datetime
) -> None:
    """Fail on a peak beyond its bound; block where a service told nothing, or no more, for silence is no proof."""
    peaks = {name: seen.peak for name, seen in series.items()}
    told = {name: peak for name, peak in peaks.items() if peak is not None}
    step.saw(
        ", ".join(f"{name} at most {peak.value:.0f} %" for name, peak in told.items()),
        expected=", ".join(f"{name} ≤ {bound:g} %" for name, bound in bounds.items()),
    )
    high = [
        f"{name} {peak.value:.1f} % at {peak.at:%H:%M} UTC, above {bounds[name]:g} %"
        for name, peak in told.items()
        if peak.value > bounds[name]
    ]
    assert not high, f"{what}: {'; '.join(high)}"
    silent = sorted(set(peaks) - set(told))
    if silent:
        raise ProbeError(
            f"there is no {what} datapoint of {', '.join(silent)} since the deployment",
            mend="Compare cluster and service names with the dimensions of AWS/ECS, or run again later",
        )
    ages = {name: seen.age(now) or 0.0 for name, seen in series.items()}
    old = [f"{name} ({age / 60:.0f} min)" for name, age in ages.items() if age > _FRESH_SECONDS]
    if old:
        raise ProbeError(
            f"the newest {what} datapoint is too old to speak of the whole window: {', '.join(old)}",
            mend="Look why CloudWatch is told nothing any more of these services",
        )
