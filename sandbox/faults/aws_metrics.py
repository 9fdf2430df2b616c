"""Faults that show in metrics of the product and of its ECS services."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from sandbox.aws import deployments
from sandbox.faults.base import Fault

if TYPE_CHECKING:
    from sandbox.world import World


class ResponseTimeStopped(Fault):
    id: ClassVar[str] = "aws.metric-stopped"
    title: ClassVar[str] = "ResponseTime has had no datapoint for an hour"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.metrics.stop("Qumis/API", "ResponseTime")


class ActiveUsersMissing(Fault):
    id: ClassVar[str] = "aws.metric-missing"
    title: ClassVar[str] = "ActiveUsers was never published"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.metrics.drop("Qumis/Business", "ActiveUsers")


class ErrorRateHigh(Fault):
    id: ClassVar[str] = "aws.error-rate-high"
    title: ClassVar[str] = "Fifteen per cent of the API's requests fail, by its metrics"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.metrics.set_error_share(0.15)


class ApiMemoryHigh(Fault):
    id: ClassVar[str] = "aws.api-memory-high"
    title: ClassVar[str] = "The api service uses 96 % of its memory"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.metrics.relevel("AWS/ECS", "MemoryUtilization", 96.0, "api")


class ApiCpuHigh(Fault):
    id: ClassVar[str] = "aws.api-cpu-high"
    title: ClassVar[str] = "The api service uses 97 % of its CPU"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.metrics.relevel("AWS/ECS", "CPUUtilization", 97.0, "api")


class WebMemorySpike(Fault):
    id: ClassVar[str] = "aws.web-memory-spike"
    title: ClassVar[str] = "The web service used 99 % of its memory for a minute, and is well now"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.metrics.spike("AWS/ECS", "MemoryUtilization", 99.0, "web", timedelta(minutes=3))


class SidekiqCpuHigh(Fault):
    id: ClassVar[str] = "aws.sidekiq-cpu-high"
    title: ClassVar[str] = "The sidekiq service, of three, uses 95 % of its CPU"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.metrics.relevel("AWS/ECS", "CPUUtilization", 95.0, "sidekiq")


class CpuMetricStopped(Fault):
    id: ClassVar[str] = "aws.cpu-metric-stopped"
    title: ClassVar[str] = "The CPU metric of the ECS services has had no datapoint for an hour"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.metrics.stop("AWS/ECS", "CPUUtilization")


class ErrorCounterStopped(Fault):
    id: ClassVar[str] = "aws.error-counter-stopped"
    title: ClassVar[str] = (
        "ErrorCount, which told each minute without an error too, tells nothing any more"
    )

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.metrics.stop("Qumis/API", "ErrorCount", timedelta(minutes=40))


class MemoryMetricStopped(Fault):
    id: ClassVar[str] = "aws.memory-metric-stopped-midway"
    title: ClassVar[str] = (
        "Deployed an hour ago, and no word of the services' memory for forty minutes"
    )

    def apply(self, world: World) -> None:
        """Break it."""
        deployments.backdate(timedelta(minutes=55))
        world.aws.metrics.stop("AWS/ECS", "MemoryUtilization", timedelta(minutes=40))


class ErrorsBefore(Fault):
    id: ClassVar[str] = "aws.errors-until-the-deployment"
    title: ClassVar[str] = "Forty per cent of the release before's requests failed, and none since"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.metrics.set_error_share(0.4)
        world.aws.metrics.set_error_share(0.0, deployments.DEPLOYED - timedelta(minutes=1))


class MemoryBefore(Fault):
    id: ClassVar[str] = "aws.web-memory-spike-at-the-deployment"
    title: ClassVar[str] = "The web service of the release before used 99 % of its memory"

    def apply(self, world: World) -> None:
        """Break it."""
        ago = deployments.DEPLOYED
        world.aws.metrics.spike("AWS/ECS", "MemoryUtilization", 99.0, "web", ago)
