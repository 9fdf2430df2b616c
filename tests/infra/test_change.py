"""What the deployment changed: error rates and response times since it, against those before it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from fixtures.deployment import WINDOW
from fixtures.readings import error_share, levels
from fixtures.windows import Windows, windows_around
from postdeploy.comparison import Change, Share, compare_errors, compare_levels
from postdeploy.errors import ProbeError
from postdeploy.flow import Flow

_RUN_AGAIN = "Run again when there is more traffic, or keep looking with --soak 15m"


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.closing
@pytest.mark.each("aws.errors")
@pytest.mark.covers("errors.{name}", "change.errors.{name}")
async def test_error_rate_since_the_deployment(flow: Flow, name: str) -> None:
    """The error rate since the deployment is below its bound, and far from what asks for a rollback."""
    declared = flow.aws.errors[name]
    if flow.check.wants(f"errors.{name}"):
        async with flow.check.item(f"errors.{name}") as step:
            windows = await _windows(flow)
            now = await error_share(flow, declared, *windows.since)
            step.saw(f"{now} {windows.in_words}", expected=f"at most {declared.percent:g} %")
            enough = now.requests >= declared.minimum_requests
            assert not enough or now.percent <= declared.percent, (
                f"{now} failed, at most {declared.percent:g} % may"
            )
            if not enough:
                raise ProbeError(f"{now.requests:g} requests are too few", mend=_RUN_AGAIN)
    async with flow.check.item(f"change.errors.{name}") as step:
        windows = await _windows(flow)
        now, before, week_ago = await asyncio.gather(
            *(error_share(flow, declared, *window) for window in windows.all)
        )
        step.saw(
            f"{now} {windows.in_words}; {before} in the same time before it; {_last_week(week_ago)}",
            expected=f"at most {declared.rollback_percent:g} %, or as it was before",
        )
        change = compare_errors(
            now,
            [before, week_ago],
            bound_percent=declared.rollback_percent,
            fewest=declared.minimum_requests,
        )
        _judge(flow, change, f"the error rate {name} is {now}, before the deployment {before}")


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.closing
@pytest.mark.each("aws.performance")
@pytest.mark.covers("change.performance.{name}")
async def test_performance_since_the_deployment(flow: Flow, name: str) -> None:
    """The metric is no more than its share worse than in the same time before the deployment."""
    declared = flow.aws.performance[name]
    async with flow.check.item(f"change.performance.{name}") as step:
        windows = await _windows(flow)
        now, before, week_ago = await asyncio.gather(
            *(levels(flow, declared.metric, *window) for window in windows.all)
        )
        told = (
            f"median {_median(now)} {windows.in_words}, {_median(before)} in the same time "
            f"before it, {_median(week_ago)} a week ago"
        )
        step.saw(told, expected=f"at most {declared.worse_percent:g} % worse")
        change = compare_levels(
            now,
            [before, week_ago],
            worse_percent=declared.worse_percent,
            fewest=declared.minimum_samples,
        )
        _judge(flow, change, f"{name} has become worse: {told}")


async def _windows(flow: Flow) -> Windows:
    return windows_around(await flow.shared(WINDOW), datetime.now(UTC))


def _judge(flow: Flow, change: Change, sentence: str) -> None:
    assert change is not Change.WORSE, sentence
    if change in (Change.TOO_FEW, Change.UNCLEAR):
        raise ProbeError(f"{sentence}: {change}", mend=_RUN_AGAIN)
    if change is Change.AS_BEFORE:
        flow.run.warn(f"{sentence}: not this deployment's doing")


def _median(values: list[float]) -> str:
    if not values:
        return "untold"
    ordered = sorted(values)
    return f"{ordered[len(ordered) // 2]:.3g} ({len(values)} datapoints)"


def _last_week(share: Share) -> str:
    return f"{share} a week ago" if share.requests else "no requests are told of a week ago"
