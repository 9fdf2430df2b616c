"""The AWS stand-in answers boto3 as AWS does, where moto alone would not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from selftests.sandbox.aws_account import API_LOG, CLUSTER, Account, code_of, stat


@pytest.fixture
def account() -> Iterator[Account]:
    opened = Account()
    yield opened
    opened.aws.stop()


def test_tasks_are_listed_by_service_and_stay_running(account: Account) -> None:
    for _ in range(5):
        tasks = account.tasks("api")
    assert [task["group"] for task in tasks] == ["service:api"] * 2
    assert [task["lastStatus"] for task in tasks] == ["RUNNING"] * 2


def test_stopped_tasks_are_listed_only_on_demand(account: Account) -> None:
    (stopped,) = account.tasks("sidekiq", desiredStatus="STOPPED")
    assert stopped["stoppedReason"].startswith("Scaling activity initiated by")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("?TRAP ?WARN", ["trap one", "warning"]),
        ("TRAP -two", ["trap one"]),
        ('"a phrase"', ["warning"]),
        ('"ActiveRecord::RecordNotFound"', ["trap one"]),
        ("TRAP ?WARN", ["trap one"]),
        ("%Record[A-Z]ot%", ["trap one"]),
        ("NOTHINGLIKETHIS", []),
    ],
)
def test_filter_patterns_select_what_they_say(
    account: Account, pattern: str, expected: list[str]
) -> None:
    account.aws.log("api", "info", "TRAP ActiveRecord::RecordNotFound one")
    account.aws.log("api", "warn", "WARN with a phrase")
    named = {"trap one": "RecordNotFound one", "warning": "a phrase"}
    found = account.matching(pattern)
    assert len(found) == len(expected)
    assert all(named[name] in line for name, line in zip(expected, found, strict=True))


def test_an_unquoted_term_with_punctuation_is_refused(account: Account) -> None:
    with pytest.raises(ClientError) as error:
        account.matching("ActiveRecord::RecordNotFound")
    assert code_of(error) == "InvalidParameterException"


def test_a_page_may_be_empty_although_more_follow(account: Account) -> None:
    for number in range(30):
        account.aws.log("api", "info", f"line {number}")
    account.aws.log("api", "error", "the last line")
    first = account.client("logs").filter_log_events(logGroupName=API_LOG, filterPattern="ERROR")
    assert first["events"] == []
    assert "nextToken" in first
    assert len(account.matching("ERROR")) == 1


def test_insights_filters_counts_sorts_and_limits(account: Account) -> None:
    for number in range(3):
        account.aws.log("api", "error", f"failure {number}")
    where = "filter @message like /ERROR/"
    assert account.insights(f"{where} | stats count(*) as n") == [{"n": "3"}]
    assert account.insights("filter @message not like /./ | stats count(*)") == [{"count(*)": "0"}]
    assert len(account.insights(f"fields @message | {where} | limit 2")) == 2
    (binned,) = account.insights(f"{where} | stats count(*) as n by bin(1d)")
    assert binned["n"] == "3"
    oldest = account.insights(f"fields @timestamp, @message | {where} | sort @timestamp asc")[0]
    assert oldest["@message"].endswith("failure 0")
    assert datetime.fromisoformat(oldest["@timestamp"]).year >= 2026


def test_insights_reads_literals_as_they_stand(account: Account) -> None:
    account.aws.log("api", "error", 'GET "/a/b" failed')
    for literal in (r"/nothing|\/a\/b/", r'/"\/a|never/', "'/a/b'"):
        where = f"filter @message like {literal} and @message not like /no such | line/"
        assert account.insights(f"{where} | stats count(*) as n") == [{"n": "1"}]


def test_insights_compares_times_to_the_millisecond(account: Account) -> None:
    at = datetime.now(UTC) - timedelta(seconds=30)
    account.aws.logs.write_raw("api", "exactly then", at)
    then = int(at.timestamp() * 1000)
    for condition, count in ((f">= {then}", "1"), (f"> {then}", "0"), (f"< {then + 1}", "1")):
        where = f"filter toMillis(@timestamp) {condition} and @message like /exactly then/"
        assert account.insights(f"{where} | stats count(*) as n") == [{"n": count}]


def test_insights_tells_what_it_read(account: Account) -> None:
    account.aws.log("api", "error", "failure")
    logs, now = account.client("logs"), int(time.time())
    query = "filter @message like /ERROR/ | stats count(*)"
    started = logs.start_query(
        logGroupName=API_LOG, startTime=now - 600, endTime=now + 1, queryString=query
    )
    logs.get_query_results(queryId=started["queryId"])
    read = logs.get_query_results(queryId=started["queryId"])["statistics"]
    assert (read["recordsMatched"], read["recordsScanned"]) == (1, 4)
    assert read["bytesScanned"] > 100


@pytest.mark.parametrize("query", ["nonsense", "filter maybe", "limit many"])
def test_insights_refuses_what_it_cannot_read(account: Account, query: str) -> None:
    with pytest.raises(ClientError) as error:
        account.insights(query)
    assert code_of(error) == "MalformedQueryException"


def test_metric_math_divides_sums(account: Account) -> None:
    account.aws.metrics.set_error_share(0.15)
    errors = stat("errors", "Qumis/API", "ErrorCount", "Sum") | {"ReturnData": False}
    requests = stat("requests", "Qumis/API", "RequestCount", "Sum") | {"ReturnData": False}
    rate = {"Id": "rate", "Expression": "errors/requests*100"}
    found = account.metric_data(errors, requests, rate)
    assert list(found) == ["rate"]
    assert all(13 < value < 17 for value in found["rate"])


def test_metric_math_leaves_out_a_division_by_zero(account: Account) -> None:
    errors = stat("errors", "Qumis/API", "ErrorCount", "Sum")
    found = account.metric_data(errors, {"Id": "rate", "Expression": "1/(errors-errors)"})
    assert found["errors"] != []
    assert found["rate"] == []


def test_an_invalid_expression_is_refused(account: Account) -> None:
    with pytest.raises(ClientError) as error:
        account.metric_data({"Id": "rate", "Expression": "errors/requests"})
    assert code_of(error) == "ValidationError"


def test_percentiles_lie_between_average_and_maximum(account: Account) -> None:
    where = {"FunctionName": "qumis-llm-sandbox"}
    found = account.metric_data(
        *(
            stat(name, "AWS/Lambda", "Duration", how, **where)
            for name, how in (("avg", "Average"), ("p95", "p95"), ("top", "Maximum"))
        )
    )
    triples = list(zip(found["avg"], found["p95"], found["top"], strict=True))
    assert triples
    assert all(average < p95 <= top for average, p95, top in triples)


def test_dimensions_and_namespace_must_match_exactly(account: Account) -> None:
    where = {"ClusterName": CLUSTER, "ServiceName": "api"}
    found = account.metric_data(
        stat("right", "AWS/ECS", "CPUUtilization", "Average", **where),
        stat("fewer", "AWS/ECS", "CPUUtilization", "Average", ServiceName="api"),
        stat("none", "AWS/ECS", "CPUUtilization", "Average"),
        stat("elsewhere", "AWS/EC2", "CPUUtilization", "Average", **where),
    )
    assert {name: bool(values) for name, values in found.items()} == {
        "right": True,
        "fewer": False,
        "none": False,
        "elsewhere": False,
    }


def test_extended_statistics_are_answered(account: Account) -> None:
    now = datetime.now(UTC)
    answer = account.client("cloudwatch").get_metric_statistics(
        Namespace="Qumis/API",
        MetricName="ResponseTime",
        StartTime=now - timedelta(minutes=10),
        EndTime=now,
        Period=60,
        Statistics=["Average"],
        ExtendedStatistics=["p95"],
    )
    assert len(answer["Datapoints"]) >= 9
    assert all(p["ExtendedStatistics"]["p95"] > 0 for p in answer["Datapoints"])


def test_each_metric_is_listed_once(account: Account) -> None:
    listed = account.client("cloudwatch").list_metrics(Namespace="Qumis/API")["Metrics"]
    names = sorted(metric["MetricName"] for metric in listed)
    assert names == ["ErrorCount", "MemoryUtilization", "RequestCount", "ResponseTime"]


def test_alarm_filters_are_applied_together(account: Account) -> None:
    account.aws.set_alarm("qumis-rds-sandbox-high-cpu", "ALARM", "Threshold Crossed")
    cloudwatch = account.client("cloudwatch")
    found = cloudwatch.describe_alarms(AlarmNamePrefix="qumis-api", StateValue="ALARM")
    assert found["MetricAlarms"] == []
