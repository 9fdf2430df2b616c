"""The AWS operations that may be called at all, and the gate that stops every other one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from postdeploy.policy.permit import CURRENT, Refused

ALLOWED: Final[dict[str, frozenset[str]]] = {
    "acm": frozenset({"DescribeCertificate"}),
    "cloudformation": frozenset({"DescribeStacks"}),
    "cloudwatch": frozenset({"DescribeAlarms", "GetMetricData"}),
    "ecs": frozenset(
        {
            "DescribeClusters",
            "DescribeServices",
            "DescribeTaskDefinition",
            "DescribeTasks",
            "ListTaskDefinitions",
            "ListTasks",
        }
    ),
    "elbv2": frozenset({"DescribeTargetGroups", "DescribeTargetHealth"}),
    "lambda": frozenset({"GetFunctionConfiguration"}),
    "logs": frozenset({"DescribeLogGroups", "FilterLogEvents", "GetQueryResults", "StartQuery"}),
    "rds": frozenset({"DescribeDBInstances"}),
    "secretsmanager": frozenset({"DescribeSecret"}),
    "sns": frozenset({"GetTopicAttributes"}),
    "sqs": frozenset({"GetQueueAttributes", "GetQueueUrl"}),
    "sts": frozenset({"GetCallerIdentity"}),
}
"""Service (as boto3 calls it) → operations, by AWS's own names.

A list and no pattern, for `Get*` would let GetSecretValue and GetFederationToken through.
"""

_IAM_SERVICES: Final = {"elbv2": "elasticloadbalancing"}
"""Where IAM knows a service by another name than boto3."""


CREDENTIALS: Final[dict[str, frozenset[str]]] = {
    "signin": frozenset({"CreateOAuth2Token"}),
    "sso": frozenset({"GetRoleCredentials"}),
    "sso-oidc": frozenset({"CreateToken"}),
    "sts": frozenset({"AssumeRole", "AssumeRoleWithWebIdentity"}),
}
"""What botocore itself calls to turn a profile into credentials; no probe may."""

SETTINGS: Final[dict[str, frozenset[str]]] = {"secretsmanager": frozenset({"GetSecretValue"})}
"""What the settings call, and only where --secrets-id names a secret."""

_WIRE_NAMES: Final = {
    "elbv2": "elastic-load-balancing-v2",
    "logs": "cloudwatch-logs",
    "secretsmanager": "secrets-manager",
}
"""How botocore's events name a service where that is not boto3's name for it."""
_AWS_HOSTS: Final = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")


class NotAllowed(Refused):
    """An operation that is not on the list was about to be called; nothing has been sent."""


def iam_action(service: str, operation: str) -> str:
    """The permission that the operation needs, as a policy spells it."""
    return f"{_IAM_SERVICES.get(service, service)}:{operation}"


def is_allowed(service: str, operation: str) -> bool:
    """Whether the operation, by AWS's name for it, is on the list."""
    return operation in ALLOWED.get(service, frozenset())


class Gate:
    """Lets AWS operations through by a list, twice: as they are called, and as each request leaves.

    `endpoint` is the one address that may be asked, or "" for AWS's own; `secret` the one secret
    whose value may be.
    """

    def __init__(
        self, *tables: Mapping[str, frozenset[str]], endpoint: str = "", secret: str = ""
    ) -> None:
        self._allowed = {
            (service, operation)
            for table in tables
            for service, operations in table.items()
            for operation in operations
        }
        self._on_the_wire = {(_WIRE_NAMES.get(one, one), name) for one, name in self._allowed}
        self._endpoint = endpoint
        self._secret = secret

    def stand_before(self, events: Any) -> None:
        """Register with a session's events before it has made a client, or with those of one client."""
        # Before any other handler, for one that answers keeps those behind it from being asked.
        events.register_first("provide-client-params.*.*", self._called)
        events.register_first("before-send.*.*", self._leaving)

    def _called(self, params: Mapping[str, Any], model: Any, **_: Any) -> None:
        service, operation = str(model.service_model.service_name), str(model.name)
        if (service, operation) not in self._allowed:
            raise _kept(f"{service}:{operation}")
        if self._secret and params.get("SecretId", self._secret) != self._secret:
            raise _kept(f"{service}:{operation} of another secret than {self._secret}")

    def _leaving(self, request: Any, event_name: str, **_: Any) -> None:
        service, operation = event_name.split(".")[1:3]
        if (service, operation) not in self._on_the_wire:
            raise _kept(f"{service}:{operation}")
        if not self._is_aws(str(request.url)):
            raise _kept(f"{service}:{operation} at {urlsplit(str(request.url)).netloc}")

    def _is_aws(self, url: str) -> bool:
        if self._endpoint:
            return urlsplit(url).netloc == urlsplit(self._endpoint).netloc
        return str(urlsplit(url).hostname).endswith(_AWS_HOSTS)


def _kept(what: str) -> NotAllowed:
    refused = NotAllowed(
        f"{what} was not called: it is not among the operations that only read",
        mend="Add it to ALLOWED in src/postdeploy/probes/aws/allowed.py and to docs/aws-permissions.json",
    )
    permit = CURRENT.get()
    if permit is not None:
        permit.keep(refused)
    return refused
