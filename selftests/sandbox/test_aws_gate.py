"""The AWS stand-in refuses as AWS refuses, in the form that each service's protocol has."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from selftests.sandbox.aws_account import Account, code_of


@pytest.fixture
def account() -> Iterator[Account]:
    opened = Account()
    yield opened
    opened.aws.stop()


CALLS = [
    ("ecs", "list_clusters"),
    ("logs", "describe_log_groups"),
    ("cloudwatch", "describe_alarms"),
    ("sqs", "list_queues"),
    ("sns", "list_topics"),
    ("rds", "describe_db_instances"),
    ("lambda", "list_functions"),
    ("sts", "get_caller_identity"),
]
QUERY = {"cloudwatch", "sns", "rds", "sts"}


@pytest.mark.parametrize(("service", "operation"), CALLS)
def test_expired_credentials_are_refused_by_every_service(
    account: Account, service: str, operation: str
) -> None:
    account.aws.gate.expired = True
    with pytest.raises(ClientError) as error:
        getattr(account.client(service), operation)()
    assert code_of(error) == ("ExpiredToken" if service in QUERY else "ExpiredTokenException")


@pytest.mark.parametrize(("service", "operation"), CALLS)
def test_an_unknown_access_key_is_refused_by_every_service(
    account: Account, service: str, operation: str
) -> None:
    with pytest.raises(ClientError) as error:
        getattr(account.client(service, key="AKIAIOSFODNN7EXAMPLE"), operation)()
    expected = "InvalidClientTokenId" if service in QUERY else "UnrecognizedClientException"
    assert code_of(error) == expected


@pytest.mark.parametrize(("service", "operation"), CALLS)
def test_throttling_takes_each_services_own_form(
    account: Account, service: str, operation: str
) -> None:
    account.aws.gate.throttled_services = None
    with pytest.raises(ClientError) as error:
        getattr(account.client(service), operation)()
    special = {"lambda": "TooManyRequestsException", "sqs": "RequestThrottled"}
    usual = "Throttling" if service in QUERY else "ThrottlingException"
    assert code_of(error) == special.get(service, usual)


def test_denied_is_denied_for_the_named_service_only(account: Account) -> None:
    account.aws.gate.denied_services.add("logs")
    with pytest.raises(ClientError) as error:
        account.client("logs").describe_log_groups()
    assert code_of(error) == "AccessDeniedException"
    assert "logs:DescribeLogGroups" in str(error.value)
    assert account.client("ecs").list_clusters()["clusterArns"] != []


def test_the_caller_is_in_the_sandbox_account_unless_a_fault_says_so(account: Account) -> None:
    sts = account.client("sts")
    assert sts.get_caller_identity()["Account"] == "123456789012"
    account.aws.gate.account = "999999999999"
    assert sts.get_caller_identity()["Account"] == "999999999999"
    assert account.client("ecs").list_clusters()["clusterArns"] == []


def test_each_call_can_be_delayed(account: Account) -> None:
    ecs = account.client("ecs")
    account.aws.gate.delay = 0.15
    started = time.monotonic()
    ecs.list_clusters()
    assert time.monotonic() - started >= 0.15
