"""A system's stand-in without its servers but AWS's, and what can be seen of it from outside."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
import httpx
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.aws import backends
from sandbox.aws.server import MotoServer
from sandbox.systems import load
from sandbox.systems.world import SystemWorld

VERSION = "2026.11.3-4f2a9c1"
TENANT = "3f2b8a64-5f0e-4c57-9a53-1b7f6f0c9d11"
OTHER_TENANT = "00000000-0000-4000-8000-000000000000"
NEIGHBOUR = "8d0e4c2b-61f7-4f0a-9c35-7a2b90d4e6f2"
TOKEN = {"Authorization": "Bearer sandbox-clinic-token"}
_PREFLIGHT = {"Access-Control-Request-Method": "GET"}
_TOKENS = ("sandbox-stream-token", "forged", "", "", "")
_PATIENCE = 0.6
_TELLING = (
    "content-type",
    "location",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
    "content-security-policy",
    "access-control-allow-origin",
    "access-control-allow-headers",
)
Asked = tuple[str, str, str, dict[str, Any]]


def _get(origin: str, path: str, **headers: str) -> Asked:
    return ("GET", origin, path, {"headers": headers})


def _patients(*pairs: dict[str, str], path: str = "/api/patients") -> Asked:
    return ("GET", "api", path, {"headers": {k: v for p in pairs for k, v in p.items()}})


_QUERY = {"json": {"query": "{ __typename }"}}
_PAGES = (
    "https://app.qivr.example",
    "https://clinic.qivr.example",
    "https://elsewhere.invalid",
    "https://app.qivr.example.elsewhere.invalid",
    "https://elsewhere-app.qivr.example",
)
REQUESTS: dict[str, tuple[Asked, ...]] = {
    "lexiscan": (
        *(_get("secure", f"/api/{path}") for path in ("health", "health/detailed", "ready")),
        *(_get("plain", path) for path in ("/api/health", "/")),
        _get("secure", "/"),
        *(
            _get("secure", path, **({"Authorization": f"Bearer {token}"} if token else {}))
            for path in ("/api/documents", "/api/admin/users")
            for token in (
                "sandbox-reader-token",
                "sandbox-admin-token",
                "sandbox-read",
                "forged",
                "",
            )
        ),
    ),
    "balancer": (
        _get("api", "/health"),
        _get("api", "/health/deep"),
        ("POST", "api", "/graphql", _QUERY),
        _get("api", "/graphql"),
    ),
    "flight-rescheduler": (_get("status", "/"),),
    "qivr": (
        _get("api", "/health"),
        _patients(TOKEN, {"X-Tenant-Id": TENANT}),
        _patients(TOKEN, {"X-Tenant-Id": OTHER_TENANT}),
        _patients(TOKEN, {"X-Tenant-Id": NEIGHBOUR}),
        _patients(TOKEN, {"X-Tenant-Id": OTHER_TENANT}, path="/api/appointments"),
        _patients(TOKEN),
        _patients({"X-Tenant-Id": TENANT}),
        _patients({"X-Tenant-Id": TENANT, "Authorization": "Bearer forged"}),
        _patients({"X-Tenant-Id": TENANT, "Authorization": "Bearer sandbox-clin"}),
        _patients({"X-Tenant-Id": TENANT, "X-Dev-User": "dev"}),
        *(_patients(TOKEN, {"X-Tenant-Id": TENANT, "Origin": page}) for page in _PAGES),
        *(
            ("OPTIONS", "api", "/api/patients", {"headers": {"Origin": page, **_PREFLIGHT}})
            for page in _PAGES
        ),
    ),
}


@contextmanager
def open_aws() -> Iterator[int]:
    """The port of an AWS that answers for whichever world was made last."""
    server = MotoServer()
    port = server.start(0)
    yield port
    server.stop()


@cache
def _client(service: str, region: str, port: int) -> Any:
    return boto3.client(
        service,
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name=region,
        aws_access_key_id="sandbox",
        aws_secret_access_key="sandbox-only",
        config=Config(retries={"total_max_attempts": 1}),
    )


class SystemHouse:
    """A world of a system, and what an operator sees of it."""

    def __init__(self, name: str, port: int) -> None:
        system = load(name)
        addresses = {
            origin: f"{'https' if origin == 'secure' else 'http'}://{origin}.example"
            for origin in system.origins
        }
        self.world = SystemWorld(system, addresses, VERSION)
        self.account = system.account
        self._port = port

    def client(self, service: str) -> Any:
        """A boto3 client for the account."""
        return _client(service, self.account.region, self._port)

    def view(self) -> dict[str, Any]:
        """Everything that can be seen, by where it is seen."""
        seen = {"metrics": self.metrics(), "world": self._own()}
        if not self._is_shut():
            seen |= self.aws()
        return seen | asyncio.run(self.http())

    def _is_shut(self) -> bool:
        gate = self.world.aws.gate
        return gate.expired or bool(gate.denied_services) or gate.account != "123456789012"

    def _own(self) -> list[Any]:
        """What shows only where all is served."""
        network, gate = self.world.network, self.world.aws.gate
        closed = sorted(network.closed)
        shut = sorted(gate.denied_services)
        shown = asdict(self.world.certificate)
        return [closed, network.offline_after, gate.expired, gate.account, shut, shown]

    def metrics(self) -> dict[str, list[float]]:
        """Each metric's values, which are the same in every world that is well."""
        found: dict[str, list[float]] = {}
        for datum in backends.cloudwatch().metric_data:
            where = sorted((d.name, d.value) for d in datum.dimensions)
            values = found.setdefault(f"{datum.namespace} {datum.name} {where}", [])
            values.append(float(getattr(datum, "value")))  # noqa: B009 - moto's base class has none
        return found

    def aws(self) -> dict[str, Any]:
        """What AWS answers about everything that the account is described to have."""
        account = self.account
        groups = [group for each in account.load_balancers for group in each.target_groups]
        looks: list[tuple[str, Callable[[str], Any], Iterable[str]]] = [
            ("service", self.service, (service.name for service in account.services)),
            ("log", self._log, account.log_groups.values()),
            ("database", self._database, account.databases),
            ("function", self._function, account.lambdas),
            ("topic", self._topic, (topic.name for topic in account.topics)),
            ("stack", self._stack, account.stacks),
            ("secret", self._secret, account.secrets),
            ("targets", self.targets, (group.name for group in groups)),
            ("certificate", self.certificate_days, (kept.id for kept in account.certificates)),
        ]
        seen = {
            f"{kind} {name}": self._tried(look, name)
            for kind, look, names in looks
            for name in names
        }
        return seen | {"alarms": self._alarms(), "queues": self._queues()}

    def _database(self, name: str) -> str:
        found = self.client("rds").describe_db_instances(DBInstanceIdentifier=name)
        return str(found["DBInstances"][0]["DBInstanceStatus"])

    def _function(self, name: str) -> tuple[str, str]:
        found = self.client("lambda").get_function_configuration(FunctionName=name)
        return found["State"], found["LastUpdateStatus"]

    @staticmethod
    def _tried(look: Callable[[str], Any], name: str) -> Any:
        try:
            return look(name)
        except ClientError as error:
            return error.response["Error"]["Code"]

    def _alarms(self) -> dict[str, tuple[str, float, int]]:
        found = self.client("cloudwatch").describe_alarms()["MetricAlarms"]
        told = ("StateValue", "Threshold", "EvaluationPeriods")
        return {alarm["AlarmName"]: tuple(alarm[key] for key in told) for alarm in found}

    def _queues(self) -> list[str]:
        sqs, told = self.client("sqs"), ["ApproximateNumberOfMessages", "RedrivePolicy"]
        return [
            str(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=told)["Attributes"])
            for url in sorted(sqs.list_queues().get("QueueUrls", []))
        ]

    def service(self, name: str) -> Any:
        """Its state, how many tasks it wants and runs, its images, why its tasks stopped."""
        ecs, cluster = self.client("ecs"), self.account.cluster
        found = ecs.describe_services(cluster=cluster, services=[name])["services"]
        if not found:
            return "missing"
        rollouts = [(d["status"], d["rolloutState"]) for d in found[0]["deployments"]]
        counts = (found[0]["desiredCount"], found[0]["runningCount"])
        tasks = [self._tasks(name, status) for status in ("RUNNING", "STOPPED")]
        definition = ecs.describe_task_definition(taskDefinition=found[0]["taskDefinition"])
        image = definition["taskDefinition"]["containerDefinitions"][0]["image"]
        return (found[0]["status"], counts, rollouts, image, *tasks)

    def _tasks(self, name: str, status: str) -> list[str]:
        ecs, cluster = self.client("ecs"), self.account.cluster
        arns = ecs.list_tasks(cluster=cluster, serviceName=name, desiredStatus=status)["taskArns"]
        found = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []
        return sorted(
            f"{task['containers'][0]['image']} {task.get('stoppedReason', '').split('(')[0]}"
            for task in found
        )

    def _log(self, group: str) -> list[str]:
        pages = self.client("logs").get_paginator("filter_log_events")
        found = (event for page in pages.paginate(logGroupName=group) for event in page["events"])
        return sorted(event["message"].partition("Z ")[2] for event in found)

    def _topic(self, name: str) -> tuple[str, str]:
        arn = f"arn:aws:sns:{self.account.region}:123456789012:{name}"
        found = self.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]
        return found["SubscriptionsConfirmed"], found["SubscriptionsPending"]

    def _stack(self, name: str) -> tuple[str, int]:
        (found,) = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        age = datetime.now(UTC) - found["LastUpdatedTime"]
        return found["StackStatus"], round(age.total_seconds() / 300)

    def _secret(self, name: str) -> tuple[str, bool]:
        found = self.client("secretsmanager").describe_secret(SecretId=name)
        return found["Name"], "DeletedDate" in found

    def targets(self, name: str) -> list[str]:
        """The state of each of a group's targets."""
        elb = self.client("elbv2")
        (group,) = elb.describe_target_groups(Names=[name])["TargetGroups"]
        found = elb.describe_target_health(TargetGroupArn=group["TargetGroupArn"])
        return [one["TargetHealth"]["State"] for one in found["TargetHealthDescriptions"]]

    def certificate_days(self, kept_id: str) -> tuple[str, int]:
        """ACM's word for the certificate, and for how many days it is valid."""
        arn = f"arn:aws:acm:{self.account.region}:123456789012:certificate/{kept_id}"
        found = self.client("acm").describe_certificate(CertificateArn=arn)["Certificate"]
        left = found["NotAfter"] - datetime.now(UTC)
        return found["Status"], round(left.total_seconds() / 86_400)

    async def http(self) -> dict[str, Any]:
        """What each request is answered, five times over."""
        apps = self.world.system.applications(self.world)
        seen: dict[str, Any] = {}
        for asked in REQUESTS[self.world.system.name]:
            tries = [self._answer(apps, asked) for _ in range(5)]
            seen[f"{asked[0]} {asked[1]}{asked[2]} {asked[3]}"] = await asyncio.gather(*tries)
        if self.world.system.name == "flight-rescheduler":
            seen["stream"] = [await self._stream(apps, t) for t in _TOKENS]
        return seen

    async def _answer(self, apps: Any, asked: Asked) -> Any:
        method, origin, path, how = asked
        base = self.world.addresses[origin]
        transport = httpx.ASGITransport(app=apps[origin])
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            try:
                answer = await asyncio.wait_for(client.request(method, path, **how), _PATIENCE)
            except TimeoutError:
                return "late"
        told = {name: answer.headers[name] for name in _TELLING if name in answer.headers}
        return answer.status_code, told, answer.text

    async def _stream(self, apps: Any, token: str) -> Any:
        """Status, type and first bytes; the transport of httpx would wait for the end."""
        sent: list[Any] = []
        first = asyncio.Event()

        async def receive() -> dict[str, Any]:
            await asyncio.sleep(60)
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                types = [v.decode() for k, v in message["headers"] if k == b"content-type"]
                sent.append((message["status"], types))
            else:
                sent.append(message.get("body", b""))
                first.set()

        scope = {
            "type": "http",
            "method": "GET",
            "path": "/api/notifications/stream",
            "query_string": b"",
            "headers": [(b"authorization", f"Bearer {token}".encode())] if token else [],
        }
        call = asyncio.ensure_future(apps["api"](scope, receive, send))
        try:
            await asyncio.wait_for(first.wait(), _PATIENCE)
        except TimeoutError:
            sent.append("late")
        is_over = bool((await asyncio.wait([call], timeout=0.1))[0])
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        return [*sent[:2], is_over]
