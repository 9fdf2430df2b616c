"""Typed ways to the in-memory state that moto keeps for the stand-in's one account and region."""

import sys

from moto.awslambda.models import LambdaBackend, lambda_backends
from moto.cloudwatch.models import CloudWatchBackend, cloudwatch_backends
from moto.ecs.models import EC2ContainerServiceBackend, ecs_backends
from moto.iam.models import IAMBackend, iam_backends
from moto.logs.models import LogsBackend, logs_backends
from moto.rds.models import RDSBackend, rds_backends
from moto.sns.models import SNSBackend, sns_backends
from moto.sqs.models import SQSBackend, sqs_backends
from moto.sts.models import sts_backends

from sandbox.aws.description import ACCOUNT
from sandbox.aws.present import present

_ALL = (
    ecs_backends,
    logs_backends,
    cloudwatch_backends,
    sqs_backends,
    sns_backends,
    rds_backends,
    lambda_backends,
    sts_backends,
    iam_backends,
)
_LATE = ("cloudformation", "secretsmanager", "elbv2", "acm")
"""What is imported only where an account has something of it."""


def ecs() -> EC2ContainerServiceBackend:
    """Clusters, services, tasks, task definitions."""
    return ecs_backends[ACCOUNT][present().region]


def logs() -> LogsBackend:
    """Log groups and their streams."""
    return logs_backends[ACCOUNT][present().region]


def cloudwatch() -> CloudWatchBackend:
    """Metrics and alarms."""
    return cloudwatch_backends[ACCOUNT][present().region]


def sqs() -> SQSBackend:
    """Queues."""
    return sqs_backends[ACCOUNT][present().region]


def sns() -> SNSBackend:
    """Topics and subscriptions."""
    return sns_backends[ACCOUNT][present().region]


def rds() -> RDSBackend:
    """Database instances."""
    return rds_backends[ACCOUNT][present().region]


def functions() -> LambdaBackend:
    """Lambda functions."""
    return lambda_backends[ACCOUNT][present().region]


def iam() -> IAMBackend:
    """Roles; IAM knows no regions, only partitions."""
    return iam_backends[ACCOUNT]["aws"]


def forget_everything() -> None:
    """Empty every service; moto's state is the process's, so two stand-ins would share it."""
    for backends in _ALL:
        backends.reset()
    for name in _LATE:
        late = sys.modules.get(f"moto.{name}.models")
        if late is not None:
            getattr(late, f"{name}_backends").reset()
