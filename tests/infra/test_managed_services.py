"""Lambda functions, queues and databases are there, well, and within their bounds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fixtures.deployment import WINDOW
from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.probes.aws.databases import observe_database, observe_database_use
from postdeploy.probes.aws.lambdas import FunctionUse, observe_function, observe_function_use
from postdeploy.probes.aws.metrics import Series
from postdeploy.probes.aws.queues import observe_queue, observe_queue_age
from postdeploy.target import Function

_RECENT = timedelta(minutes=15)
_SERVING = frozenset(
    {
        "available",
        "backing-up",
        "configuring-enhanced-monitoring",
        "configuring-iam-database-auth",
        "configuring-log-exports",
        "storage-optimization",
    }
)
"""States in which, by RDS's documentation, an instance serves as usual."""


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.each("aws.lambdas")
@pytest.mark.covers("lambda.{name}")
async def test_function_is_active_and_within_bounds(flow: Flow, name: str) -> None:
    """The function is Active, and its errors, duration and throttles are within bounds."""
    declared = flow.aws.lambdas[name]
    async with flow.check.item(f"lambda.{name}") as step:
        state = await flow.observe(observe_function, declared.name)
        step.saw(f"{state.state}, last update {state.update or 'untold'}", expected="Active")
        assert state.state != "MISSING", f"there is no function {declared.name}"
        assert state.state == "Active", f"{declared.name} is {state.state}: {state.reason}"
        assert state.update in ("Successful", ""), (
            f"the last update of {declared.name} is {state.update}: {state.update_reason}"
        )
        window = await flow.shared(WINDOW)
        now = datetime.now(UTC)
        use = await flow.observe(observe_function_use, declared.name, window.start, now)
        step.saw(
            f"Active; {_use_in_words(use)}; {window.until(now)}",
            expected=f"Active, errors ≤ {declared.error_percent:g} %, {_duration_bound(declared)}, "
            f"throttles ≤ {declared.throttles}",
        )
        faults = _beyond(use, declared)
        assert not faults, f"{declared.name}: {'; '.join(faults)}"
        if _bounded_duration(use, declared)[1] is None:
            raise ProbeError(
                f"{declared.name} was not invoked since the deployment, so its errors and duration are unknown",
                mend="Invoke it, or run again when there is traffic",
            )


def _beyond(use: FunctionUse, bound: Function) -> list[str]:
    faults = []
    if use.throttles > bound.throttles:
        faults.append(
            f"{use.throttles:g} throttled invocations in five minutes, at most {bound.throttles} allowed"
        )
    if use.error_percent > bound.error_percent:
        faults.append(
            f"{use.error_percent:.1f} % errors ({use.errors:g} of {use.invocations:g}), "
            f"at most {bound.error_percent:g} % allowed"
        )
    what, took, most = _bounded_duration(use, bound)
    if took is not None and took > most:
        faults.append(f"{what} duration {took:.2f} s, at most {most:g} s allowed")
    return faults


def _bounded_duration(use: FunctionUse, bound: Function) -> tuple[str, float | None, float]:
    """Which duration is bounded, what it is, and the bound: a bound of the average replaces the p95's."""
    if bound.average_seconds is not None:
        return "average", use.average_seconds, bound.average_seconds
    return "p95", use.p95_seconds, bound.p95_seconds


def _duration_bound(bound: Function) -> str:
    if bound.average_seconds is not None:
        return f"average ≤ {bound.average_seconds:g} s"
    return f"p95 ≤ {bound.p95_seconds:g} s"


