"""Faults of ECS services whose deployment is not at issue: counts, status, stopped tasks."""

from __future__ import annotations

import functools
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


class WebShortOfTasks(Fault):
    id: ClassVar[str] = "aws.web-short-of-tasks"
    title: ClassVar[str] = "The web service runs one task of two"

    def apply(self, world: World) -> None:
        """Break it."""
        del world
        incidents.run_fewer_tasks("web", running=1, pending=1)


class ApiCannotPull(Fault):
    id: ClassVar[str] = "aws.api-task-cannot-start"
    title: ClassVar[str] = "An api task could not be started: its image could not be pulled"

    def apply(self, world: World) -> None:
        """Break it."""
        del world
        reason = "CannotPullContainerError: pull image manifest has been retried 5 time(s)"
        incidents.stop_task("api", reason, "TaskFailedToStart", None)


class WebCrashed(Fault):
    id: ClassVar[str] = "aws.web-task-crashed"
    title: ClassVar[str] = "A web task ended by itself with exit code 1 and was replaced"

    def apply(self, world: World) -> None:
        """Break it."""
        del world
        reason = "Essential container in task exited"
        incidents.stop_task("web", reason, "EssentialContainerExited", 1)


class SidekiqCrashed(Fault):
    id: ClassVar[str] = "aws.sidekiq-task-crashed"
    title: ClassVar[str] = "The sidekiq task ended by itself with exit code 1 and was replaced"

    def apply(self, world: World) -> None:
        """Break it."""
        del world
        reason = "Essential container in task exited"
        incidents.stop_task("sidekiq", reason, "EssentialContainerExited", 1)


class SidekiqOutOfMemory(Fault):
    id: ClassVar[str] = "aws.sidekiq-task-out-of-memory"
    title: ClassVar[str] = (
        "The sidekiq task ran out of memory after the deployment and was replaced"
    )

    def apply(self, world: World) -> None:
        """Break it."""
        del world
        reason = "OutOfMemoryError: Container killed due to memory usage"
        incidents.stop_task("sidekiq", reason, "EssentialContainerExited", 137)


class SidekiqUnhealthy(Fault):
    id: ClassVar[str] = "aws.sidekiq-task-ill"
    title: ClassVar[str] = "The sidekiq task runs, and its own health check fails"

    def apply(self, world: World) -> None:
        """Break it."""
        del world
        incidents.fall_ill("sidekiq")


class WebLosesTask(Fault):
    id: ClassVar[str] = "aws.web-loses-a-task-during-run"
    title: ClassVar[str] = (
        "The web service, of two tasks, runs one from a second after the first look on"
    )

    def apply(self, world: World) -> None:
        """Break it."""
        lose = functools.partial(incidents.run_fewer_tasks, running=1, pending=1)
        world.aws.happen_when_looked_at("web", 1.0, lose)


class ApiBeingScaled(Fault):
    id: ClassVar[str] = "aws.api-being-scaled"
    title: ClassVar[str] = "The api service is being scaled out, its third task not yet running"

    def apply(self, world: World) -> None:
        """Break it."""
        incidents.want_more("api", 3)
        world.aws.happen_when_looked_at("api", 4.0, incidents.run_all)


class ApiScalingStuck(Fault):
    id: ClassVar[str] = "aws.api-scaling-stuck"
    title: ClassVar[str] = "The api service is being scaled out, and its third task never runs"

    def apply(self, world: World) -> None:
        """Break it."""
        del world
        incidents.want_more("api", 3)
