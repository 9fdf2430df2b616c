"""CloudFormation stacks: the state of their newest operation, and when it began."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from postdeploy.probes.aws.session import Absent, AwsSession, whole
from postdeploy.probes.aws.times import utc

_BEGINNINGS = ("CreationTime", "LastUpdatedTime", "DeletionTime")


@dataclass(frozen=True)
class StackState:
    """A stack; `status` is CloudFormation's word, or "MISSING" where there is no such stack.

    `began` is when its newest operation began; a stack that was never updated has its creation's time.
    """

    name: str
    status: str
    reason: str = ""
    began: datetime | None = None

    @property
    def found(self) -> bool:
        """Whether there is such a stack, or still is: one that is deleted for good counts as missing."""
        return self.status not in ("MISSING", "DELETE_COMPLETE")

    @property
    def in_progress(self) -> bool:
        """Whether an operation on it has not ended."""
        return self.status.endswith("_IN_PROGRESS")

    @property
    def rolled_back(self) -> bool:
        """Whether its newest operation was taken back, or is being taken back."""
        return "ROLLBACK" in self.status

    def minutes(self, now: datetime) -> float | None:
        """Minutes since its newest operation began; None where CloudFormation does not tell."""
        return None if self.began is None else (now - self.began).total_seconds() / 60


def observe_stack(session: AwsSession, name: str) -> StackState:
    """The stack of that name now. Raises ProbeError."""
    try:
        answer = session.ask("cloudformation", "DescribeStacks", needs=("Stacks",), StackName=name)
    except Absent:
        return StackState(name, "MISSING")
    for raw in answer["Stacks"]:
        return _stack(name, raw)
    return StackState(name, "MISSING")


def _stack(name: str, raw: Mapping[str, Any]) -> StackState:
    whole(raw, ("StackStatus",), "cloudformation:DescribeStacks")
    times = [at for key in _BEGINNINGS if (at := utc(raw.get(key)))]
    return StackState(
        name=name,
        status=str(raw["StackStatus"]),
        reason=str(raw.get("StackStatusReason") or ""),
        began=max(times, default=None),
    )
