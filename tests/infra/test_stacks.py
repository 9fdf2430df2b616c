"""CloudFormation stacks are complete: not stuck, not failed, not rolled back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.probes.aws.stacks import StackState, observe_stack

_COMPLETE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.each("aws.stacks")
@pytest.mark.covers("stack.{name}")
async def test_stack_is_not_stuck(flow: Flow, name: str) -> None:
    """The stack exists, and its newest operation has ended well or is still within its time."""
    declared = flow.aws.stacks[name]
    async with flow.check.item(f"stack.{name}") as step:
        stack = await flow.observe(observe_stack, declared.name)
        now = datetime.now(UTC)
        step.saw(
            _in_words(stack, now),
            expected=f"complete, or in progress for at most {declared.in_progress_minutes} minutes",
        )
        fault = _fault(stack, declared.in_progress_minutes, now)
        assert not fault, fault
        if stack.in_progress and stack.began is None:
            raise ProbeError(
                f"CloudFormation does not tell since when {stack.name} is {stack.status}",
                mend="Look at the stack's events",
            )
        if stack.in_progress:
            flow.run.warn(f"an operation on stack {stack.name} is under way: {stack.status}")
        elif stack.status not in _COMPLETE:
            raise ProbeError(
                f"stack {stack.name} is {stack.status}, a state that these checks do not know",
                mend="Look at the stack's events",
            )


def _fault(stack: StackState, most_minutes: int, now: datetime) -> str:
    """What is wrong with the stack, or "". An operation that takes back another is no progress."""
    why = f": {stack.reason}" if stack.reason else ""
    if not stack.found:
        return f"there is no stack {stack.name}"
    if stack.status.endswith("_FAILED"):
        return f"stack {stack.name} is stuck in {stack.status}{why}"
    if stack.rolled_back:
        verb = "is being rolled back" if stack.in_progress else "was rolled back"
        return f"stack {stack.name} {verb} ({stack.status}){why}"
    if stack.status == "DELETE_IN_PROGRESS":
        return f"stack {stack.name} is being deleted"
    minutes = stack.minutes(now)
    if stack.in_progress and minutes is not None and minutes > most_minutes:
        return (
            f"stack {stack.name} is stuck: {stack.status} for {minutes:.0f} minutes, "
            f"at most {most_minutes} allowed{why}"
        )
    return ""


def _in_words(stack: StackState, now: datetime) -> str:
    minutes = stack.minutes(now)
    if minutes is None:
        return stack.status
    return f"{stack.status}, its newest operation began {minutes:.0f} minutes ago"
