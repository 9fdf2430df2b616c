"""Keeps the ECS side: services, their tasks, and what can happen to a deployment."""

import hashlib
import random
import uuid
from datetime import datetime, timedelta
from typing import Any

from moto.core.utils import utcnow
from moto.ecs.models import Cluster, Service, Task, TaskDefinition

from sandbox.aws import backends
from sandbox.aws.description import ACCOUNT, EcsService
from sandbox.aws.present import present

PREVIOUS_REVISION = 41
PRESENT_REVISION = 42
PREVIOUS_VERSION = "2026.11.2-1d83c07"
DEPLOYED = timedelta(minutes=6)
"""How long ago everything was deployed when the stand-in starts."""
_STARTED = timedelta(minutes=5)
_OLD_TASKS_STOPPED = timedelta(minutes=4)


def family(service: str) -> str:
    """The task definition family of a service."""
    return f"{present().cluster}-{service}"


def found(service: str) -> Service:
    """The service as it is now.

    Raises KeyError when the cluster has none of that name.
    """
    return backends.ecs().services[f"{present().cluster}:{service}"]


def tasks_of(service: str, status: str = "RUNNING") -> list[Task]:
    """The service's tasks with that last status."""
    tasks = backends.ecs().tasks[present().cluster].values()
    return [t for t in tasks if t.group == f"service:{service}" and t.last_status == status]


def primary(service: str) -> dict[str, Any]:
    """The PRIMARY deployment of a service, to be changed in place."""
    return next(d for d in found(service).deployments if d["status"] == "PRIMARY")


def create_cluster() -> None:
    """Make the cluster that the services live in."""
    backends.ecs().create_cluster(present().cluster)
    backends.ecs().tasks[present().cluster] = {}


def create_service(described: EcsService, version: str) -> None:
    """Make a service a few minutes after a completed deployment of the version."""
    register(described, PREVIOUS_REVISION, PREVIOUS_VERSION)
    definition = register(described, PRESENT_REVISION, version)
    service = backends.ecs().create_service(
        present().cluster, described.name, described.desired, definition.arn, launch_type="EC2"
    )
    service.launch_type = "FARGATE"
    settle(described.name, described.desired, 0)
    service.deployments = [deployment(service, definition.arn, utcnow() - DEPLOYED)]
    announce(described.name, f"(service {described.name}) has reached a steady state.", _STARTED)
    _replace_old_tasks(described)
    for _ in range(described.desired):
        add_task(described.name, definition, utcnow() - _STARTED)


def register(described: EcsService, revision: int, version: str) -> TaskDefinition:
    """Register a revision of a service's task definition with the image of a version."""
    # Moto leaves some of CloudFormation's methods out of this class, which nobody calls here.
    definition = TaskDefinition(  # type: ignore[abstract]
        family(described.name),
        revision,
        [_container(described, version)],
        ACCOUNT,
        present().region,
        requires_compatibilities=["FARGATE"],
        cpu=str(described.cpu),
        memory=str(described.memory),
    )
    # The network mode would make moto create an interface in a subnet for each task.
    definition.network_mode = None
    revisions = backends.ecs().task_definitions.setdefault(family(described.name), {})
    revisions[revision] = definition
    return definition


def _container(described: EcsService, version: str) -> dict[str, Any]:
    return {
        "name": described.name,
        "image": f"{described.image}:{version}",
        "cpu": described.cpu,
        "memory": described.memory,
        "essential": True,
        "environment": [{"name": "RELEASE", "value": version}],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {"awslogs-group": described.log_group, "awslogs-region": present().region},
        },
    }


def deployment(service: Service, definition_arn: str, at: datetime) -> dict[str, Any]:
    """A completed PRIMARY deployment of a task definition, created at that time."""
    name = f"ecs-svc/{random.randint(10**18, 10**19 - 1)}"
    return {
        "id": name,
        "status": "PRIMARY",
        "taskDefinition": definition_arn,
        "desiredCount": service.desired_count,
        "pendingCount": 0,
        "runningCount": service.desired_count,
        "failedTasks": 0,
        "createdAt": at,
        "updatedAt": min(at + timedelta(minutes=2), utcnow()),
        "launchType": "FARGATE",
        "platformVersion": "1.4.0",
        "platformFamily": "Linux",
        "rolloutState": "COMPLETED",
        "rolloutStateReason": f"ECS deployment {name} completed.",
    }


def add_task(service: str, definition: TaskDefinition, started: datetime) -> Task:
    """Start a task of a service."""
    ecs = backends.ecs()
    cluster: Cluster = ecs.clusters[present().cluster]
    task = Task(cluster, definition, None, {}, ecs, f"service:{service}", "FARGATE")
    task.started_by = str(primary(service)["id"])
    task.platform_version = "1.4.0"
    # Moto keeps no times and no health; its serializer gives out what the object has.
    _set(task, created_at=started - timedelta(seconds=40), started_at=started, version=3)
    _set(task, connectivity="CONNECTED", health_status="HEALTHY", cpu=definition.cpu)
    _set(task, memory=definition.memory, last_status="RUNNING")
    for container in task.containers:
        _set(container, last_status="RUNNING", exitCode=None, exit_code=None)
        _set(container, image_digest=build_of(str(container.image)))
    ecs.tasks[present().cluster][task.task_arn] = task
    return task


def build_of(image: str, number: int = 0) -> str:
    """The digest of what is behind a tag; another number is what was pushed under it another time."""
    return f"sha256:{hashlib.sha256(f'{image} {number}'.encode()).hexdigest()}"


def _set(target: object, **values: Any) -> None:
    for name, value in values.items():
        setattr(target, name, value)


def end_task(task: Task, reason: str, code: str, at: datetime, exit_code: int | None) -> None:
    """Let a task have stopped."""
    task.last_status = "STOPPED"
    task.desired_status = "STOPPED"
    task.stopped_reason = reason
    _set(task, stop_code=code, stopped_at=at, stopping_at=at, connectivity="DISCONNECTED")
    for container in task.containers:
        container.last_status = "STOPPED"
        _set(container, exitCode=exit_code, exit_code=exit_code)


def _replace_old_tasks(described: EcsService) -> None:
    old = backends.ecs().task_definitions[family(described.name)][PREVIOUS_REVISION]
    reason = f"Scaling activity initiated by (deployment {primary(described.name)['id']})"
    stopped = utcnow() - _OLD_TASKS_STOPPED
    for _ in range(described.desired):
        task = add_task(described.name, old, stopped - timedelta(days=3))
        task.started_by = "ecs-svc/1111111111111111111"
        end_task(task, reason, "ServiceSchedulerInitiated", stopped, 0)


def announce(service: str, message: str, ago: timedelta = timedelta()) -> None:
    """Add an event to the service's list, newest first."""
    event = {"id": str(uuid.uuid4()), "createdAt": utcnow() - ago, "message": message}
    found(service).events.insert(0, event)


def settle(service: str, running: int, pending: int) -> None:
    """Set how many tasks the service says are running and pending."""
    state = found(service)
    state.running_count = running
    state.pending_count = pending
    if state.deployments:
        primary(service).update(runningCount=running, pendingCount=pending)


def backdate(ago: timedelta) -> None:
    """Let the PRIMARY deployment of every service have been made that long ago."""
    for service in present().services:
        at = utcnow() - ago
        primary(service.name).update(createdAt=at, updatedAt=at + timedelta(minutes=2))
