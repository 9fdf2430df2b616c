"""Towards AWS: a server that stands in for all of it hears nothing of an operation that is not on the list."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from postdeploy.policy import Permit
from postdeploy.policy.permit import CURRENT
from postdeploy.probes.aws.allowed import ALLOWED, CREDENTIALS, SETTINGS, Gate, NotAllowed
from postdeploy.probes.aws.session import AwsSession, open_session
from postdeploy.settings import load_settings
from postdeploy.target import Aws, Environment, Target
from selftests.patient_server import PatientServer
from selftests.unit.small_runs import make_run

REGION = "us-east-2"
_ROLE = b"""<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>
<AccessKeyId>AKIA</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>"""


class StandIn(PatientServer):
    """Every service of AWS, which answers everything with `body`."""

    body = b"{}"

    def __init__(self) -> None:
        self.heard: list[str] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: StandIn

    def do_POST(self) -> None:
        """Write down which operation it is, in whichever way it is named."""
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.heard.append(self.headers.get("X-Amz-Target") or text)
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def standing() -> Iterator[StandIn]:
    with StandIn() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def opened(server: StandIn) -> AwsSession:
    aws = Aws(account="123456789012", region=REGION, endpoint_url=server.url)
    return open_session(aws, access_key="test", secret_key="test", user_agent="x")


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("ecs", "update_service", {"service": "x"}),
        ("ecs", "stop_task", {"task": "x"}),
        ("secretsmanager", "get_secret_value", {"SecretId": "x"}),
        ("sts", "get_session_token", {}),
        ("sts", "get_federation_token", {"Name": "x"}),
        ("sts", "assume_role", {"RoleArn": "arn:aws:iam::1:role/x" * 2, "RoleSessionName": "xx"}),
        ("sqs", "send_message", {"QueueUrl": "http://127.0.0.1/x", "MessageBody": "x"}),
        ("logs", "delete_log_group", {"logGroupName": "x"}),
        ("dynamodb", "list_tables", {}),
    ],
)
def test_an_operation_off_the_list_never_leaves(
    standing: StandIn, service: str, operation: str, parameters: dict[str, str]
) -> None:
    client = opened(standing).client(service)
    with pytest.raises(NotAllowed, match="was not called"):
        getattr(client, operation)(**parameters)
    assert standing.heard == []


def test_a_client_made_behind_our_back_is_gated_as_well(standing: StandIn) -> None:
    session = opened(standing)
    session.client("sts")
    assert session._session is not None
    other = session._session.client("ecs", endpoint_url=standing.url)
    with pytest.raises(NotAllowed, match="ecs:DeleteCluster"):
        other.delete_cluster(cluster="x")
    assert standing.heard == []


def test_one_on_the_list_arrives(standing: StandIn) -> None:
    opened(standing).client("ecs").list_tasks(cluster="x")
    assert [target.rpartition(".")[2] for target in standing.heard] == ["ListTasks"]


def test_the_request_itself_is_judged_where_the_call_was_not(standing: StandIn) -> None:
    """Whoever takes the first gate away, or makes a request behind it, still meets the second."""
    session = boto3.Session("test", "test", region_name=REGION)
    gate = Gate(ALLOWED, endpoint=standing.url)
    gate.stand_before(session.events)
    client = session.client("ecs", endpoint_url=standing.url)
    client.meta.events.unregister("provide-client-params.*.*", gate._called)
    with pytest.raises(NotAllowed, match="ecs:DeleteCluster"):
        client.delete_cluster(cluster="x")
    assert standing.heard == []


def test_aws_is_asked_at_its_own_address_alone(standing: StandIn) -> None:
    session = boto3.Session("test", "test", region_name=REGION)
    Gate(ALLOWED).stand_before(session.events)
    client = session.client("ecs", endpoint_url=standing.url)
    with pytest.raises(NotAllowed, match="ecs:ListTasks at 127"):
        client.list_tasks(cluster="x")
    assert standing.heard == []


def test_names_on_the_wire_are_botocores() -> None:
    """Every operation of every table gets past both gates: none is spelled in a way that nobody sends."""
    session = boto3.Session("test", "test", region_name=REGION)
    for table in (ALLOWED, CREDENTIALS, SETTINGS):
        gate = Gate(table)
        known = {
            (session.client(service).meta.service_model.service_id.hyphenize(), operation)
            for service, operations in table.items()
            for operation in operations
        }
        assert known == gate._on_the_wire


def test_a_profile_with_a_role_still_finds_its_credentials(
    standing: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What botocore asks for credentials passes; the same operation of a probe does not."""
    token = tmp_path / "token"
    token.write_text("web identity")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/reader")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", standing.url)
    standing.body = _ROLE
    aws = Aws(account="123456789012", region=REGION, endpoint_url=standing.url)
    session = open_session(aws, user_agent="x")
    with contextlib.suppress(Exception):  # what it answers to the question itself is of no interest
        session.client("ecs").list_tasks(cluster="x")
    assert "AssumeRoleWithWebIdentity" in standing.heard[0]
    assert standing.heard[1].endswith("ListTasks")


def test_a_refusal_in_a_probe_is_kept_for_the_check(standing: StandIn, tmp_path: Path) -> None:
    environment = Environment(
        aws=Aws(account="123456789012", region=REGION, endpoint_url=standing.url),
        secrets=(),
    )

    def careless(session: AwsSession) -> str:
        with contextlib.suppress(Exception):
            session.client("ecs").delete_cluster(cluster="x")
        return "seen"

    async def scene() -> list[str]:
        run = make_run(tmp_path, environment)
        flow = run.flow((), "check", lambda _: None)
        assert await flow.observe(careless) == "seen"
        await flow.close()
        await run.close()
        return [refused.what for refused in flow.permit.refusals]

    (told,) = asyncio.run(scene())
    assert told.startswith("ecs:DeleteCluster was not called")
    assert CURRENT.get() is None
    assert standing.heard == []
    assert Permit().refusals == []


@pytest.fixture
def fresh_boto3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")


@pytest.mark.usefixtures("fresh_boto3")
def test_settings_read_the_one_secret_and_nothing_else(standing: StandIn, tmp_path: Path) -> None:
    standing.body = b'{"SecretString": "{\\"DEMO_PROD_TOKEN\\": \\"t-1\\"}"}'
    environment = Environment(
        aws=Aws(account="123456789012", region=REGION, endpoint_url=standing.url),
        secrets=("TOKEN",),
    )
    target = Target(
        system="demo", title="Demo", name="prod", file="demo.toml", environment=environment
    )
    assert load_settings(target, tmp_path, "demo/prod").secret("TOKEN") == "t-1"
    assert standing.heard == ["secretsmanager.GetSecretValue"]
    where: dict[str, Any] = {"endpoint_url": standing.url, "region_name": REGION}
    client = boto3.client(
        "secretsmanager", config=Config(retries={"total_max_attempts": 1}), **where
    )
    with pytest.raises(NotAllowed, match="another secret than demo/prod"):
        client.get_secret_value(SecretId="other")
    with pytest.raises(NotAllowed, match="secretsmanager:ListSecrets"):
        client.list_secrets()
    assert len(standing.heard) == 1
