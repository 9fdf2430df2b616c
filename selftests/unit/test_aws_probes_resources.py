"""The probes of stacks, secrets, certificates and target groups show what is there, and what is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from postdeploy.errors import ProbeError
from postdeploy.probes.aws.certificates import observe_certificate
from postdeploy.probes.aws.secrets import observe_secret
from postdeploy.probes.aws.stacks import StackState, observe_stack
from postdeploy.probes.aws.target_groups import observe_target_group
from selftests.unit.sample_aws import ACCOUNT, NOW, REGION, session, stubbed

ARN = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/3f2b8c1e-1111-4222-8333-444455556666"
GROUP_ARN = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/api-tg/50dc6c495c0c9188"
TEMPLATE = '{"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}'


@pytest.fixture
def aws() -> Iterator[Any]:
    with mock_aws():
        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
        yield lambda service: boto3.client(service, region_name=REGION, **keys)


def test_stack_tells_its_state_and_when_it_began(aws: Any) -> None:
    aws("cloudformation").create_stack(StackName="web", TemplateBody=TEMPLATE)
    seen = observe_stack(session(), "web")
    assert (seen.status, seen.found, seen.in_progress) == ("CREATE_COMPLETE", True, False)
    assert seen.began is not None


@pytest.mark.usefixtures("aws")
def test_missing_stack_is_an_observation() -> None:
    assert not observe_stack(session(), "none").found


def test_stack_counts_from_its_newest_operation() -> None:
    stack = {
        "StackName": "web",
        "StackStatus": "UPDATE_ROLLBACK_IN_PROGRESS",
        "StackStatusReason": "the service did not stabilize",
        "CreationTime": NOW - timedelta(days=90),
        "LastUpdatedTime": NOW - timedelta(minutes=42),
    }
    with stubbed("cloudformation") as (opened, stub):
        stub.add_response("describe_stacks", {"Stacks": [stack]}, {"StackName": "web"})
        seen = observe_stack(opened, "web")
    assert (seen.in_progress, seen.rolled_back, seen.minutes(NOW)) == (True, True, 42)
    assert seen.reason == "the service did not stabilize"
    assert StackState("web", "DELETE_COMPLETE").found is False
    assert StackState("web", "CREATE_COMPLETE").minutes(NOW) is None


def test_secret_tells_its_metadata_alone(aws: Any) -> None:
    aws("secretsmanager").create_secret(Name="web/config", SecretString="hush-hush")
    seen = observe_secret(session(), "web/config")
    assert (seen.found, seen.holds_value, seen.deletion) == (True, True, None)
    assert seen.changed is not None
    assert "hush-hush" not in repr(seen)


def test_secret_about_to_be_deleted_tells_when(aws: Any) -> None:
    manager = aws("secretsmanager")
    manager.create_secret(Name="web/config", SecretString="x")
    manager.delete_secret(SecretId="web/config", RecoveryWindowInDays=7)
    assert observe_secret(session(), "web/config").deletion is not None


def test_secret_without_a_version_holds_no_value() -> None:
    with stubbed("secretsmanager") as (opened, stub):
        answer = {
            "ARN": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:web",
            "Name": "web",
            "VersionIdsToStages": {"3f2b8c1e-1111-4222-8333-444455556666": ["AWSPREVIOUS"]},
        }
        stub.add_response("describe_secret", answer, {"SecretId": "web"})
        assert not observe_secret(opened, "web").holds_value


@pytest.mark.usefixtures("aws")
def test_missing_secret_is_an_observation() -> None:
    assert not observe_secret(session(), "none").found


def test_certificate_is_asked_for_where_its_arn_says() -> None:
    certificate = {
        "Status": "ISSUED",
        "DomainName": "app.demo.example",
        "NotAfter": NOW + timedelta(days=30),
    }
    with stubbed("acm", "us-east-1") as (opened, stub):
        stub.add_response("describe_certificate", {"Certificate": certificate})
        seen = observe_certificate(opened, ARN)
    assert (seen.status, seen.domain, seen.days_left(NOW)) == ("ISSUED", "app.demo.example", 30)


def test_certificate_that_was_never_issued_has_no_end() -> None:
    certificate = {"Status": "FAILED", "FailureReason": "CAA_ERROR"}
    with stubbed("acm") as (opened, stub):
        stub.add_response("describe_certificate", {"Certificate": certificate})
        seen = observe_certificate(opened, ARN, region=REGION)
    assert (seen.status, seen.reason, seen.days_left(NOW)) == ("FAILED", "CAA_ERROR", None)


@pytest.mark.usefixtures("aws")
def test_missing_certificate_is_an_observation() -> None:
    assert observe_certificate(session(), ARN).status == "MISSING"


def health(*states: str, reason: str = "") -> dict[str, Any]:
    told = {"Reason": reason, "Description": "Request timed out"} if reason else {}
    targets = [
        {"Target": {"Id": f"10.0.0.{n}", "Port": 80}, "TargetHealth": {"State": state} | told}
        for n, state in enumerate(states)
    ]
    return {"TargetHealthDescriptions": targets}


def test_target_group_counts_its_healthy_targets() -> None:
    groups = {"TargetGroups": [{"TargetGroupArn": GROUP_ARN}]}
    with stubbed("elbv2") as (opened, stub):
        stub.add_response("describe_target_groups", groups, {"Names": ["api-tg"]})
        stub.add_response("describe_target_health", health("healthy", "healthy", "draining"))
        seen = observe_target_group(opened, "api-tg")
    assert (seen.found, seen.healthy, len(seen.in_state("draining"))) == (True, 2, 1)


def test_unhealthy_target_says_why() -> None:
    groups = {"TargetGroups": [{"TargetGroupArn": GROUP_ARN}]}
    with stubbed("elbv2") as (opened, stub):
        stub.add_response("describe_target_groups", groups)
        stub.add_response("describe_target_health", health("unhealthy", reason="Target.Timeout"))
        (target,) = observe_target_group(opened, "api-tg").targets
    assert str(target) == "10.0.0.0:80 unhealthy (Target.Timeout, Request timed out)"


@pytest.mark.usefixtures("aws")
def test_missing_target_group_is_an_observation() -> None:
    assert not observe_target_group(session(), "none").found


def test_target_group_without_an_arn_is_no_answer() -> None:
    with stubbed("elbv2") as (opened, stub):
        stub.add_response("describe_target_groups", {"TargetGroups": [{}]})
        with pytest.raises(ProbeError, match="lacks TargetGroupArn"):
            observe_target_group(opened, "api-tg")
