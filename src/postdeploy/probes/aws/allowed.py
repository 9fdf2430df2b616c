"""The AWS operations that may be called at all, and the guard that stops every other one."""

from __future__ import annotations

from typing import Any, Final

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


class NotAllowed(Exception):
    """An operation that is not on the list was about to be called; nothing has been sent."""


def iam_action(service: str, operation: str) -> str:
    """The permission that the operation needs, as a policy spells it."""
    return f"{_IAM_SERVICES.get(service, service)}:{operation}"


def is_allowed(service: str, operation: str) -> bool:
    """Whether the operation, by AWS's name for it, is on the list."""
    return operation in ALLOWED.get(service, frozenset())


def refuse_others(model: Any, **_: Any) -> None:
    """Handler of `provide-client-params`: raise NotAllowed unless the call is on the list."""
    service = str(model.service_model.service_name)
    operation = str(model.name)
    if not is_allowed(service, operation):
        raise NotAllowed(f"{service}:{operation} is not among the operations that only read")
