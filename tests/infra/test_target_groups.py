"""Load balancers have enough healthy targets behind them."""

from __future__ import annotations

import pytest

from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.probes.aws.target_groups import TargetGroupState, observe_target_group

_UNJUDGED = ("initial", "unavailable")
"""States in which, by its documentation, the load balancer does not know yet, or is told not to look."""


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.each("aws.target_groups")
@pytest.mark.covers("targets.{name}")
async def test_target_group_has_enough_healthy_targets(flow: Flow, name: str) -> None:
    """The target group exists and has at least the declared number of healthy targets."""
    declared = flow.aws.target_groups[name]
    async with flow.check.item(f"targets.{name}") as step:
        group = await flow.observe(observe_target_group, declared.name)
        step.saw(_in_words(group), expected=f"at least {declared.minimum} healthy targets")
        if group.targets:
            step.show(f"Targets of {group.name}", "\n".join(map(str, group.targets)))
        assert group.found, f"there is no target group {declared.name}"
        unjudged = group.in_state(*_UNJUDGED)
        others = [str(one) for one in group.targets if one.state != "healthy"]
        if group.healthy < declared.minimum <= group.healthy + len(unjudged):
            raise ProbeError(
                f"the load balancer has not judged all targets of {group.name}: "
                + "; ".join(map(str, unjudged)),
                mend="Run again when their first health checks are over",
            )
        assert group.healthy >= declared.minimum, (
            f"{group.name} has {group.healthy} healthy targets, at least {declared.minimum} are wanted: "
            + ("; ".join(others) or "no other target is registered")
        )
        for target in group.in_state("unhealthy"):
            flow.run.warn(f"target group {group.name}: {target}")


def _in_words(group: TargetGroupState) -> str:
    if not group.found:
        return "no such target group"
    return f"{group.healthy} of {len(group.targets)} targets are healthy"
