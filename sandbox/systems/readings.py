"""The series of metrics that AWS publishes of what an account has, with usual readings."""

from collections.abc import Mapping

from sandbox.aws.description import LoadBalancerDescription, Series

BALANCER = "AWS/ApplicationELB"
# So many that the few requests of a visitor are lost among them.
_REQUESTS_A_MINUTE = 900


def of_services(cluster: str, usual: Mapping[str, tuple[float, float]]) -> tuple[Series, ...]:
    """CPU and memory of ECS services, in per cent."""
    found: list[Series] = []
    for name, (cpu, memory) in usual.items():
        where = (("ClusterName", cluster), ("ServiceName", name))
        found.append(Series("AWS/ECS", "CPUUtilization", cpu, 4, "Percent", where))
        found.append(Series("AWS/ECS", "MemoryUtilization", memory, 2, "Percent", where))
    return tuple(found)


def of_balancer(described: LoadBalancerDescription, seconds: float) -> tuple[Series, ...]:
    """What passes through a load balancer; its targets usually answer after so many seconds."""
    where = (("LoadBalancer", described.dimension),)
    return (
        Series(BALANCER, "RequestCount", _REQUESTS_A_MINUTE, 120, "Count", where),
        Series(BALANCER, "HTTPCode_Target_5XX_Count", 0, 0, "Count", where, sparse=True),
        Series(BALANCER, "TargetResponseTime", seconds, seconds / 5, "Seconds", where, 12),
    )


def of_functions(usual: Mapping[str, float]) -> tuple[Series, ...]:
    """Invocations of Lambda functions, by their usual duration in milliseconds."""
    found: list[Series] = []
    for name, duration in usual.items():
        where = (("FunctionName", name),)
        found.append(Series("AWS/Lambda", "Invocations", 40, 8, "Count", where))
        found.append(Series("AWS/Lambda", "Errors", 0, 0, "Count", where))
        found.append(Series("AWS/Lambda", "Throttles", 0, 0, "Count", where))
        found.append(
            Series("AWS/Lambda", "Duration", duration, duration / 4, "Milliseconds", where, 8)
        )
    return tuple(found)


def of_queues(*names: str) -> tuple[Series, ...]:
    """Queues that are worked off as they fill."""
    found: list[Series] = []
    for name in names:
        where = (("QueueName", name),)
        found.append(Series("AWS/SQS", "ApproximateAgeOfOldestMessage", 0, 0, "Seconds", where))
        found.append(Series("AWS/SQS", "ApproximateNumberOfMessagesVisible", 0, 0, "Count", where))
    return tuple(found)


def of_database(name: str) -> tuple[Series, ...]:
    """A database instance at ease."""
    where = (("DBInstanceIdentifier", name),)
    return (
        Series("AWS/RDS", "CPUUtilization", 18, 5, "Percent", where),
        Series("AWS/RDS", "DatabaseConnections", 14, 4, "Count", where),
        Series("AWS/RDS", "FreeStorageSpace", 41e9, 2e7, "Bytes", where),
    )
