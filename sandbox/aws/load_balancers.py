"""The load balancer, its target groups, and how their targets are.

Moto knows only healthy targets, and asks its EC2 about them, which the stand-in has not.
"""

from typing import Any

from moto.elbv2.exceptions import TargetGroupNotFoundError
from moto.elbv2.models import (
    ELBv2Backend,
    FakeHealthStatus,
    FakeLoadBalancer,
    FakeTargetGroup,
    elbv2_backends,
)

from sandbox.aws.description import (
    ACCOUNT,
    LoadBalancerDescription,
    TargetGroupDescription,
)
from sandbox.aws.present import present

_NOT_REGISTERED = ("unused", "Target.NotRegistered", "Target is not registered")


def _backend() -> ELBv2Backend:
    return elbv2_backends[ACCOUNT][present().region]


def create(described: LoadBalancerDescription) -> None:
    """Let there be the load balancer and its groups, a healthy target for each task."""
    _mend()
    region = present().region
    before = f"arn:aws:elasticloadbalancing:{region}:{ACCOUNT}"
    arn = f"{before}:loadbalancer/{described.dimension}"
    name = f"{described.name}-1.{region}.elb.amazonaws.com"
    # Moto leaves some of CloudFormation's methods out of its classes, which nobody calls here.
    balancer = FakeLoadBalancer(  # type: ignore[abstract]
        described.name, [], [], "vpc-0sandbox", arn, name, "active"
    )
    _backend().load_balancers[arn] = balancer
    for number, group in enumerate(described.target_groups):
        _add_group(group, number, arn)


def _add_group(described: TargetGroupDescription, number: int, balancer_arn: str) -> None:
    group = FakeTargetGroup(  # type: ignore[abstract]
        name=described.name,
        account_id=ACCOUNT,
        region_name=present().region,
        vpc_id="vpc-0sandbox",
        protocol="HTTP",
        port=str(described.port),
        healthcheck_path=described.health_path,
        target_type="ip",
    )
    group.load_balancer_arns.append(balancer_arn)
    for task in range(present().service(described.service).desired):
        address = f"10.0.{number + 1}.{task + 11}"
        group.targets[address] = {"Id": address, "Port": described.port, "Health": ("healthy",)}
    _backend().target_groups[group.arn] = group


def spoil_target(group: str, place: int, state: str, reason: str, description: str) -> None:
    """Put one of a group's targets into a state: unhealthy, draining, initial and so on."""
    targets = list(_found(group).targets.values())
    targets[place]["Health"] = (state, reason, description)


def deregister_all(group: str) -> None:
    """Let a target group have no target."""
    _found(group).targets.clear()


def remove_group(group: str) -> None:
    """Let there be no such target group."""
    del _backend().target_groups[_found(group).arn]


def _found(name: str) -> FakeTargetGroup:
    return {group.name: group for group in _backend().target_groups.values()}[name]


def _mend() -> None:
    setattr(ELBv2Backend, "describe_target_health", _describe_target_health)  # noqa: B010 - a mending


def _describe_target_health(
    self: ELBv2Backend, target_group_arn: str, targets: list[dict[str, Any]]
) -> list[FakeHealthStatus]:
    """Answer DescribeTargetHealth from what the targets hold."""
    group = self.target_groups.get(target_group_arn)
    if group is None:
        raise TargetGroupNotFoundError
    asked = targets or list(group.targets.values())
    return [_health(group, target) for target in asked]


def _health(group: FakeTargetGroup, target: dict[str, Any]) -> FakeHealthStatus:
    known = group.targets.get(target["Id"])
    health = known["Health"] if known else _NOT_REGISTERED
    port = (known or target).get("Port", group.port)
    return FakeHealthStatus(target["Id"], port, group.health_check_port, *health)
