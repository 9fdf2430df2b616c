"""The tasks of an ECS service: which images they run, and why those that stopped did so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from postdeploy.errors import ProbeError
from postdeploy.probes.aws.images import Image
from postdeploy.probes.aws.session import Absent, AwsSession, whole
from postdeploy.probes.aws.times import utc

_MOST_IN_ONE_CALL = 100


@dataclass(frozen=True)
class Container:
    """A container of a task; `exit_code` is None while it runs or where it never started.

    `digest` is of what really runs, "" where ECS tells none: behind one tag there may be several.
    """

    name: str
    image: Image
    status: str = ""
    exit_code: int | None = None
    reason: str = ""
    digest: str = ""


@dataclass(frozen=True)
class TaskDefinition:
    """The containers that a revision asks for, the essential ones first."""

    arn: str
    containers: tuple[Container, ...]

    def main(self, service: str) -> Container:
        """The product's own container: the one named after the service, else the first essential one.

        Beside it there may be side-cars (log routers, agents), whose versions are their own.
        """
        named = [c for c in self.containers if c.name == service]
        return (named or list(self.containers))[0]


@dataclass(frozen=True)
class Task:
    """A task of a service."""

    id: str
    task_definition: str
    status: str
    started: datetime | None
    stopped: datetime | None
    stop_code: str
    stopped_reason: str
    containers: tuple[Container, ...]
    health: str = ""
    """By the containers' own health checks: HEALTHY, UNHEALTHY, or UNKNOWN where they have none."""

    def container(self, name: str) -> Container | None:
        """The container of that name."""
        return next((c for c in self.containers if c.name == name), None)


def observe_task_definition(session: AwsSession, arn: str) -> TaskDefinition:
    """The containers of a task definition. Raises ProbeError, also when it names no container."""
    answer = session.ask(
        "ecs", "DescribeTaskDefinition", needs=("taskDefinition",), taskDefinition=arn
    )
    raw = whole(answer["taskDefinition"], ("containerDefinitions",), "ecs:DescribeTaskDefinition")
    declared = raw["containerDefinitions"]
    essential_first = sorted(declared, key=lambda one: not one.get("essential", True))
    containers = tuple(
        Container(str(one["name"]), Image(str(one["image"]))) for one in essential_first
    )
    if not containers:
        raise ProbeError(f"ecs:DescribeTaskDefinition: {arn} names no container")
    return TaskDefinition(arn, containers)


def observe_running_tasks(session: AwsSession, cluster: str, service: str) -> tuple[Task, ...]:
    """The service's tasks whose last status is RUNNING; none when there is no such service."""
    tasks = _tasks(session, cluster, service, "RUNNING")
    return tuple(task for task in tasks if task.status == "RUNNING")


def observe_stopped_tasks(
    session: AwsSession, cluster: str, service: str, since: datetime
) -> tuple[Task, ...]:
    """The service's tasks that stopped at `since` or later, oldest first.

    ECS forgets a stopped task after about an hour.
    """
    tasks = [task for task in _tasks(session, cluster, service, "STOPPED") if task.stopped]
    recent = [(task.stopped, task) for task in tasks if task.stopped and task.stopped >= since]
    return tuple(task for _, task in sorted(recent, key=lambda pair: pair[0]))


def _tasks(session: AwsSession, cluster: str, service: str, desired: str) -> Iterator[Task]:
    try:
        arns = _arns(session, cluster, service, desired)
    except Absent:
        return
    for first in range(0, len(arns), _MOST_IN_ONE_CALL):
        batch = arns[first : first + _MOST_IN_ONE_CALL]
        yield from _described(session, cluster, service, batch)


def _arns(session: AwsSession, cluster: str, service: str, desired: str) -> list[str]:
    pages = session.pages(
        "ecs",
        "ListTasks",
        needs=("taskArns",),
        cluster=cluster,
        serviceName=service,
        desiredStatus=desired,
    )
    return [str(arn) for page in pages for arn in page["taskArns"]]


def _described(
    session: AwsSession, cluster: str, service: str, arns: Sequence[str]
) -> Iterator[Task]:
    answer = session.ask(
        "ecs", "DescribeTasks", needs=("tasks",), cluster=cluster, tasks=list(arns)
    )
    for raw in answer["tasks"]:
        if raw.get("group", f"service:{service}") == f"service:{service}":
            yield _task(raw)


def _task(raw: Mapping[str, Any]) -> Task:
    whole(raw, ("taskArn", "taskDefinitionArn", "lastStatus"), "ecs:DescribeTasks")
    return Task(
        id=str(raw["taskArn"]).rpartition("/")[2],
        task_definition=str(raw["taskDefinitionArn"]),
        status=str(raw["lastStatus"]),
        started=utc(raw.get("startedAt")),
        stopped=utc(raw.get("stoppedAt")),
        stop_code=str(raw.get("stopCode") or ""),
        stopped_reason=str(raw.get("stoppedReason") or ""),
        containers=tuple(_container(one) for one in raw.get("containers", ())),
        health=str(raw.get("healthStatus") or ""),
    )


def _container(raw: Mapping[str, Any]) -> Container:
    exit_code = raw.get("exitCode")
    return Container(
        name=str(raw.get("name", "")),
        image=Image(str(raw.get("image", ""))),
        status=str(raw.get("lastStatus", "")),
        exit_code=None if exit_code is None else int(exit_code),
        reason=str(raw.get("reason") or ""),
        digest=str(raw.get("imageDigest") or ""),
    )
