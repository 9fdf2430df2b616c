"""The logs since the deployment hold no more errors than the target file allows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fixtures.deployment import WINDOW
from postdeploy.check import Step
from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.probes.aws.logs import LogWindow, observe_errors, observe_log_group
from postdeploy.target import LogGroup

_GROUPS = ("api", "web", "sidekiq", "llm")


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.closing
@pytest.mark.covers("logs.api-clean", "logs.web-clean", "logs.sidekiq-clean", "logs.llm-clean")
async def test_logs_hold_no_errors_since_the_deployment(flow: Flow) -> None:
    """From the deployment to the last flow, no log group holds errors beyond its allowance."""
    for name in _GROUPS:
        async with flow.check.item(f"logs.{name}-clean") as step:
            if name not in flow.aws.log_groups:
                raise ProbeError(
                    f"the target file declares no [aws.log_groups.{name}]",
                    mend="Declare it, or say under `not_applicable` why there is none",
                )
            await _judge_group(flow, step, flow.aws.log_groups[name])


async def _judge_group(flow: Flow, step: Step, group: LogGroup) -> None:
    window = await flow.shared(WINDOW)
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
        f"{seen.counted} errors, {seen.ignored} lines of known noise, in {window.until(now)}",
        expected=f"at most {group.errors_allowed} errors",
    )
    if seen.errors:
        step.show(f"Errors in {group.name}", _in_words(seen))
    assert seen.found, f"there is no log group {group.name}"
    kinds = "; ".join(f"{one.count} x {one.kind}" for one in seen.errors)
    assert seen.count <= group.errors_allowed, f"{group.name} holds {seen.counted} errors: {kinds}"
    _require_observation(seen)
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


async def _warn_of_retention(flow: Flow, group: str) -> None:
    wanted = flow.aws.log_retention_days
    if wanted is None:
        return
    facts = await flow.observe(observe_log_group, group)
    if facts.retention_days != wanted:
        kept = f"{facts.retention_days} days" if facts.retention_days else "for ever"
        flow.run.warn(f"log group {group} keeps events {kept}, the target file says {wanted} days")


def _in_words(seen: LogWindow) -> str:
    return "\n\n".join(f"{one.count} x {one.kind}\n{one.example}" for one in seen.errors[:20])
