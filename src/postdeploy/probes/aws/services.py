"""CPU and memory of ECS services over a window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from postdeploy.probes.aws.metrics import Query, Series, observe_metrics
from postdeploy.probes.aws.session import AwsSession


@dataclass(frozen=True)
class ServiceUse:
    """CPU in percent as averages of five minutes, memory in percent as averages of each minute."""

    cpu: Series
    memory: Series


def observe_service_use(
    session: AwsSession, cluster: str, service: str, start: datetime, end: datetime
) -> ServiceUse:
    """What the tasks of a service used together between two moments. Raises ProbeError.

    CPU is taken over five minutes, for a task that starts uses all it can get for a minute.
    """
    where = {"ClusterName": cluster, "ServiceName": service}
    queries = {
        "cpu": Query("AWS/ECS", "CPUUtilization", "Average", where, 300),
        "memory": Query("AWS/ECS", "MemoryUtilization", "Average", where),
    }
    found = observe_metrics(session, queries, start, end)
    return ServiceUse(found["cpu"], found["memory"])
