"""An ECS service: its counts, its deployments, its events, and the newest task definition there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from postdeploy.probes.aws.session import Absent, AwsSession, whole
from postdeploy.probes.aws.times import utc

_EVENTS = 40


@dataclass(frozen=True)
class Deployment:
    """One deployment of a service; `rollout` is "" where the controller tells none."""

    id: str
    status: str
    rollout: str
    reason: str
    created: datetime | None
    task_definition: str
    desired: int
    running: int
    pending: int
    failed_tasks: int


@dataclass(frozen=True)
class ServiceEvent:
    """A line of the service's event list."""

    at: datetime | None
    message: str


@dataclass(frozen=True)
class EcsService:
    """A service as DescribeServices shows it; `status` is "MISSING" where there is none."""

    cluster: str
    name: str
    status: str
    controller: str = ""
    desired: int = 0
    running: int = 0
    pending: int = 0
    deployments: tuple[Deployment, ...] = ()
    events: tuple[ServiceEvent, ...] = ()
    cluster_found: bool = True

    @property
    def found(self) -> bool:
        """Whether the cluster has such a service."""
        return self.status != "MISSING"

    @property
    def primary(self) -> Deployment | None:
        """The deployment that the service is to run, if it says one."""
        return next((d for d in self.deployments if d.status == "PRIMARY"), None)


@dataclass(frozen=True)
class Cluster:
    """A cluster; `status` is "MISSING" where there is none."""

    name: str
    status: str
    running_tasks: int = 0
    active_services: int = 0


def observe_service(session: AwsSession, cluster: str, name: str) -> EcsService:
    """The service of that name now. Raises ProbeError when it cannot be read."""
    try:
        answer = session.ask(
            "ecs",
            "DescribeServices",
            needs=("services", "failures"),
            cluster=cluster,
            services=[name],
        )
    except Absent:  # of a cluster: a service that is missing is told among the failures
        return EcsService(cluster, name, "MISSING", cluster_found=False)
    for service in answer["services"]:
        return _service(cluster, service)
    return EcsService(cluster, name, "MISSING")


def observe_clusters(session: AwsSession, names: Iterable[str]) -> tuple[Cluster, ...]:
    """The clusters of those names, the missing ones as such."""
    wanted = list(names)
    if not wanted:
        return ()
    answer = session.ask("ecs", "DescribeClusters", needs=("clusters",), clusters=wanted)
    found = {str(cluster["clusterName"]): cluster for cluster in answer["clusters"]}
    return tuple(_cluster(name, found.get(name)) for name in wanted)


def observe_newest_revision(session: AwsSession, family: str) -> int | None:
    """The newest registered ACTIVE revision of a task definition family; None when there is none."""
    answer = session.ask(
        "ecs",
        "ListTaskDefinitions",
        needs=("taskDefinitionArns",),
        familyPrefix=family,
        status="ACTIVE",
        sort="DESC",
        maxResults=100,
    )
    parsed = [family_and_revision(str(arn)) for arn in answer["taskDefinitionArns"]]
    return max((revision for name, revision in parsed if name == family), default=None)


def family_and_revision(task_definition: str) -> tuple[str, int]:
    """`arn:…:task-definition/api:42` → ("api", 42)."""
    family, _, revision = task_definition.rpartition("/")[2].rpartition(":")
    return family, int(revision)


def _service(cluster: str, raw: Mapping[str, Any]) -> EcsService:
    needed = ("serviceName", "status", "desiredCount", "runningCount", "pendingCount")
    whole(raw, needed, "ecs:DescribeServices")
    controller = raw.get("deploymentController") or {}
    return EcsService(
        cluster=cluster,
        name=str(raw["serviceName"]),
        status=str(raw["status"]),
        controller=str(controller.get("type", "ECS")),
        desired=int(raw["desiredCount"]),
        running=int(raw["runningCount"]),
        pending=int(raw["pendingCount"]),
        deployments=tuple(_deployment(one) for one in raw.get("deployments", ())),
        events=tuple(_event(one) for one in raw.get("events", ())[:_EVENTS]),
    )


def _deployment(raw: Mapping[str, Any]) -> Deployment:
    whole(raw, ("id", "status", "taskDefinition"), "ecs:DescribeServices")
    return Deployment(
        id=str(raw["id"]),
        status=str(raw["status"]),
        rollout=str(raw.get("rolloutState") or ""),
        reason=str(raw.get("rolloutStateReason") or ""),
        created=utc(raw.get("createdAt")),
        task_definition=str(raw["taskDefinition"]),
        desired=int(raw.get("desiredCount", 0)),
        running=int(raw.get("runningCount", 0)),
        pending=int(raw.get("pendingCount", 0)),
        failed_tasks=int(raw.get("failedTasks", 0)),
    )


def _event(raw: Mapping[str, Any]) -> ServiceEvent:
    return ServiceEvent(utc(raw.get("createdAt")), str(raw.get("message", "")))


def _cluster(name: str, raw: Mapping[str, Any] | None) -> Cluster:
    if raw is None:
        return Cluster(name, "MISSING")
    return Cluster(
        name,
        str(raw.get("status", "")),
        int(raw.get("runningTasksCount", 0)),
        int(raw.get("activeServicesCount", 0)),
    )
