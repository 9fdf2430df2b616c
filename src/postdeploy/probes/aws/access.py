"""Whether the monitoring of an account can be read with the credentials in use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from postdeploy.errors import ProbeError
from postdeploy.probes.aws.metrics import Query, observe_metrics
from postdeploy.probes.aws.session import Absent, AwsSession

_WINDOW = timedelta(minutes=5)


@dataclass(frozen=True)
class MonitoringAccess:
    """The read permissions that were tried, each with success."""

    actions: tuple[str, ...]


def observe_monitoring_access(session: AwsSession, log_group: str = "") -> MonitoringAccess:
    """Read an alarm, a metric, and (with `log_group`) a log group, once each.

    Raises ProbeError that names every permission or login that is missing, not only the first.
    """
    tried: dict[str, Callable[[], object]] = {
        "cloudwatch:DescribeAlarms": lambda: session.ask(
            "cloudwatch", "DescribeAlarms", needs=("MetricAlarms",), MaxRecords=1
        ),
        "cloudwatch:GetMetricData": lambda: _read_a_metric(session),
        "logs:DescribeLogGroups": lambda: session.ask(
            "logs", "DescribeLogGroups", needs=("logGroups",), limit=1
        ),
    }
    if log_group:
        tried["logs:FilterLogEvents"] = lambda: _read_a_log(session, log_group)
    troubles = [trouble for read in tried.values() if (trouble := _trouble(read))]
    if troubles:
        mends = dict.fromkeys(trouble.mend for trouble in troubles)
        raise ProbeError("; ".join(trouble.what for trouble in troubles), mend=". ".join(mends))
    return MonitoringAccess(tuple(tried))


def _trouble(read: Callable[[], object]) -> ProbeError | None:
    try:
        read()
    except Absent:
        return None  # the account answered, which is what is asked here
    except ProbeError as trouble:
        return trouble
    return None


def _read_a_metric(session: AwsSession) -> object:
    now = datetime.now(UTC)
    query = Query("AWS/ECS", "CPUUtilization", "Average", {})
    return observe_metrics(session, {"any": query}, now - _WINDOW, now)


def _read_a_log(session: AwsSession, group: str) -> object:
    now = datetime.now(UTC)
    times = [int(at.timestamp() * 1000) for at in (now - _WINDOW, now)]
    return session.ask(
        "logs",
        "FilterLogEvents",
        needs=("events",),
        logGroupName=group,
        startTime=times[0],
        endTime=times[1],
        limit=1,
    )
