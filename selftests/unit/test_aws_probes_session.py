"""The AWS session reads only, in the declared account only, and names what is missing."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    NoCredentialsError,
    ParamValidationError,
    ProfileNotFound,
    ReadTimeoutError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
    UnknownRegionError,
)
from moto import mock_aws

from postdeploy.errors import ProbeError
from postdeploy.policy import Refused
from postdeploy.probes.aws.allowed import ALLOWED, NotAllowed
from postdeploy.probes.aws.session import open_session
from postdeploy.probes.aws.translation import Absent, Caller, translate
from postdeploy.target import Aws
from selftests.unit.sample_aws import (
    ACCOUNT,
    REGION,
    captive_portal,
    closed_port,
    session,
    silence,
    stubbed,
)

CALLER = Caller("qumis_prod", REGION)


def refusal(code: str, status: int = 400) -> ClientError:
    answer = {
        "Error": {"Code": code, "Message": "no"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, "DescribeServices")


@pytest.mark.parametrize(
    "call",
    [
        ("secretsmanager", "GetSecretValue", {"SecretId": "x"}),
        ("sts", "GetFederationToken", {"Name": "x"}),
        ("ecs", "UpdateService", {"service": "x"}),
        ("sqs", "ReceiveMessage", {"QueueUrl": "http://127.0.0.1/x"}),
    ],
)
@mock_aws
def test_operation_off_the_list_is_stopped(call: tuple[str, str, dict[str, str]]) -> None:
    service, operation, parameters = call
    with pytest.raises(NotAllowed, match=f"{service}:{operation}"):
        session().ask(service, operation, needs=(), **parameters)


def test_not_allowed_is_no_answer_of_aws() -> None:
    assert not issubclass(NotAllowed, ClientError)
    assert issubclass(NotAllowed, Refused)


@mock_aws
def test_guard_holds_for_clients_taken_directly() -> None:
    with pytest.raises(NotAllowed):
        session().client("ecs").delete_cluster(cluster="x")


@mock_aws
def test_one_client_per_service_and_region() -> None:
    opened = session()
    assert opened.client("ecs") is opened.client("ecs", REGION)
    assert opened.client("ecs", "us-east-1") is not opened.client("ecs")


@mock_aws
def test_every_listed_operation_exists() -> None:
    botocore_session = boto3.Session(region_name=REGION)
    for service, operations in ALLOWED.items():
        known = set(botocore_session.client(service).meta.service_model.operation_names)
        assert operations <= known


@mock_aws
def test_other_account_stops_every_question() -> None:
    aws = Aws(account="210987654321", region=REGION, profile="qumis_prod")
    opened = open_session(aws, access_key="test", secret_key="test", user_agent="x")
    with pytest.raises(ProbeError, match="are for account 123456789012") as caught:
        opened.ask("ecs", "ListTasks", needs=(), cluster="x")
    assert "aws sso login --profile qumis_prod" in caught.value.mend


def test_account_is_asked_for_once() -> None:
    with stubbed("ecs") as (opened, stub):  # a second STS call would find its stub empty
        for _ in range(2):
            stub.add_response("list_tasks", {"taskArns": []})
            opened.ask("ecs", "ListTasks", needs=("taskArns",))


@mock_aws
def test_absent_resource_is_told_apart_from_trouble() -> None:
    with pytest.raises(Absent, match="ecs:ListTasks: ClusterNotFoundException"):
        session().ask("ecs", "ListTasks", needs=(), cluster="nowhere")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (refusal("AccessDeniedException"), "Allow ecs:DescribeServices to profile qumis_prod"),
        (refusal("ExpiredToken"), "aws sso login --profile qumis_prod"),
        (refusal("UnrecognizedClientException"), "aws sso login --profile qumis_prod"),
        (refusal("InvalidClientTokenId"), "aws sso login --profile qumis_prod"),
        (refusal("ThrottlingException"), "Three attempts"),
        (refusal("InternalFailure", 500), "AWS itself is in trouble"),
        (refusal("InvalidParameterException"), r"Compare \[aws\]"),
        (NoCredentialsError(), "aws sso login --profile qumis_prod"),
        (UnauthorizedSSOTokenError(), "aws sso login --profile qumis_prod"),
        (TokenRetrievalError(provider="sso", error_msg="expired"), "aws sso login"),
        (ProfileNotFound(profile="x"), "AWS_PROFILE"),
        (UnknownRegionError(region_name="us-nowhere-1", error_msg="unknown"), "region 'us-east-2'"),
        (ConnectTimeoutError(endpoint_url="http://127.0.0.1"), "network"),
        (ReadTimeoutError(endpoint_url="http://127.0.0.1"), "network"),
        (ParamValidationError(report="bad"), r"Compare \[aws\]"),
    ],
)
def test_each_trouble_says_what_to_mend(error: Exception, said: str) -> None:
    trouble = translate(error, "ecs:DescribeServices", CALLER)
    assert trouble.what.startswith("ecs:DescribeServices: ")
    with pytest.raises(ProbeError, match=said):
        raise trouble


@pytest.mark.parametrize(
    "code",
    [
        "ClusterNotFoundException",
        "DBInstanceNotFound",
        "NotFound",
        "QueueDoesNotExist",
        "ResourceNotFoundException",
        "TargetGroupNotFound",
    ],
)
def test_not_found_codes_are_absent(code: str) -> None:
    assert isinstance(translate(refusal(code), "x:Y", CALLER), Absent)


def test_stack_that_does_not_exist_is_absent_and_other_validation_errors_are_not() -> None:
    def answered(action: str, message: str) -> ProbeError:
        error = {"Error": {"Code": "ValidationError", "Message": message}}
        return translate(ClientError(error, "X"), action, CALLER)

    absent = "Stack with id web does not exist"
    assert isinstance(answered("cloudformation:DescribeStacks", absent), Absent)
    assert not isinstance(answered("cloudformation:DescribeStacks", "1 error detected"), Absent)
    assert not isinstance(answered("cloudwatch:DescribeAlarms", absent), Absent)


def test_missing_credentials_ask_for_a_login(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    opened = open_session(Aws(account=ACCOUNT, region=REGION), user_agent="x")
    with pytest.raises(ProbeError, match="Export fresh AWS credentials"):
        opened.ask("ecs", "ListTasks", needs=(), cluster="x")


def test_region_that_does_not_exist_is_named() -> None:
    aws = Aws(account=ACCOUNT, region="no such region")
    opened = open_session(aws, access_key="test", secret_key="test", user_agent="x")
    with pytest.raises(ProbeError, match="region 'no such region'"):
        opened.ask("ecs", "ListTasks", needs=(), cluster="x")


def test_time_out_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postdeploy.probes.aws.session.ATTEMPTS", 1)
    monkeypatch.setattr("postdeploy.probes.aws.session.READ_SECONDS", 0.2)
    with silence() as url, pytest.raises(ProbeError, match=r"timeout.*runner's network"):
        session(url).ask("sts", "GetCallerIdentity", needs=("Account",))


def test_unreachable_aws_is_no_failure_of_the_product() -> None:
    with pytest.raises(ProbeError, match="Could not connect") as caught:
        session(closed_port()).ask("sts", "GetCallerIdentity", needs=("Account",))
    assert type(caught.value) is ProbeError


def test_page_of_a_proxy_is_no_answer() -> None:
    with captive_portal() as url, pytest.raises(ProbeError, match="proxy"):
        session(url).ask("sts", "GetCallerIdentity", needs=("Account",))


def test_keys_in_the_environment_win_over_the_declared_profile(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile qumis_x]\naws_access_key_id = fromprofile\naws_secret_access_key = x\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    aws = Aws(account=ACCOUNT, region=REGION, profile="qumis_x")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    assert access_key(aws) == "fromprofile"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "fromenvironment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    assert access_key(aws) == "fromenvironment"


def access_key(aws: Aws) -> str:
    client = open_session(aws, user_agent="x").client("sts")
    return str(client._request_signer._credentials.access_key)


def test_retries_and_time_outs_are_bounded() -> None:
    config = session().client("sts").meta.config
    assert config.retries == {"mode": "standard", "total_max_attempts": 3}
    assert (config.connect_timeout, config.read_timeout) == (5, 15)
    assert "selftest/1" in config.user_agent_extra


@pytest.mark.parametrize("error", [KeyError("PYTEST_CURRENT_TEST"), RuntimeError("changed size")])
def test_what_a_client_found_gone_is_looked_for_again(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    left = [error, error]
    make = boto3.Session.client

    def once_more(self: boto3.Session, *arguments: object, **named: object) -> object:
        if left:
            raise left.pop()
        return make(self, *arguments, **named)

    monkeypatch.setattr(boto3.Session, "client", once_more)
    assert session().client("sqs")
    assert left == []
