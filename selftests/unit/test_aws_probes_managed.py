"""The probes of functions, queues, databases and topics show what is there, and what is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from postdeploy.errors import ProbeError
from postdeploy.probes.aws.databases import observe_database, observe_database_use
from postdeploy.probes.aws.identity import observe_identity
from postdeploy.probes.aws.lambdas import FunctionUse, observe_function, observe_function_use
from postdeploy.probes.aws.queues import observe_queue, observe_queue_age
from postdeploy.probes.aws.topics import observe_topic
from selftests.unit.sample_aws import ACCOUNT, NOW, REGION, session, stubbed

THEN = NOW - timedelta(minutes=10)


@pytest.fixture
def aws() -> Iterator[Any]:
    with mock_aws():
        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
        yield lambda service: boto3.client(service, region_name=REGION, **keys)


def series(*all_values: tuple[float, ...]) -> dict[str, Any]:
    results = [
        {
            "Id": f"q{number}",
            "Timestamps": [THEN + timedelta(minutes=n) for n in range(len(values))],
            "Values": list(values),
            "StatusCode": "Complete",
        }
        for number, values in enumerate(all_values)
    ]
    return {"MetricDataResults": results}


@pytest.mark.usefixtures("aws")
def test_identity_is_account_and_caller() -> None:
    seen = observe_identity(session())
    assert (seen.account, seen.region) == (ACCOUNT, REGION)
    assert ACCOUNT in seen.arn


def test_function_tells_state_and_last_update_but_no_variables() -> None:
    answer = {
        "FunctionName": "llm",
        "State": "Failed",
        "StateReason": "the image is gone",
        "LastUpdateStatus": "Successful",
        "Environment": {"Variables": {"KEY": "hush-hush"}},
    }
    with stubbed("lambda") as (opened, stub):
        stub.add_response("get_function_configuration", answer)
        seen = observe_function(opened, "llm")
    assert (seen.state, seen.reason, seen.update) == ("Failed", "the image is gone", "Successful")
    assert "hush-hush" not in repr(seen)
    assert seen.modified is None


def test_function_tells_when_it_was_changed() -> None:
    told = {"FunctionName": "llm", "State": "Active"}
    with stubbed("lambda") as (opened, stub):
        changed = {**told, "LastModified": "2026-11-21T12:15:00.000+0100"}
        stub.add_response("get_function_configuration", changed)
        at = observe_function(opened, "llm").modified
    assert at == datetime(2026, 11, 21, 11, 15, tzinfo=UTC)


@pytest.mark.usefixtures("aws")
def test_missing_function_is_an_observation() -> None:
    assert observe_function(session(), "none").state == "MISSING"


def test_function_without_a_state_is_no_answer() -> None:
    with stubbed("lambda") as (opened, stub):
        stub.add_response("get_function_configuration", {"FunctionName": "llm"})
        with pytest.raises(ProbeError, match="lacks State"):
            observe_function(opened, "llm")


def test_function_use_sums_counts_and_takes_the_slowest_minute_and_the_most_throttled_five() -> (
    None
):
    with stubbed("cloudwatch") as (opened, stub):
        counts = (
            (10.0, 30.0),
            (1.0,),
            (2.0, 3.0),
            (200.0, 900.0),
            (1_000.0, 15_000.0),
            (10.0, 30.0),
        )
        stub.add_response("get_metric_data", series(*counts))
        use = observe_function_use(opened, "api", THEN, NOW)
    assert use == FunctionUse(
        invocations=40, errors=1, throttles=3, p95_seconds=0.9, average_seconds=0.4
    )
    assert use.error_percent == 2.5


@pytest.mark.parametrize(("busy_calls", "p95"), [(18.0, 9.0), (19.0, 0.2), (200.0, 0.2)])
def test_slow_call_alone_in_its_minute_is_no_p95_of_a_window_with_twenty(
    busy_calls: float, p95: float
) -> None:
    with stubbed("cloudwatch") as (opened, stub):
        calls = (1.0, busy_calls)
        counts = (calls, (), (), (9_000.0, 200.0), (9_000.0, 200.0 * busy_calls), calls)
        stub.add_response("get_metric_data", series(*counts))
        assert observe_function_use(opened, "api", THEN, NOW).p95_seconds == p95


def test_function_that_was_not_invoked_has_no_duration() -> None:
    with stubbed("cloudwatch") as (opened, stub):
        stub.add_response("get_metric_data", series((), (), (), (), (), ()))
        use = observe_function_use(opened, "api", THEN, NOW)
    assert (use.p95_seconds, use.average_seconds, use.error_percent) == (None, None, 0)


def test_queue_counts_every_message(aws: Any) -> None:
    sqs = aws("sqs")
    url = sqs.create_queue(QueueName="ingest")["QueueUrl"]
    for _ in range(3):
        sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.receive_message(QueueUrl=url)
    seen = observe_queue(session(), "ingest")
    assert (seen.found, seen.waiting, seen.in_flight, seen.depth) == (True, 2, 1, 3)
    assert seen.dead_letters == ""


def test_queue_tells_where_its_dead_letters_go(aws: Any) -> None:
    sqs = aws("sqs")
    sqs.create_queue(QueueName="lost")
    policy = {
        "deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:lost",
        "maxReceiveCount": "3",
    }
    sqs.create_queue(QueueName="ingest", Attributes={"RedrivePolicy": json.dumps(policy)})
    assert observe_queue(session(), "ingest").dead_letters == "lost"


@pytest.mark.usefixtures("aws")
def test_missing_queue_is_an_observation() -> None:
    assert not observe_queue(session(), "none").found


def test_queue_without_counts_is_no_answer() -> None:
    with stubbed("sqs") as (opened, stub):
        stub.add_response("get_queue_url", {"QueueUrl": "http://127.0.0.1/q"})
        stub.add_response("get_queue_attributes", {"Attributes": {}})
        with pytest.raises(ProbeError, match="lacks ApproximateNumberOfMessages"):
            observe_queue(opened, "q")


def test_age_of_a_queue_is_the_newest_datapoint_or_untold() -> None:
    with stubbed("cloudwatch") as (opened, stub):
        stub.add_response("get_metric_data", series((900.0, 20.0)))
        stub.add_response("get_metric_data", series(()))
        assert observe_queue_age(opened, "ingest", THEN, NOW) == 20
        assert observe_queue_age(opened, "ingest", THEN, NOW) is None


def test_database_tells_its_status(aws: Any) -> None:
    aws("rds").create_db_instance(
        DBInstanceIdentifier="main", DBInstanceClass="db.t4g.medium", Engine="postgres"
    )
    assert observe_database(session(), "main").status == "available"
    assert observe_database(session(), "none").status == "MISSING"


def test_database_use_is_cpu_and_connections() -> None:
    with stubbed("cloudwatch") as (opened, stub):
        stub.add_response("get_metric_data", series((50.0, 20.0), (7.0,)))
        use = observe_database_use(opened, "main", THEN, NOW)
    assert use.cpu.newest is not None
    assert use.cpu.newest.value == 20
    assert use.connections.total == 7


def test_topic_without_subscriptions_tells_nobody(aws: Any) -> None:
    aws("sns").create_topic(Name="alerts")
    seen = observe_topic(session(), "alerts")
    assert (seen.found, seen.confirmed) == (True, 0)


def test_topic_counts_its_subscriptions() -> None:
    counts = {"SubscriptionsConfirmed": "2", "SubscriptionsPending": "1"}
    expected = {"TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"}
    with stubbed("sns") as (opened, stub):
        stub.add_response("get_topic_attributes", {"Attributes": counts}, expected)
        seen = observe_topic(opened, "alerts")
    assert (seen.found, seen.confirmed, seen.pending) == (True, 2, 1)


@pytest.mark.usefixtures("aws")
def test_missing_topic_is_an_observation() -> None:
    assert not observe_topic(session(), "none").found
