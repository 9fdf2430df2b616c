"""Creates, at the start, everything that the account's description names."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from moto.cloudwatch.models import Dimension, Metric, MetricDataQuery, MetricStat
from moto.core.utils import utcnow

from sandbox.aws import backends, deployments
from sandbox.aws.description import (
    ACCOUNT,
    AccountDescription,
    AlarmDescription,
    MetricSource,
    QueueDescription,
    TopicDescription,
)
from sandbox.aws.present import present

# Moto declares these as texts but stores what the request left out as None.
UNSET: Any = None
T = TypeVar("T")


def seed(described: AccountDescription, version: str) -> None:
    """Fill the empty account with what is described, the services at the version."""
    if described.cluster:
        deployments.create_cluster()
    for service in described.services:
        deployments.create_service(service, version)
    for name, image in described.lambdas.items():
        _function(name, f"{image}:{version}")
    for database in described.databases:
        _database(database)
    for queue in described.queues:
        _queue(queue)
    for topic in described.topics:
        _topic(topic)
    for alarm in described.alarms:
        _alarm(alarm)
    _seed_surroundings(described)


def _seed_surroundings(described: AccountDescription) -> None:
    """What not every account has; its part of moto is imported only where it is described."""
    if described.stacks:
        from sandbox.aws import stacks

        _each(stacks.create, described.stacks)
    if described.secrets:
        from sandbox.aws import stored_secrets

        _each(stored_secrets.create, described.secrets)
    if described.load_balancers:
        from sandbox.aws import load_balancers

        _each(load_balancers.create, described.load_balancers)
    if described.certificates:
        from sandbox.aws import kept_certificates

        _each(kept_certificates.keep, described.certificates)


def _each(create: Callable[[T], None], described: Iterable[T]) -> None:
    for one in described:
        create(one)


def _function(name: str, image: str) -> None:
    role = backends.iam().create_role(name, "{}", "/", None, "", [], "3600")
    made = backends.functions().create_function(
        {
            "FunctionName": name,
            "Role": role.arn,
            "PackageType": "Image",
            "Code": {"ImageUri": image},
            "MemorySize": 1024,
            "Timeout": 60,
            "Environment": {"Variables": {"RELEASE": image.rpartition(":")[2]}},
        }
    )
    made.last_modified = f"{utcnow() - deployments.DEPLOYED:%Y-%m-%dT%H:%M:%S.000+0000}"


def _database(name: str) -> None:
    system = present().system.replace("-", "")
    backends.rds().create_db_instance(
        {
            "db_instance_identifier": name,
            "db_instance_class": "db.t4g.medium",
            "engine": "postgres",
            "engine_version": "16.4",
            "allocated_storage": 100,
            "master_username": system,
            "master_user_password": "sandbox-only",
            "multi_az": True,
            "storage_encrypted": True,
            # Without one of its own, moto would first make an EC2 region with all its images.
            "vpc_security_group_ids": [f"sg-0{system}sandboxdb"],
        }
    )


def _queue(described: QueueDescription) -> None:
    attributes: dict[str, Any] = {"VisibilityTimeout": 300}
    if described.dead_letters is not None:
        target = f"arn:aws:sqs:{present().region}:{ACCOUNT}:{described.dead_letters}"
        policy = {"deadLetterTargetArn": target, "maxReceiveCount": 5}
        attributes["RedrivePolicy"] = json.dumps(policy)
    backends.sqs().create_queue(described.name, None, **attributes)


def _topic(described: TopicDescription) -> None:
    topic = backends.sns().create_topic(described.name)
    subscription = backends.sns().subscribe(topic.arn, described.endpoint, described.protocol)
    subscription.confirmed = True
    topic.subscriptions_confimed = 1


def _alarm(described: AlarmDescription) -> None:
    topic = f"arn:aws:sns:{present().region}:{ACCOUNT}:{described.topic}"
    backends.cloudwatch().put_metric_alarm(
        name=described.name,
        description=described.description,
        comparison_operator=described.comparison,
        evaluation_periods=described.evaluation_periods,
        threshold=described.threshold,
        alarm_actions=[topic],
        treat_missing_data="missing",
        **_watched(described),
    )
    alarm = backends.cloudwatch().alarms[described.name]
    alarm.state_reason = (
        f"Threshold Crossed: no datapoints were beyond the threshold ({described.threshold:g})."
    )


def _watched(described: AlarmDescription) -> Mapping[str, Any]:
    if described.expression is not None:
        math = _math("e1", described.expression, "true", None)
        queries = [math, *(_query(s, described.period) for s in described.sources)]
        unused: dict[str, Any] = dict.fromkeys(("namespace", "metric_name", "period", "statistic"))
        return unused | {"dimensions": [], "metric_data_queries": queries}
    source = described.sources[0]
    is_percentile = source.statistic.startswith("p")
    return {
        "namespace": source.namespace,
        "metric_name": source.name,
        "period": described.period,
        "statistic": None if is_percentile else source.statistic,
        "extended_statistic": source.statistic if is_percentile else None,
        "dimensions": [{"Name": name, "Value": value} for name, value in source.dimensions],
    }


def _query(source: MetricSource, period: int) -> MetricDataQuery:
    dimensions = [Dimension(name, value) for name, value in source.dimensions]
    metric = Metric(source.name, source.namespace, dimensions)
    return _math(source.id, None, "false", MetricStat(metric, str(period), source.statistic, UNSET))


def _math(
    query_id: str, expression: str | None, returned: str, stat: MetricStat | None
) -> MetricDataQuery:
    return MetricDataQuery(query_id, UNSET, UNSET, returned, expression, stat)
