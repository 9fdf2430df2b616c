"""Each fault of AWS shows in one place from outside, and nowhere else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.faults.base import find_fault, known_faults
from sandbox.systems.qumis import ALARMS
from selftests.sandbox.aws_account import CLUSTER, Account

SHOWS_IN = {
    "aws.api-being-scaled": {"service api"},
    "aws.api-cpu-high": {"AWS/ECS CPUUtilization"},
    "aws.api-desired-zero": {"service api"},
    "aws.api-memory-high": {"AWS/ECS MemoryUtilization"},
    "aws.error-counter-stopped": {"Qumis/API ErrorCount"},
    "aws.memory-metric-stopped-midway": {"AWS/ECS MemoryUtilization"},
    "aws.api-rolled-back": {"service api", "image api"},
    "aws.api-rolled-back-during-run": {"service api", "image api"},
    "aws.api-rolled-back-unlisted": {"service api", "image api"},
    "aws.api-rollout-in-progress": {"service api"},
    "aws.api-scaling-stuck": {"service api"},
    "aws.api-short-of-tasks": {"service api"},
    "aws.api-task-cannot-start": {"stopped api"},
    "aws.api-task-of-another-build": {"builds api"},
    "aws.api-task-on-old-configuration": {"left over api"},
    "aws.api-task-on-old-image": {"image api", "builds api", "left over api"},
    "aws.api-task-out-of-memory": {"stopped api"},
    "aws.cpu-metric-stopped": {"AWS/ECS CPUUtilization"},
    "aws.error-rate-high": {"Qumis/API ErrorCount"},
    "aws.errors-since-deployment": {"Qumis/API ErrorCount", "grown"},
    "aws.errors-until-the-deployment": {"Qumis/API ErrorCount"},
    "aws.half-fails-since-deployment": {"Qumis/API ErrorCount", "grown"},
    "aws.much-slower-since-deployment": {"grown"},
    "aws.slower-since-deployment": {"grown"},
    "aws.lambda-errors": {"AWS/Lambda Errors"},
    "aws.lambda-failed": {"functions"},
    "aws.lambda-inactive": {"functions"},
    "aws.lambda-not-invoked": {
        "AWS/Lambda Invocations",
        "AWS/Lambda Errors",
        "AWS/Lambda Throttles",
        "AWS/Lambda Duration",
    },
    "aws.lambda-slow": {"AWS/Lambda Duration"},
    "aws.lambda-throttled": {"AWS/Lambda Throttles"},
    "aws.lambda-update-failed": {"updates"},
    "aws.log-api-critical": {"log api"},
    "aws.log-api-empty": {"log api"},
    "aws.log-api-error-before-the-deployment": {"log api"},
    "aws.log-api-error-before-sidekiq-was-redeployed": {"log api"},
    "aws.log-api-error-dated-ahead": {"log api"},
    "aws.log-api-error-in-json": {"log api"},
    "aws.log-api-errors": {"log api"},
    "aws.log-api-severity-in-json": {"log api"},
    "aws.log-api-trace-without-level": {"log api"},
    "aws.log-llm-errors": {"log llm"},
    "aws.log-llm-key-refused": {"log llm"},
    "aws.log-llm-provider-fails": {"log llm"},
    "aws.log-llm-provider-unavailable": {"log llm"},
    "aws.log-llm-quota-exceeded": {"log llm"},
    "aws.log-llm-rate-limit": {"log llm"},
    "aws.log-llm-stopped": set(),  # until something happens that should be in it
    "aws.log-llm-strange-words": {"log llm"},
    "aws.log-sidekiq-error-before-the-run": {"log sidekiq"},
    "aws.log-sidekiq-errors": {"log sidekiq"},
    "aws.log-sidekiq-missing": {"log sidekiq"},
    "aws.log-sidekiq-plain-trace": {"log sidekiq"},
    "aws.log-sidekiq-trace-as-warning": {"log sidekiq"},
    "aws.log-web-error-of-its-proxy": {"log web"},
    "aws.log-web-errors": {"log web"},
    "aws.log-web-trace-without-level": {"log web"},
    "aws.metric-missing": {"Qumis/Business ActiveUsers"},
    "aws.metric-stopped": {"Qumis/API ResponseTime"},
    "aws.queue-dead-letters": {"queues", "AWS/SQS ApproximateNumberOfMessagesVisible"},
    "aws.queue-deep": {"queues", "AWS/SQS ApproximateNumberOfMessagesVisible"},
    "aws.queue-old-message": {
        "queues",
        "AWS/SQS ApproximateNumberOfMessagesVisible",
        "AWS/SQS ApproximateAgeOfOldestMessage",
    },
    "aws.rds-connections-high": {"AWS/RDS DatabaseConnections"},
    "aws.rds-cpu-high": {"AWS/RDS CPUUtilization"},
    "aws.rds-unavailable": {"database"},
    "aws.sidekiq-cpu-high": {"AWS/ECS CPUUtilization"},
    "aws.sidekiq-inactive": {"service sidekiq"},
    "aws.sidekiq-missing": {
        f"{what} sidekiq" for what in ("service", "image", "builds", "left over", "ill", "stopped")
    },
    "aws.sidekiq-rolled-back-during-run": {"service sidekiq", "image sidekiq"},
    "aws.sidekiq-rollout-failed": {"service sidekiq"},
    "aws.sidekiq-task-ill": {"ill sidekiq"},
    "aws.sidekiq-task-crashed": {"stopped sidekiq"},
    "aws.sidekiq-task-out-of-memory": {"stopped sidekiq"},
    "aws.sidekiq-wrong-image": {"image sidekiq"},
    "aws.web-loses-a-task-during-run": {"service web"},
    "aws.web-memory-spike": {"AWS/ECS MemoryUtilization"},
    "aws.web-memory-spike-at-the-deployment": {"AWS/ECS MemoryUtilization"},
    "aws.web-revision-registered-ahead": set(),  # nothing of it runs
    "aws.web-rolled-back": {"service web", "image web"},
    "aws.web-short-of-tasks": {"service web"},
    "aws.web-task-crashed": {"stopped web"},
    "aws.web-task-on-old-configuration": {"left over web"},
    "aws.web-task-on-old-image": {"image web", "builds web", "left over web"},
    "aws.web-task-unhealthy": {"stopped web"},
    "aws.web-wrong-image": {"image web"},
}
for _alarm in ALARMS:
    _short = _alarm.name.replace("-sandbox", "").removeprefix("qumis-")
    for _how in ("ringing", "without-data", "missing"):
        SHOWS_IN[f"aws.alarm-{_how}.{_short}"] = {"alarms"}
GROUPS = {name: f"ecs/blue/sandbox/{name}" for name in ("api", "web", "sidekiq")} | {
    "llm": "/aws/lambda/qumis-llm-sandbox"
}
BENIGN = "Scaling activity initiated by"


@pytest.fixture
def account() -> Iterator[Account]:
    opened = Account()
    yield opened
    opened.aws.stop()


def view(account: Account) -> dict[str, Any]:
    """What an operator would see, coarse enough to be the same a second later."""
    seen: dict[str, Any] = {"alarms": alarms(account), "queues": queues(account)}
    for name in ("api", "web", "sidekiq"):
        seen |= service(account, name)
    for name, group in GROUPS.items():
        seen[f"log {name}"] = log(account, group)
    functions = account.client("lambda").list_functions()["Functions"]
    seen["functions"] = {f["FunctionName"]: f["State"] for f in functions}
    seen["updates"] = {f["FunctionName"]: f["LastUpdateStatus"] for f in functions}
    (database,) = account.client("rds").describe_db_instances()["DBInstances"]
    seen["database"] = database["DBInstanceStatus"]
    return seen | levels(account)


def alarms(account: Account) -> dict[str, str]:
    found = account.client("cloudwatch").describe_alarms()["MetricAlarms"]
    return {alarm["AlarmName"]: alarm["StateValue"] for alarm in found}


def queues(account: Account) -> list[str]:
    sqs = account.client("sqs")
    name = "ApproximateNumberOfMessages"
    return [
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name]
        for url in sorted(sqs.list_queues()["QueueUrls"])
    ]


def service(account: Account, name: str) -> dict[str, Any]:
    ecs = account.client("ecs")
    found = ecs.describe_services(cluster=CLUSTER, services=[name])
    if not found["services"]:
        return {f"service {name}": "missing"}
    (it,) = found["services"]
    main = next(d for d in it["deployments"] if d["status"] == "PRIMARY")
    counts = (it["desiredCount"], it["runningCount"], it["pendingCount"])
    running = account.tasks(name)
    stopped = {t["stoppedReason"] for t in account.tasks(name, desiredStatus="STOPPED")}
    return {
        f"service {name}": (it["status"], counts, main["rolloutState"], is_rolled_back(it)),
        f"image {name}": {account.image(name)} | {box["image"] for box in boxes(running)},
        f"builds {name}": len({box["imageDigest"] for box in boxes(running)}) > 1,
        f"left over {name}": sum(
            one["taskDefinitionArn"] != main["taskDefinition"] for one in running
        ),
        f"ill {name}": [
            task["healthStatus"] for task in running if task["healthStatus"] != "HEALTHY"
        ],
        f"stopped {name}": {reason for reason in stopped if not reason.startswith(BENIGN)},
    }


def is_rolled_back(it: dict[str, Any]) -> bool:
    return any("rolling back" in event["message"] for event in it["events"])


def boxes(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [task["containers"][0] for task in tasks]


def log(account: Account, group: str) -> tuple[int, int] | str:
    try:
        return len(account.matching("", group)), len(account.matching("ERROR", group))
    except ClientError as error:
        return str(error.response["Error"]["Code"])


def levels(account: Account) -> dict[str, Any]:
    """For each metric and its dimensions, the highest of the last half hour, by magnitude."""
    cloudwatch = account.client("cloudwatch")
    now = datetime.now(UTC)
    metrics = cloudwatch.list_metrics()["Metrics"]
    stats = [{"Metric": metric, "Period": 60, "Stat": "Average"} for metric in metrics]
    answer = cloudwatch.get_metric_data(
        StartTime=now - timedelta(minutes=30),
        EndTime=now,
        MetricDataQueries=[{"Id": f"m{n}", "MetricStat": stat} for n, stat in enumerate(stats)],
    )
    seen: dict[str, Any] = {"grown": []}
    for metric, found in zip(metrics, answer["MetricDataResults"], strict=True):
        name = f"{metric['Namespace']} {metric['MetricName']}"
        seen.setdefault(name, {})[str(metric["Dimensions"])] = magnitude(found["Values"])
        by_age = [
            value for _, value in sorted(zip(found["Timestamps"], found["Values"], strict=True))
        ]
        if has_grown(by_age):
            seen["grown"].append(name)
    return seen


def has_grown(values: list[float]) -> bool:
    """Whether the last five minutes are half as high again as those before."""
    new, old = values[-5:], values[:-7]
    return bool(new and old) and sum(new) / len(new) > 1.5 * sum(old) / len(old) + 0.05


def magnitude(values: list[float]) -> int | None:
    """How many digits the highest has, 0 for nothing; the factor keeps wobbles from showing."""
    if not values:
        return None
    top = max(values)
    return len(f"{top * 1.6:.0f}") if top >= 0.05 else 0


@pytest.fixture(scope="module")
def healthy() -> dict[str, Any]:
    opened = Account()
    seen = view(opened)
    opened.aws.stop()
    return seen


def test_every_fault_of_aws_is_expected_somewhere() -> None:
    known = {fault.id for fault in known_faults() if fault.id.startswith("aws.")}
    assert known == set(SHOWS_IN)


@pytest.mark.parametrize("fault_id", sorted(SHOWS_IN))
def test_a_fault_shows_where_it_is_expected(
    healthy: dict[str, Any], account: Account, fault_id: str
) -> None:
    find_fault(fault_id)().apply(world_of(account))
    if fault_id.endswith("during-run"):
        account.service(fault_id.removeprefix("aws.").split("-")[0])
        time.sleep(3.1)
    seen = view(account)
    names = healthy.keys() | seen.keys()
    changed = {name for name in names if healthy.get(name) != seen.get(name)}
    assert changed == SHOWS_IN[fault_id]


def world_of(account: Account) -> Any:
    return SimpleNamespace(aws=account.aws)
