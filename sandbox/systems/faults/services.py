"""Faults of an ECS service: its tasks, its deployment, what it uses, what it logs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.aws import backends, incidents
from sandbox.aws.deployments import PREVIOUS_VERSION
from sandbox.clock import CLOCK
from sandbox.systems.faults.base import SystemFault

if TYPE_CHECKING:
    from sandbox.systems.world import SystemWorld

_TRACE = """TypeError: Cannot read properties of undefined (reading 'id')
    at handle (/app/dist/documents.js:212:31)
    at processTicksAndRejections (node:internal/process/task_queues:95:5)"""
_CRASH = ("Essential container in task exited", "EssentialContainerExited", 1)
_MEMORY = (
    "OutOfMemoryError: Container killed due to memory usage",
    "EssentialContainerExited",
    137,
)


@dataclass(frozen=True)
class Broken:
    """A service as the faults see it: its system, its short name, its own, how many tasks it wants.

    The levels of CPU and memory are per cent that are just too high for it.
    """

    system: str
    short: str
    service: str
    tasks: int
    cpu: float = 91.0
    memory: float = 94.0

    def fault(self, what: str, title: str, cause: Callable[[], None]) -> SystemFault:
        """A fault whose cause needs nothing of the world."""
        return SystemFault(self._id(what), title.format(self.short), lambda _world: cause())

    def metric_fault(self, what: str, title: str, metric: str, level: float) -> SystemFault:
        """A fault that shows in a metric of the service."""

        def apply(world: SystemWorld) -> None:
            world.aws.metrics.relevel("AWS/ECS", metric, level, self.service)

        return SystemFault(self._id(what), title.format(self.short, level), apply)

    def _id(self, what: str) -> str:
        return f"{self.system}.{self.short}-{what}"


def of_service(of: Broken) -> tuple[SystemFault, ...]:
    """What can be wrong with any service."""
    name, left = of.service, of.tasks - 1
    return (
        of.fault(
            "fewer-tasks",
            "The {} service runs one task too few",
            lambda: incidents.run_fewer_tasks(name, left, 1),
        ),
        of.fault(
            "scaled-to-zero", "The {} service is scaled to zero", lambda: incidents.want_none(name)
        ),
        of.fault(
            "other-version",
            "The {} service runs the image of the release before",
            lambda: incidents.run_image(name, PREVIOUS_VERSION),
        ),
        of.fault(
            "rolled-back",
            "The {} service is steady on the old image, by a rollback no longer listed",
            lambda: incidents.roll_back(name, keep_failed=False),
        ),
        of.fault(
            "task-crashed",
            "A {} task ended by itself and was replaced",
            lambda: incidents.stop_task(name, *_CRASH),
        ),
        of.metric_fault(
            "cpu-high", "The {} service uses {:g} % of its CPU", "CPUUtilization", of.cpu
        ),
        of.metric_fault(
            "memory-high",
            "The {} service uses {:g} % of its memory",
            "MemoryUtilization",
            of.memory,
        ),
    )


def of_rollouts(of: Broken) -> tuple[SystemFault, ...]:
    """What can be wrong with a rollout, and with what runs after it."""
    name = of.service
    return (
        SystemFault(
            f"{of.system}.{of.short}-rolled-back-during-run",
            f"The {of.short} service rolls back a second after it is first looked at",
            lambda world: world.aws.roll_back_when_looked_at(name, seconds=1.0),
        ),
        of.fault(
            "rolled-back-listed",
            "The {} service was rolled back, and the failed deployment is still listed",
            lambda: incidents.roll_back(name, keep_failed=True),
        ),
        of.fault(
            "rollout-in-progress",
            "The rollout of the {} service does not come to an end",
            lambda: incidents.roll_out(name, "IN_PROGRESS", "ECS deployment in progress."),
        ),
        of.fault(
            "old-task",
            "One of the {} tasks is left over from the deployment before",
            lambda: incidents.keep_old_task(name),
        ),
        of.fault(
            "out-of-memory",
            "A {} task ran out of memory and was replaced",
            lambda: incidents.stop_task(name, *_MEMORY),
        ),
        of.fault("missing", "The cluster has no {} service", lambda: incidents.remove(name)),
    )


def of_log(system: str, key: str) -> tuple[SystemFault, ...]:
    """What can be wrong with what is in a log group."""
    where = f"{system}.{key}-log"
    return (
        SystemFault(
            f"{where}-errors",
            f"The {key} log holds an error of three minutes ago, with a stack trace",
            lambda world: world.aws.logs.write(key, "error", _TRACE, timedelta(minutes=3)),
        ),
        SystemFault(
            f"{where}-old-error",
            f"The {key} log holds an error of the release before, an hour old",
            lambda world: world.aws.logs.write(key, "error", _TRACE, timedelta(hours=1)),
        ),
        SystemFault(
            f"{where}-trace-without-level",
            f"The {key} log holds a stack trace that no line calls an error",
            lambda world: world.aws.logs.write_raw(key, _TRACE, CLOCK.now()),
        ),
        SystemFault(
            f"{where}-silent",
            f"The {key} log group has no events and gets none",
            lambda world: world.aws.logs.silence(key),
        ),
    )


def of_missing_log(system: str, key: str) -> tuple[SystemFault, ...]:
    """What is wrong where a log group is not there."""

    def apply(world: SystemWorld) -> None:
        del backends.logs().groups[world.system.account.log_groups[key]]

    return (
        SystemFault(f"{system}.{key}-log-missing", f"The {key} log group does not exist", apply),
    )
