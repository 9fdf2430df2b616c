"""RDS instances: their status, and their CPU and connections over a window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from postdeploy.probes.aws.metrics import Query, Series, observe_metrics
from postdeploy.probes.aws.session import Absent, AwsSession, whole


@dataclass(frozen=True)
class DatabaseState:
    """An instance; `status` is "MISSING" where there is none."""

    instance: str
    status: str


@dataclass(frozen=True)
class DatabaseUse:
    """CPU in percent and connections, each as averages of five minutes."""

    cpu: Series
    connections: Series


def observe_database(session: AwsSession, instance: str) -> DatabaseState:
    """The instance's status in RDS's words ("available", "storage-full"). Raises ProbeError."""
    try:
        answer = session.ask(
            "rds", "DescribeDBInstances", needs=("DBInstances",), DBInstanceIdentifier=instance
        )
    except Absent:
        return DatabaseState(instance, "MISSING")
    for raw in answer["DBInstances"]:
        whole(raw, ("DBInstanceStatus",), "rds:DescribeDBInstances")
        return DatabaseState(instance, str(raw["DBInstanceStatus"]))
    return DatabaseState(instance, "MISSING")


def observe_database_use(
    session: AwsSession, instance: str, start: datetime, end: datetime
) -> DatabaseUse:
    """CPU and connections between two moments. Raises ProbeError."""

    def query(metric: str) -> Query:
        return Query("AWS/RDS", metric, "Average", {"DBInstanceIdentifier": instance}, 300)

    queries = {"cpu": query("CPUUtilization"), "connections": query("DatabaseConnections")}
    found = observe_metrics(session, queries, start, end)
    return DatabaseUse(found["cpu"], found["connections"])
