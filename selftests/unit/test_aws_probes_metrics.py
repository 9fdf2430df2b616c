"""The CloudWatch probes give series whole or not at all, and alarms in the state that they are in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from postdeploy.errors import ProbeError
from postdeploy.probes.aws.access import observe_monitoring_access
from postdeploy.probes.aws.alarms import observe_alarms
from postdeploy.probes.aws.error_rate import Rate, observe_error_rate
from postdeploy.probes.aws.metrics import Point, Query, Series, observe_metrics
from postdeploy.probes.aws.services import observe_service_use
from selftests.unit.sample_aws import NOW, REGION, session, stubbed

THEN = NOW - timedelta(minutes=10)


def query(name: str, statistic: str = "Sum") -> Query:
    return Query("Qumis/API", name, statistic, {})


def result(identifier: str, *values: float, status: str = "Complete") -> dict[str, Any]:
    stamps = [NOW - timedelta(minutes=n) for n in range(len(values))]
    return {"Id": identifier, "Timestamps": stamps, "Values": list(values), "StatusCode": status}


@pytest.fixture
def cloudwatch() -> Iterator[Any]:
    with mock_aws():
        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
        yield boto3.client("cloudwatch", region_name=REGION, **keys)


def test_series_come_oldest_first_under_their_names(cloudwatch: Any) -> None:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    for minutes, value in ((1, 3.0), (3, 1.0), (2, 2.0)):
        datum = {
            "MetricName": "Requests",
            "Value": value,
            "Timestamp": now - timedelta(minutes=minutes),
        }
        cloudwatch.put_metric_data(Namespace="Qumis/API", MetricData=[datum])
    queries = {"requests": query("Requests"), "nothing": query("Nothing")}
    seen = observe_metrics(session(), queries, now - timedelta(minutes=10), now)
    assert [point.value for point in seen["requests"].points] == [1, 2, 3]
    assert seen["requests"].age(now) == 0
    assert seen["nothing"].points == ()
    assert seen["nothing"].age(now) is None


def test_pages_of_one_series_are_joined() -> None:
    with stubbed("cloudwatch") as (opened, stub):
        first = {
            "MetricDataResults": [result("q0", 1, 2, status="PartialData")],
            "NextToken": "more",
        }
        stub.add_response("get_metric_data", first)
        stub.add_response("get_metric_data", {"MetricDataResults": [result("q0", 3)]})
        seen = observe_metrics(opened, {"a": query("A")}, THEN, NOW)
    assert seen["a"].total == 6


@pytest.mark.parametrize("status", ["Forbidden", "InternalError", "PartialData"])
def test_partial_answer_is_none(status: str) -> None:
    with stubbed("cloudwatch") as (opened, stub):
        stub.add_response(
            "get_metric_data", {"MetricDataResults": [result("q0", 1, status=status)]}
        )
        with pytest.raises(ProbeError, match=status):
            observe_metrics(opened, {"a": query("A")}, THEN, NOW)


def test_series_that_is_left_out_is_noticed() -> None:
    with stubbed("cloudwatch") as (opened, stub):
        stub.add_response("get_metric_data", {"MetricDataResults": [result("q0", 1)]})
        with pytest.raises(ProbeError, match="no answer for 1 of 2 series"):
            observe_metrics(opened, {"a": query("A"), "b": query("B")}, THEN, NOW)


def test_queries_beyond_one_call_are_asked_in_batches() -> None:
    queries = {f"m{n}": query(f"M{n}") for n in range(501)}
    with stubbed("cloudwatch") as (opened, stub):
        batches = [[result(f"q{n}", 1) for n in range(500)], [result("q0", 7)]]
        for batch in batches:
            stub.add_response("get_metric_data", {"MetricDataResults": batch})
        seen = observe_metrics(opened, queries, THEN, NOW)
    assert (seen["m499"].total, seen["m500"].total) == (1, 7)


def test_age_counts_from_the_end_of_the_newest_period() -> None:
    series = Series(query("A"), (Point(NOW - timedelta(seconds=200), 1.0),))
    assert series.age(NOW) == 140


def test_peak_is_the_highest_and_newest_the_last() -> None:
    points = tuple(Point(THEN + timedelta(minutes=n), v) for n, v in enumerate((1.0, 9.0, 4.0)))
    series = Series(query("A"), points)
    assert series.peak == points[1]
    assert series.newest == points[2]


def test_error_rate_is_errors_per_hundred_requests() -> None:
    with stubbed("cloudwatch") as (opened, stub):
        answer = [result("q0", 60, 40), result("q1", 15)]
        stub.add_response("get_metric_data", {"MetricDataResults": answer})
        rate = observe_error_rate(opened, query("Requests"), query("Errors"), THEN, NOW)
    assert rate == Rate(100, 15, errors_told=True)
    assert rate.percent == 15


def test_error_rate_without_requests_is_none() -> None:
    with stubbed("cloudwatch") as (opened, stub):
        answer = {"MetricDataResults": [result("q0"), result("q1")]}
        stub.add_response("get_metric_data", answer)
        rate = observe_error_rate(opened, query("Requests"), query("Errors"), THEN, NOW)
    assert (rate.percent, rate.errors_told) == (None, False)


def test_service_use_is_of_the_service_in_its_cluster() -> None:
    with stubbed("cloudwatch") as (opened, stub):
        stub.add_response(
            "get_metric_data", {"MetricDataResults": [result("q0", 40), result("q1", 50)]}
        )
        use = observe_service_use(opened, "blue", "api", THEN, NOW)
    assert use.cpu.query.dimensions == {"ClusterName": "blue", "ServiceName": "api"}
    assert (use.cpu.total, use.memory.total) == (40, 50)


@pytest.mark.parametrize("state", ["OK", "ALARM", "INSUFFICIENT_DATA"])
def test_alarm_tells_state_and_reason(cloudwatch: Any, state: str) -> None:
    cloudwatch.put_metric_alarm(
        AlarmName="errors",
        Namespace="x",
        MetricName="y",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Threshold=1,
        Period=60,
        Statistic="Sum",
    )
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue=state, StateReason="because")
    seen = observe_alarms(session(), ["errors", "none"])
    assert (seen["errors"].state, seen["errors"].reason) == (state, "because")
    assert (seen["errors"].updated is not None, seen["errors"].threshold) == (True, 1)
    assert seen["none"].state == "MISSING"


WATCHED = {"Metric": {"Namespace": "x", "MetricName": "y"}, "Period": 300, "Stat": "Sum"}


@pytest.mark.parametrize(
    ("told", "minutes"),
    [
        ({"Period": 60, "EvaluationPeriods": 5}, 5),
        ({"Period": 300, "EvaluationPeriods": 3, "DatapointsToAlarm": 2}, 10),
        (
            {
                "EvaluationPeriods": 2,
                "Metrics": [{"Id": "e", "Expression": "m*100"}, {"Id": "m", "MetricStat": WATCHED}],
            },
            10,
        ),
        ({"EvaluationPeriods": 1}, None),
    ],
)
def test_alarm_tells_for_how_long_it_waits(told: dict[str, Any], minutes: float | None) -> None:
    alarm = {"AlarmName": "errors", "StateValue": "OK", **told}
    with stubbed("cloudwatch") as (opened, stub):
        stub.add_response("describe_alarms", {"MetricAlarms": [alarm]})
        assert observe_alarms(opened, ["errors"])["errors"].minutes == minutes


def test_composite_alarm_is_seen_in_its_region() -> None:
    composite = {"AlarmName": "all", "StateValue": "ALARM", "ActionsEnabled": False}
    with stubbed("cloudwatch", "us-east-1") as (opened, stub):
        answer = {"MetricAlarms": [], "CompositeAlarms": [composite]}
        stub.add_response("describe_alarms", answer)
        seen = observe_alarms(opened, ["all"], region="us-east-1")["all"]
    assert (seen.state, seen.composite, seen.actions_enabled) == ("ALARM", True, False)


@pytest.mark.usefixtures("cloudwatch")
def test_monitoring_access_lists_what_was_read() -> None:
    access = observe_monitoring_access(session(), "no/such/group")
    assert access.actions == (
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricData",
        "logs:DescribeLogGroups",
        "logs:FilterLogEvents",
    )
