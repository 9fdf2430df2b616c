"""Every AWS probe tells a refusal, a dead connection and a foreign answer as something not observed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from botocore import xform_name

from postdeploy.errors import ProbeError
from postdeploy.probes.aws.access import observe_monitoring_access
from postdeploy.probes.aws.alarms import observe_alarms
from postdeploy.probes.aws.certificates import observe_certificate
from postdeploy.probes.aws.databases import observe_database, observe_database_use
from postdeploy.probes.aws.ecs import observe_clusters, observe_newest_revision, observe_service
from postdeploy.probes.aws.ecs_running import observe_running
from postdeploy.probes.aws.ecs_tasks import (
    observe_running_tasks,
    observe_stopped_tasks,
    observe_task_definition,
)
from postdeploy.probes.aws.error_rate import observe_error_rate
from postdeploy.probes.aws.identity import observe_identity
from postdeploy.probes.aws.lambdas import observe_function, observe_function_use
from postdeploy.probes.aws.logs import observe_errors, observe_log_group
from postdeploy.probes.aws.metrics import Query, observe_metrics
from postdeploy.probes.aws.queues import observe_queue, observe_queue_age
from postdeploy.probes.aws.secrets import observe_secret
from postdeploy.probes.aws.services import observe_service_use
from postdeploy.probes.aws.session import AwsSession
from postdeploy.probes.aws.stacks import observe_stack
from postdeploy.probes.aws.target_groups import observe_target_group
from postdeploy.probes.aws.topics import observe_topic
from selftests.unit.sample_aws import NOW, REGION, captive_portal, closed_port, session, stubbed

THEN = NOW - timedelta(minutes=5)
SECOND = timedelta(seconds=1)
CERTIFICATE = f"arn:aws:acm:{REGION}:123456789012:certificate/3f2b8c1e-1111-4222-8333-444455556666"
IAM = {"elbv2:DescribeTargetGroups": "elasticloadbalancing:DescribeTargetGroups"}
ANY = Query("AWS/ECS", "CPUUtilization", "Average", {})
Ask = Callable[[AwsSession], object]

PROBES: dict[str, tuple[str, Ask]] = {
    "service": ("ecs:DescribeServices", lambda s: observe_service(s, "c", "api")),
    "running": ("ecs:DescribeServices", lambda s: observe_running(s, "c", "api")),
    "clusters": ("ecs:DescribeClusters", lambda s: observe_clusters(s, ["c"])),
    "revision": ("ecs:ListTaskDefinitions", lambda s: observe_newest_revision(s, "api")),
    "definition": ("ecs:DescribeTaskDefinition", lambda s: observe_task_definition(s, "api:1")),
    "tasks": ("ecs:ListTasks", lambda s: observe_running_tasks(s, "c", "api")),
    "stopped": ("ecs:ListTasks", lambda s: observe_stopped_tasks(s, "c", "api", THEN)),
    "errors": (
        "logs:StartQuery",
        lambda s: observe_errors(s, "group", THEN, NOW, patterns=("ERROR",)),
    ),
    "newest": (
        "logs:FilterLogEvents",
        lambda s: observe_errors(s, "group", NOW - SECOND, NOW, patterns=("ERROR",)),
    ),
    "group": ("logs:DescribeLogGroups", lambda s: observe_log_group(s, "group")),
    "metrics": ("cloudwatch:GetMetricData", lambda s: observe_metrics(s, {"a": ANY}, THEN, NOW)),
    "rate": ("cloudwatch:GetMetricData", lambda s: observe_error_rate(s, ANY, ANY, THEN, NOW)),
    "use": ("cloudwatch:GetMetricData", lambda s: observe_service_use(s, "c", "api", THEN, NOW)),
    "alarms": ("cloudwatch:DescribeAlarms", lambda s: observe_alarms(s, ["a"])),
    "function": ("lambda:GetFunctionConfiguration", lambda s: observe_function(s, "f")),
    "calls": ("cloudwatch:GetMetricData", lambda s: observe_function_use(s, "f", THEN, NOW)),
    "queue": ("sqs:GetQueueUrl", lambda s: observe_queue(s, "q")),
    "age": ("cloudwatch:GetMetricData", lambda s: observe_queue_age(s, "q", THEN, NOW)),
    "database": ("rds:DescribeDBInstances", lambda s: observe_database(s, "db")),
    "load": ("cloudwatch:GetMetricData", lambda s: observe_database_use(s, "db", THEN, NOW)),
    "stack": ("cloudformation:DescribeStacks", lambda s: observe_stack(s, "st")),
    "secret": ("secretsmanager:DescribeSecret", lambda s: observe_secret(s, "x/config")),
    "certificate": ("acm:DescribeCertificate", lambda s: observe_certificate(s, CERTIFICATE)),
    "targets": ("elbv2:DescribeTargetGroups", lambda s: observe_target_group(s, "tg")),
    "topic": ("sns:GetTopicAttributes", lambda s: observe_topic(s, "t")),
}


@pytest.fixture(scope="module")
def portal() -> Iterator[str]:
    with captive_portal() as url:
        yield url


@pytest.mark.parametrize("name", PROBES)
def test_denied_probe_names_the_permission(name: str) -> None:
    action, probe = PROBES[name]
    service, operation = action.split(":")
    with stubbed(service) as (opened, stub):
        stub.add_client_error(xform_name(operation), "AccessDeniedException", "not authorized")
        with pytest.raises(ProbeError, match=f"Allow {IAM.get(action, action)} to") as caught:
            probe(opened)
    assert type(caught.value) is ProbeError


REFUSALS = {
    "ExpiredTokenException": "Export fresh AWS credentials",
    "UnrecognizedClientException": "Export fresh AWS credentials",
    "ThrottlingException": "less busy",
    "InternalFailure": r"Compare \[aws\]",
}


@pytest.mark.parametrize("name", PROBES)
def test_refused_probe_names_what_is_missing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postdeploy.probes.aws.session.ATTEMPTS", 1)
    action, probe = PROBES[name]
    service, operation = action.split(":")
    with stubbed(service) as (opened, stub):
        for code, said in REFUSALS.items():
            stub.add_client_error(xform_name(operation), code, "no")
            with pytest.raises(ProbeError, match=said) as caught:
                probe(opened)
            assert type(caught.value) is ProbeError


@pytest.mark.parametrize("name", PROBES)
def test_unreachable_probe_observed_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postdeploy.probes.aws.session.ATTEMPTS", 1)
    with pytest.raises(ProbeError, match="Could not connect"):
        PROBES[name][1](session(closed_port()))


@pytest.mark.parametrize("name", PROBES)
def test_foreign_answer_is_noticed(name: str, portal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AwsSession, "_require_account", lambda *_: None)
    action, probe = PROBES[name]
    with pytest.raises(ProbeError, match=f"{IAM.get(action, action)}.*proxy"):
        probe(session(portal))


def test_unreachable_identity_observed_nothing() -> None:
    with pytest.raises(ProbeError, match="sts:GetCallerIdentity"):
        observe_identity(session(closed_port()))


def test_monitoring_access_names_every_missing_permission() -> None:
    with stubbed("cloudwatch") as (opened, stub):
        for operation in ("describe_alarms", "get_metric_data"):
            stub.add_client_error(operation, "AccessDenied", "not authorized")
        opened.client("logs").describe_log_groups = lambda **_: {"logGroups": []}
        with pytest.raises(ProbeError) as caught:
            observe_monitoring_access(opened)
    assert "cloudwatch:DescribeAlarms" in caught.value.mend
    assert "cloudwatch:GetMetricData" in caught.value.mend