def _use_in_words(use: FunctionUse) -> str:
    slowest = "untold" if use.p95_seconds is None else f"{use.p95_seconds:.2f} s"
    average = "untold" if use.average_seconds is None else f"{use.average_seconds:.2f} s"
    return (
        f"{use.errors:g} errors in {use.invocations:g} invocations ({use.error_percent:.1f} %), "
        f"duration p95 {slowest}, average {average}, {use.throttles:g} throttles"
    )


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.each("aws.queues")
@pytest.mark.covers("queue.{name}")
async def test_queue_is_shallow_and_fresh(flow: Flow, name: str) -> None:
    """The queue holds few and young messages, and its dead-letter queue none."""
    declared = flow.aws.queues[name]
    async with flow.check.item(f"queue.{name}") as step:
        queue = await flow.observe(observe_queue, declared.name)
        assert queue.found, f"there is no queue {declared.name}"
        now = datetime.now(UTC)
        age = await flow.observe(observe_queue_age, declared.name, now - _RECENT, now)
        dead = await _dead_letters(flow, declared.dead_letters)
        step.saw(
            f"{queue.depth} messages, the oldest {'untold' if age is None else f'{age:.0f} s'}, "
            f"{dead} dead letters",
            expected=f"≤ {declared.depth} messages, ≤ {declared.age_seconds:g} s, no dead letter",
        )
        assert not dead, f"{declared.dead_letters} holds {dead} dead letters"
        kept_there = not declared.dead_letters or queue.dead_letters == declared.dead_letters
        assert kept_there, (
            f"the dead letters of {declared.name} go to {queue.dead_letters or 'no queue'}, "
            f"declared is {declared.dead_letters}"
        )
        assert queue.depth <= declared.depth, f"{declared.name} holds {queue.depth} messages"
        # An empty queue may tell no age at all; one that holds messages must.
        if age is None and queue.depth:
            raise ProbeError(
                f"CloudWatch tells no age for {declared.name}, which holds {queue.depth} messages",
                mend="Run again: SQS metrics arrive some minutes late",
            )
        assert age is None or age <= declared.age_seconds, (
            f"the oldest message of {declared.name} has waited {age:.0f} s"
        )


async def _dead_letters(flow: Flow, name: str) -> int:
    if not name:
        return 0
    queue = await flow.observe(observe_queue, name)
    assert queue.found, f"there is no dead-letter queue {name}"
    return queue.depth


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.each("aws.databases")
@pytest.mark.covers("rds.{name}")
async def test_database_is_available_and_within_bounds(flow: Flow, name: str) -> None:
    """The database is available, and its CPU and connections are now within bounds."""
    declared = flow.aws.databases[name]
    async with flow.check.item(f"rds.{name}") as step:
        state = await flow.observe(observe_database, declared.instance)
        step.saw(state.status, expected="available")
        assert state.status != "MISSING", f"there is no database instance {declared.instance}"
        assert state.status in _SERVING, f"{declared.instance} is {state.status}"
        window = await flow.shared(WINDOW)
        now = datetime.now(UTC)
        use = await flow.observe(observe_database_use, declared.instance, window.start, now)
        step.saw(
            f"{state.status}, CPU {_newest(use.cpu)} %, {_newest(use.connections)} connections",
            expected=f"available, CPU ≤ {declared.cpu_percent:g} %, ≤ {declared.connections} connections",
        )
        bounds = (
            (use.cpu, declared.cpu_percent, "% CPU"),
            (use.connections, declared.connections, "connections"),
        )
        silent = [str(series.query) for series, _, _ in bounds if _is_silent(series, now)]
        faults = [
            fault
            for series, bound, unit in bounds
            if not _is_silent(series, now)
            for fault in _above(series, bound, unit)
        ]
        assert not faults, f"{declared.instance}: {'; '.join(faults)}"
        if silent:
            raise ProbeError(
                f"there is no fresh datapoint of {', '.join(silent)}",
                mend="Compare the instance's name with the dimensions of AWS/RDS, or run again later",
            )


def _above(series: Series, bound: float, unit: str) -> list[str]:
    """The newest five minutes decide: a peak that is over is no reason to roll back."""
    newest = series.newest
    if newest is None or newest.value <= bound:
        return []
    return [f"{newest.value:.1f} {unit} at {newest.at:%H:%M} UTC, at most {bound:g} allowed"]


def _is_silent(series: Series, now: datetime) -> bool:
    """Whether nothing is known of the present: a series that has stopped says only how it was."""
    age = series.age(now)
    return age is None or age > _RECENT.total_seconds()


def _newest(series: Series) -> str:
    return "untold" if series.newest is None else f"{series.newest.value:.0f}"
