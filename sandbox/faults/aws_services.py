"""Faults of ECS services whose deployment is not at issue: counts, status, stopped tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sandbox.aws import incidents
from sandbox.faults.base import Fault

if TYPE_CHECKING:
    from sandbox.world import World


class ApiShortOfTasks(Fault):
    id: ClassVar[str] = "aws.api-short-of-tasks"
    title: ClassVar[str] = "The api service runs one task of two"

    def apply(self, world: World) -> None:
        """Break it."""
        del world
        incidents.run_fewer_tasks("api", running=1, pending=1)


class ApiWantsNone(Fault):
    id: ClassVar[str] = "aws.api-desired-zero"
    title: ClassVar[str] = "The api service is scaled to zero and steady"

    def apply(self, world: World) -> None:
        """Break it."""
        del world
        incidents.want_none("api")


class SidekiqInactive(Fault):
    id: ClassVar[str] = "aws.sidekiq-inactive"
    title: ClassVar[str] = "The sidekiq service is INACTIVE"

    def apply(self, world: World) -> None:
        """Break it."""
        del world
        incidents.set_status("sidekiq", "INACTIVE")


class SidekiqMissing(Fault):
    id: ClassVar[str] = "aws.sidekiq-missing"
    title: ClassVar[str] = "The cluster has no sidekiq service"

    def apply(self, world: World) -> None:
        """Break it."""
        del world
        incidents.remove("sidekiq")


class ApiOutOfMemory(Fault):
    id: ClassVar[str] = "aws.api-task-out-of-memory"
    title: ClassVar[str] = "An api task ran out of memory after the deployment and was replaced"

    def apply(self, world: World) -> None:
        """Break it."""
        del world
        reason = "OutOfMemoryError: Container killed due to memory usage"
        incidents.stop_task("api", reason, "EssentialContainerExited", 137)


class WebUnhealthyTask(Fault):
    id: ClassVar[str] = "aws.web-task-unhealthy"
    title: ClassVar[str] = "A web task failed its load balancer health checks and was replaced"

    def apply(self, world: World) -> None:
        """Break it."""
        del world
        reason = "Task failed ELB health checks in (target-group qumis-web-sandbox)"
        incidents.stop_task("web", reason, "ServiceSchedulerInitiated", 143)
