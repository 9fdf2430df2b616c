"""CloudWatch's answers about metrics and alarms, to be put in the place of moto's methods."""

from datetime import datetime
from typing import Any

from moto.cloudwatch.exceptions import InvalidParameterValue, ValidationError
from moto.cloudwatch.models import CloudWatchBackend, MetricDatumBase
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from sandbox.aws.metric_queries import (
    MetricData,
    MetricQueryError,
    buckets,
    selection,
    statistic,
)


def get_metric_data(
    self: CloudWatchBackend,
    queries: list[dict[str, Any]],
    start_time: datetime,
    end_time: datetime,
    scan_by: str = "TimestampDescending",
) -> list[dict[str, Any]]:
    """Answer GetMetricData, percentiles and metric math too."""
    if start_time >= end_time:
        raise ValidationError("The parameter EndTime must be greater than StartTime.")
    call = MetricData(self.get_all_metrics(), queries, start_time, end_time)
    try:
        return call.results(newest_first=scan_by == "TimestampDescending")
    except MetricQueryError as error:
        raise ValidationError(str(error)) from error


def get_filtered_metrics(
    self: CloudWatchBackend, metric_name: str, namespace: str, dimensions: list[dict[str, str]]
) -> list[MetricDatumBase]:
    """Name each metric once that has the given names and dimensions."""
    found: dict[tuple[Any, ...], MetricDatumBase] = {}
    for datum in self.get_all_metrics():
        key = (datum.namespace, datum.name, *sorted((d.name, d.value) for d in datum.dimensions))
        if key not in found and datum.filter(namespace, metric_name, dimensions):
            found[key] = datum
    return list(found.values())


def get_metric_statistics(self: CloudWatchResponse) -> ActionResult:
    """Answer GetMetricStatistics, extended statistics too, in no order."""
    params = self._get_params()
    plain, extended = params.get("Statistics") or [], params.get("ExtendedStatistics") or []
    if not plain and not extended:
        raise InvalidParameterValue("Must specify either Statistics or ExtendedStatistics")
    data = self.cloudwatch_backend.get_all_metrics()
    wanted = selection(params, params.get("Unit"))
    try:
        grouped = buckets(data, wanted, params["StartTime"], params["EndTime"], params["Period"])
        points = [
            {
                "Timestamp": at,
                "Unit": found[0].unit or "None",
                **{name: statistic(name, found) for name in plain},
                "ExtendedStatistics": {name: statistic(name, found) for name in extended} or None,
            }
            for at, found in grouped.items()
        ]
    except MetricQueryError as error:
        raise InvalidParameterValue(str(error)) from error
    middle = len(points) // 2
    return ActionResult({"Label": wanted.name, "Datapoints": points[middle:] + points[:middle]})


def describe_alarms(self: CloudWatchResponse) -> ActionResult:
    """Answer DescribeAlarms with the alarms that all the filters let through."""
    params = self._get_params()
    names, prefix = params.get("AlarmNames"), params.get("AlarmNamePrefix") or ""
    state, action = params.get("StateValue"), params.get("ActionPrefix") or ""
    found = [
        alarm
        for alarm in self.cloudwatch_backend.describe_alarms()
        if (not names or alarm.name in names)
        and alarm.name.startswith(prefix)
        and state in (None, alarm.state_value)
        and (not action or any(arn.startswith(action) for arn in alarm.alarm_actions))
    ]
    metric_alarms = [alarm for alarm in found if alarm.rule is None]
    return ActionResult({"MetricAlarms": metric_alarms, "CompositeAlarms": []})
