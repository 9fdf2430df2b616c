"""The AWS stand-in holds the account that the stand-in product's page describes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.aws import incidents
from sandbox.aws.description import Series
from sandbox.aws.metrics import Metrics, this_minute
from selftests.sandbox.aws_account import CLUSTER, VERSION, Account, stat


@pytest.fixture
def account() -> Iterator[Account]:
    opened = Account()
    yield opened
    opened.aws.stop()


@pytest.mark.parametrize(("name", "count"), [("api", 2), ("web", 2), ("sidekiq", 1)])
def test_services_are_steady_on_the_released_version(
    account: Account, name: str, count: int
) -> None:
    service = account.service(name)
    (deployment,) = service["deployments"]
    age = datetime.now(UTC) - deployment["createdAt"]
    assert (service["status"], service["desiredCount"]) == ("ACTIVE", count)
    assert (service["runningCount"], service["pendingCount"]) == (count, 0)
    assert (deployment["status"], deployment["rolloutState"]) == ("PRIMARY", "COMPLETED")
    assert timedelta(minutes=1) < age < timedelta(minutes=15)
    assert account.image(name) == f"qumis/{name}:{VERSION}"


def test_an_unknown_service_is_a_failure_not_an_error(account: Account) -> None:
    answer = account.client("ecs").describe_services(cluster=CLUSTER, services=["nothing"])
    assert [failure["reason"] for failure in answer["failures"]] == ["MISSING"]


def test_a_stack_trace_is_one_event_a_line(account: Account) -> None:
    account.aws.log("api", "error", "RuntimeError: no\n  app/models/policy.rb:3\n  app/x.rb:9")
    assert len(account.matching('"policy.rb"')) == 1
    (first,) = account.matching("RuntimeError")
    assert first.endswith("Z [ERROR] RuntimeError: no")


def test_requests_feed_the_api_metrics(account: Account) -> None:
    account.aws.metrics.relevel("Qumis/API", "ErrorCount", 0.0)
    for status in (200, 200, 503):
        account.aws.count_request("api", status, 0.2)
    found = account.metric_data(stat("errors", "Qumis/API", "ErrorCount", "Sum"))
    assert sum(found["errors"]) == 1.0


def test_metrics_go_on_every_minute(account: Account) -> None:
    begun = this_minute() - timedelta(minutes=10)
    now = [begun]
    metrics = Metrics([Series("Test", "Ticks", 5.0)], clock=lambda: now[0])
    now[0] = begun + timedelta(minutes=3)
    metrics.publish_if_due()
    answer = account.client("cloudwatch").get_metric_statistics(
        Namespace="Test",
        MetricName="Ticks",
        StartTime=begun + timedelta(minutes=1),
        EndTime=begun + timedelta(minutes=9),
        Period=60,
        Statistics=["Sum"],
    )
    assert [point["Sum"] for point in answer["Datapoints"]] == [5.0] * 3


def test_alarms_are_ok_with_the_operators_thresholds(account: Account) -> None:
    cloudwatch = account.client("cloudwatch")
    alarms = cloudwatch.describe_alarms(AlarmNamePrefix="qumis-")["MetricAlarms"]
    assert {alarm["StateValue"] for alarm in alarms} == {"OK"}
    assert {alarm["AlarmName"]: alarm["Threshold"] for alarm in alarms} == {
        "qumis-api-sandbox-high-error-rate": 10.0,
        "qumis-api-sandbox-function-failures": 1.0,
        "qumis-api-sandbox-availability": 99.0,
        "qumis-api-sandbox-high-latency": 3000.0,
        "qumis-api-sandbox-throttles": 5.0,
        "qumis-api-sandbox-high-memory": 90.0,
        "qumis-rds-sandbox-high-cpu": 80.0,
        "qumis-rds-sandbox-connections": 80.0,
    }


def test_the_rest_of_the_account_is_healthy(account: Account) -> None:
    (database,) = account.client("rds").describe_db_instances()["DBInstances"]
    functions = account.client("lambda").list_functions()["Functions"]
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName="qumis-sandbox-ingest-dlq")["QueueUrl"]
    depth = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    assert database["DBInstanceIdentifier"] == "qumis-sandbox-db"
    assert database["DBInstanceStatus"] == "available"
    assert len(functions) == 3
    assert {function["State"] for function in functions} == {"Active"}
    assert depth["Attributes"]["ApproximateNumberOfMessages"] == "0"


def test_every_topic_has_a_confirmed_subscription(account: Account) -> None:
    sns = account.client("sns")
    topics = [topic["TopicArn"] for topic in sns.list_topics()["Topics"]]
    assert len(topics) == 4
    for arn in topics:
        (subscription,) = sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
        assert subscription["SubscriptionArn"].startswith("arn:aws:sns:")


@pytest.mark.parametrize("keep_failed", [True, False])
def test_a_rolled_back_service_is_steady_on_the_old_image(
    account: Account, keep_failed: bool
) -> None:
    before = account.service("api")["deployments"][0]["id"]
    incidents.roll_back("api", keep_failed=keep_failed)
    service = account.service("api")
    main = next(d for d in service["deployments"] if d["status"] == "PRIMARY")
    assert service["runningCount"] == service["desiredCount"] == 2
    assert (main["rolloutState"], main["id"] == before) == ("COMPLETED", False)
    assert account.image("api") != f"qumis/api:{VERSION}"
    assert len(service["deployments"]) == (2 if keep_failed else 1)
    assert any("rolling back" in event["message"] for event in service["events"])
    assert all(VERSION not in task["containers"][0]["image"] for task in account.tasks("api"))


def test_a_later_rollback_waits_for_the_first_look(account: Account) -> None:
    account.aws.roll_back_when_looked_at("api", seconds=0.2)
    assert account.image("api") == f"qumis/api:{VERSION}"
    time.sleep(0.25)
    assert account.image("api") != f"qumis/api:{VERSION}"


def test_a_stopped_task_names_its_reason_and_time(account: Account) -> None:
    incidents.stop_task("api", "OutOfMemoryError: killed", "EssentialContainerExited", 137)
    stopped = account.tasks("api", desiredStatus="STOPPED")
    (killed,) = [t for t in stopped if t["stoppedReason"].startswith("OutOfMemoryError")]
    deployed = account.service("api")["deployments"][0]["createdAt"]
    assert killed["stoppedAt"] > deployed
    assert killed["containers"][0]["exitCode"] == 137
    assert len(account.tasks("api")) == 2


def test_a_stopped_metric_keeps_its_old_datapoints(account: Account) -> None:
    account.aws.metrics.stop("Qumis/API", "ResponseTime", timedelta(minutes=10))
    now = datetime.now(UTC)
    answer = account.client("cloudwatch").get_metric_statistics(
        Namespace="Qumis/API",
        MetricName="ResponseTime",
        StartTime=now - timedelta(hours=1),
        EndTime=now,
        Period=60,
        Statistics=["Average"],
    )
    newest = max(point["Timestamp"] for point in answer["Datapoints"])
    assert timedelta(minutes=9) < now - newest < timedelta(minutes=12)
