"""The AWS operations that may be called at all, and the guard that stops every other one."""

from __future__ import annotations

from typing import Any, Final

ALLOWED: Final[dict[str, frozenset[str]]] = {
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
    "lambda": frozenset({"GetFunctionConfiguration"}),
    "logs": frozenset({"DescribeLogGroups", "FilterLogEvents"}),
    "rds": frozenset({"DescribeDBInstances"}),
    "sns": frozenset({"GetTopicAttributes"}),
    "sqs": frozenset({"GetQueueAttributes", "GetQueueUrl"}),
    "sts": frozenset({"GetCallerIdentity"}),
}
"""Service → operations, by AWS's own names; each IAM action is `<service>:<operation>`.

A list and no pattern, for `Get*` would let GetSecretValue and GetFederationToken through.
"""


class NotAllowed(Exception):
    """An operation that is not on the list was about to be called; nothing has been sent."""


def is_allowed(service: str, operation: str) -> bool:
    """Whether the operation, by AWS's name for it, is on the list."""
    return operation in ALLOWED.get(service, frozenset())


def refuse_others(model: Any, **_: Any) -> None:
    """Handler of `provide-client-params`: raise NotAllowed unless the call is on the list."""
    service = str(model.service_model.service_name)
    operation = str(model.name)
    if not is_allowed(service, operation):
        raise NotAllowed(f"{service}:{operation} is not among the operations that only read")
