"""Faults that show in what passes through the product, before and since its deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.aws.deployments import DEPLOYED
from sandbox.systems import readings
from sandbox.systems.faults.base import SystemFault

if TYPE_CHECKING:
    from sandbox.systems.world import SystemWorld

_WORSE = 2.2


def of_balancer(system: str, usual_seconds: float) -> tuple[SystemFault, ...]:
    """Errors and response times of a load balancer that usually takes so many seconds."""
    seconds = usual_seconds * _WORSE

    def slower(world: SystemWorld) -> None:
        metric = "TargetResponseTime"
        world.aws.metrics.relevel(readings.BALANCER, metric, seconds, ago=DEPLOYED)

    def better(world: SystemWorld) -> None:
        world.aws.metrics.set_error_share(0.12)
        world.aws.metrics.set_error_share(0.0, ago=DEPLOYED)

    def quiet(world: SystemWorld) -> None:
        for metric in ("RequestCount", "TargetResponseTime"):
            world.aws.metrics.drop(readings.BALANCER, metric)

    return (
        SystemFault(
            f"{system}.errors-since-deployment",
            "12 % of the requests fail since the deployment, and none did before it",
            lambda world: world.aws.metrics.set_error_share(0.12, ago=DEPLOYED),
        ),
        SystemFault(
            f"{system}.errors-slightly-high",
            "1.5 % of the requests fail, as they did before the deployment",
            lambda world: world.aws.metrics.set_error_share(0.015),
        ),
        SystemFault(
            f"{system}.errors-as-before",
            "12 % of the requests fail, as they did before the deployment",
            lambda world: world.aws.metrics.set_error_share(0.12),
        ),
        SystemFault(
            f"{system}.errors-until-deployment",
            "12 % of the requests failed until the deployment, and none does since",
            better,
        ),
        SystemFault(
            f"{system}.slower-since-deployment",
            f"Requests take {_WORSE:g} times as long as before the deployment, on average",
            slower,
        ),
        SystemFault(
            f"{system}.balancer-metrics-missing",
            "The load balancer has no metrics of requests and response times at all",
            quiet,
        ),
    )


def of_functions(system: str, name: str, usual: float) -> tuple[SystemFault, ...]:
    """Errors and durations of a function that usually takes so many milliseconds."""
    short = name.removesuffix("-sandbox")

    def slower(world: SystemWorld) -> None:
        world.aws.metrics.relevel("AWS/Lambda", "Duration", usual * _WORSE, name, DEPLOYED)

    return (
        SystemFault(
            f"{system}.{short}-errors-since-deployment",
            f"Five in forty invocations of {short} fail since the deployment",
            lambda world: world.aws.metrics.relevel("AWS/Lambda", "Errors", 5.0, name, DEPLOYED),
        ),
        SystemFault(
            f"{system}.{short}-slower-since-deployment",
            f"The function {short} takes {_WORSE:g} times as long as before the deployment",
            slower,
        ),
    )
