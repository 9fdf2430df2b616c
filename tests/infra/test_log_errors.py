"""The logs since the deployment hold no more errors than the target file allows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fixtures.deployment import WINDOW, window_of_its_own
from postdeploy.check import Step
from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.probes.aws.log_errors import ErrorGroup
from postdeploy.probes.aws.logs import (
    AHEAD,
    LogWindow,
    observe_any,
    observe_errors,
    observe_log_group,
)
from postdeploy.target import LogGroup
from postdeploy.waiting import DeadlineError, until

_DELIVERY_SECONDS = 20
"""What a line may take from the service to CloudWatch; agents send theirs every few seconds."""


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.closing
@pytest.mark.each("aws.log_groups")
@pytest.mark.covers("logs.{name}-clean")
async def test_logs_hold_no_errors_since_the_deployment(flow: Flow, name: str) -> None:
    """From the deployment to the last flow, the log group holds no errors beyond its allowance."""
    async with flow.check.item(f"logs.{name}-clean") as step:
        await _judge_group(flow, step, name)


async def _judge_group(flow: Flow, step: Step, name: str) -> None:
    group = flow.aws.log_groups[name]
    window = await window_of_its_own(flow, await flow.shared(WINDOW), name)
    now = datetime.now(UTC)
    seen = await flow.observe(
        observe_errors,
        group.name,
        window.start,
        now,
        patterns=group.patterns,
        ignore=group.ignore,
    )
    step.saw(
        f"{seen.counted} errors, {seen.ignored} lines of known noise{_reading(seen)}, in {window.until(now)}",
        expected=f"at most {group.errors_allowed} errors",
    )
    if seen.errors:
        step.show(f"Errors in {group.name}", _in_words(seen))
    assert seen.found, f"there is no log group {group.name}"
    kinds = (
        "; ".join(f"{_number(seen, one)} x {one.kind}" for one in seen.errors)
        or "none found to show"
    )
    assert seen.count <= group.errors_allowed, f"{group.name} holds {seen.counted} errors: {kinds}"
    _require_observation(seen)
    await _require_own_lines(flow, group)
    await _warn_of_retention(flow, group.name)


def _require_observation(seen: LogWindow) -> None:
    """Raise ProbeError where no error was found because nothing, or not all, was there to be read."""
    if seen.silent:
        raise ProbeError(
            f"{seen.group} holds no event at all since {seen.start:%H:%M:%S} UTC",
            mend="Look whether the service still writes to this log group",
        )
    if not seen.complete:
        raise ProbeError(
            f"{seen.group} is too large to be read to its end ({seen.counted} errors so far)",
            mend="Run sooner after the deployment, or look at the log group by hand",
        )


async def _require_own_lines(flow: Flow, group: LogGroup) -> None:
    """Raise ProbeError where what this run made has left no line: then the errors may not be told either."""
    made = [one for one in flow.run.ledger.entries if one.kind in group.told_of and one.id]
    if not made:
        return
    began = datetime.fromisoformat(flow.run.started).astimezone(UTC)

    async def told() -> bool:
        return await flow.observe(observe_any, group.name, began - AHEAD, datetime.now(UTC))

    try:
        await until(told, bool, what=f"a line in {group.name}", seconds=_DELIVERY_SECONDS)
    except DeadlineError:
        raise ProbeError(
            f"{group.name} holds no event since the run began, and the run made {made[0].kind} {made[0].name!r}",
            mend="Look whether the service still writes to this log group",
        ) from None


async def _warn_of_retention(flow: Flow, group: str) -> None:
    wanted = flow.aws.log_retention_days
    if wanted is None:
        return
    facts = await flow.observe(observe_log_group, group)
    if facts.retention_days != wanted:
        kept = f"{facts.retention_days} days" if facts.retention_days else "for ever"
        flow.run.warn(f"log group {group} keeps events {kept}, the target file says {wanted} days")


def _in_words(seen: LogWindow) -> str:
    return "\n\n".join(
        f"{_number(seen, one)} x {one.kind}\n{one.example}" for one in seen.errors[:20]
    )


def _number(seen: LogWindow, one: ErrorGroup) -> str:
    """The count is of all errors, the kinds may be of the first ones only."""
    return f"at least {one.count}" if seen.sampled else f"{one.count}"


def _reading(seen: LogWindow) -> str:
    if seen.scanned_bytes is None:
        return ""
    matched = "" if seen.matched is None else f", {seen.matched} records matched"
    return f" (Insights scanned {seen.scanned_bytes:,} bytes{matched})"
