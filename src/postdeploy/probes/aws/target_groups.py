"""Target groups of load balancers: how many of their targets are healthy, and why others are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from postdeploy.probes.aws.session import Absent, AwsSession, whole


@dataclass(frozen=True)
class TargetHealth:
    """One registered target; `state` is the load balancer's word: healthy, unhealthy, initial, draining, …"""

    id: str
    port: int | None
    state: str
    reason: str = ""
    description: str = ""

    def __str__(self) -> str:
        where = self.id if self.port is None else f"{self.id}:{self.port}"
        why = ", ".join(part for part in (self.reason, self.description) if part)
        return f"{where} {self.state}" + (f" ({why})" if why else "")


@dataclass(frozen=True)
class TargetGroupState:
    """A target group and its targets."""

    name: str
    found: bool
    targets: tuple[TargetHealth, ...] = ()

    def in_state(self, *states: str) -> tuple[TargetHealth, ...]:
        """The targets in any of those states."""
        return tuple(target for target in self.targets if target.state in states)

    @property
    def healthy(self) -> int:
        """How many targets are healthy."""
        return len(self.in_state("healthy"))


def observe_target_group(session: AwsSession, name: str) -> TargetGroupState:
    """The group of that name and the health of its targets now. Raises ProbeError."""
    try:
        arn = _arn(session, name)
        if not arn:
            return TargetGroupState(name, found=False)
        answer = session.ask(
            "elbv2", "DescribeTargetHealth", needs=("TargetHealthDescriptions",), TargetGroupArn=arn
        )
    except Absent:
        return TargetGroupState(name, found=False)
    targets = tuple(_target(raw) for raw in answer["TargetHealthDescriptions"])
    return TargetGroupState(name, True, targets)


def _arn(session: AwsSession, name: str) -> str:
    answer = session.ask("elbv2", "DescribeTargetGroups", needs=("TargetGroups",), Names=[name])
    for raw in answer["TargetGroups"]:
        whole(raw, ("TargetGroupArn",), "elasticloadbalancing:DescribeTargetGroups")
        return str(raw["TargetGroupArn"])
    return ""


def _target(raw: Mapping[str, Any]) -> TargetHealth:
    whole(raw, ("Target", "TargetHealth"), "elasticloadbalancing:DescribeTargetHealth")
    target, health = raw["Target"], raw["TargetHealth"]
    whole(health, ("State",), "elasticloadbalancing:DescribeTargetHealth")
    return TargetHealth(
        id=str(target.get("Id", "?")),
        port=target.get("Port"),
        state=str(health["State"]),
        reason=str(health.get("Reason") or ""),
        description=str(health.get("Description") or ""),
    )
