"""The AWS account: who asks, whether it is the right one, and each group of permissions, by the cheapest read of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from postdeploy.errors import ProbeError
from postdeploy.probes.aws.allowed import iam_action
from postdeploy.probes.aws.identity import observe_identity
from postdeploy.probes.aws.session import AwsSession
from postdeploy.target import Aws
from postdeploy.threads import DaemonThreads
from postdeploy.trials.finding import Finding, missing

_SECONDS = 60.0


class Question(NamedTuple):
    """One read, and what its answer must hold."""

    service: str
    operation: str
    needs: str
    parameters: dict[str, Any]
    region: str | None = None


def aws(declared: Aws, session: AwsSession) -> Iterator[Finding]:
    """Caller and account first: with a wrong one nothing else means anything."""
    threads = DaemonThreads(8, "doctor")
    caller = _awaited("AWS caller", threads.submit(_caller, session))
    yield caller
    if caller.right:
        groups: dict[str, list[Question]] = {}
        for question in questions(declared, session):
            groups.setdefault(question.service, []).append(question)
        asked = {
            name: threads.submit(_group, session, name, group) for name, group in groups.items()
        }
        yield from (_awaited(f"AWS {name}", future) for name, future in asked.items())
    threads.shutdown()


def _awaited(what: str, future: Future[Finding]) -> Finding:
    try:
        return future.result(timeout=_SECONDS)
    except TimeoutError:
        mend = "Check the way from this machine to AWS: proxy, endpoint_url"
        return Finding(what, False, f"no answer within {_SECONDS:g} s", mend)


def _caller(session: AwsSession) -> Finding:
    try:
        identity = observe_identity(session)
        session.require_account()
    except ProbeError as error:
        return missing("AWS caller", error)
    told = f"{identity.arn} in {identity.account}, {identity.region}"
    return Finding("AWS caller", True, told)


def _group(session: AwsSession, name: str, group: Sequence[Question]) -> Finding:
    """Every permission or name that is missing, not only the first."""
    troubles = [trouble for question in group if (trouble := _trouble(session, question))]
    if troubles:
        told = "; ".join(trouble.what for trouble in troubles)
        mends = dict.fromkeys(trouble.mend for trouble in troubles)
        return Finding(f"AWS {name}", False, told, ". ".join(mends))
    return Finding(f"AWS {name}", True, ", ".join(question.operation for question in group))


def _trouble(session: AwsSession, question: Question) -> ProbeError | None:
    try:
        session.ask(
            question.service,
            question.operation,
            needs=(question.needs,),
            region=question.region,
            **question.parameters,
        )
    except ProbeError as trouble:
        return trouble
    except LookupError as error:  # an answer that no probe could make anything of
        return ProbeError(f"{iam_action(question.service, question.operation)}: {error!r}")
    return None


def questions(declared: Aws, session: AwsSession) -> Iterator[Question]:
    """A read for each permission that the checks of this target need, of the first thing that is declared."""
    yield from _services(declared)
    yield from _watched(declared)
    yield from _named(declared)
    for arn in list(declared.certificates.values())[:1]:
        parameters = {"CertificateArn": arn.arn}
        yield Question("acm", "DescribeCertificate", "Certificate", parameters, arn.region or None)
    for name in declared.topics[:1]:
        arn_of = f"arn:{session.partition}:sns:{session.region}:{session.account}:{name}"
        yield Question("sns", "GetTopicAttributes", "Attributes", {"TopicArn": arn_of})


def _services(declared: Aws) -> Iterator[Question]:
    for key, service in list(declared.services.items())[:1]:
        cluster = service.cluster or declared.cluster
        named = {"cluster": cluster, "services": [service.name or key]}
        yield Question("ecs", "DescribeClusters", "clusters", {"clusters": [cluster]})
        yield Question("ecs", "DescribeServices", "services", named)
        yield Question("ecs", "ListTasks", "taskArns", {"cluster": cluster, "maxResults": 1})
        yield Question("ecs", "ListTaskDefinitions", "taskDefinitionArns", {"maxResults": 1})


def _watched(declared: Aws) -> Iterator[Question]:
    yield Question("cloudwatch", "DescribeAlarms", "MetricAlarms", {"MaxRecords": 1})
    now = datetime.now(UTC)
    metric = {"Namespace": "AWS/ECS", "MetricName": "CPUUtilization"}
    stat = {"Metric": metric, "Period": 60, "Stat": "Average"}
    asked = {"MetricDataQueries": [{"Id": "any", "MetricStat": stat}]}
    times = {"StartTime": now - timedelta(minutes=5), "EndTime": now}
    yield Question("cloudwatch", "GetMetricData", "MetricDataResults", asked | times)
    for group in list(declared.log_groups.values())[:1]:
        yield Question("logs", "DescribeLogGroups", "logGroups", {"limit": 1})
        yield Question(
            "logs", "FilterLogEvents", "events", {"logGroupName": group.name, "limit": 1}
        )


def _named(declared: Aws) -> Iterator[Question]:
    firsts = (
        (declared.lambdas, "lambda", "GetFunctionConfiguration", "FunctionArn", "FunctionName"),
        (declared.queues, "sqs", "GetQueueUrl", "QueueUrl", "QueueName"),
        (declared.databases, "rds", "DescribeDBInstances", "DBInstances", "DBInstanceIdentifier"),
        (declared.stacks, "cloudformation", "DescribeStacks", "Stacks", "StackName"),
        (declared.secrets, "secretsmanager", "DescribeSecret", "ARN", "SecretId"),
    )
    for table, service, operation, needs, parameter in firsts:
        for one in list(table.values())[:1]:
            name = getattr(one, "instance", "") or getattr(one, "name", "")
            yield Question(service, operation, needs, {parameter: name})
    for group in list(declared.target_groups.values())[:1]:
        yield Question("elbv2", "DescribeTargetGroups", "TargetGroups", {"Names": [group.name]})
