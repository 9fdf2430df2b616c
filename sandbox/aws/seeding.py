"""Creates, at the start, everything that the account's description names."""

import json
from collections.abc import Mapping
from typing import Any

from moto.cloudwatch.models import Dimension, Metric, MetricDataQuery, MetricStat

from sandbox.aws import backends, deployments
from sandbox.aws.description import (
    ACCOUNT,
    REGION,
    AccountDescription,
    AlarmDescription,
    MetricSource,
    QueueDescription,
    TopicDescription,
)

# Moto declares these as texts but stores what the request left out as None.
UNSET: Any = None


def seed(described: AccountDescription, version: str) -> None:
    """Fill the empty account with what is described, the services at the version."""
    deployments.create_cluster()
    for service in described.services:
        deployments.create_service(service, version)
    for name in described.lambdas:
        _function(name, version)
    _database(described.database)
    for queue in described.queues:
        _queue(queue)
    for topic in described.topics:
        _topic(topic)
    for alarm in described.alarms:
        _alarm(alarm)


def _function(name: str, version: str) -> None:
    part = name.split("-")[1]
    role = backends.iam().create_role(name, "{}", "/", None, "", [], "3600")
    backends.functions().create_function(
        {
            "FunctionName": name,
            "Role": role.arn,
            "PackageType": "Image",
            "Code": {
                "ImageUri": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/qumis/{part}:{version}"
            },
            "MemorySize": 1024,
            "Timeout": 60,
            "Environment": {"Variables": {"RELEASE": version}},
        }
    )


def _database(name: str) -> None:
    backends.rds().create_db_instance(
        {
            "db_instance_identifier": name,
            "db_instance_class": "db.t4g.medium",
            "engine": "postgres",
            "engine_version": "16.4",
            "allocated_storage": 100,
            "master_username": "qumis",
            "master_user_password": "sandbox-only",
            "multi_az": True,
            "storage_encrypted": True,
            # Without one of its own, moto would first make an EC2 region with all its images.
            "vpc_security_group_ids": ["sg-0qumissandboxdb"],
        }
    )


def _queue(described: QueueDescription) -> None:
    attributes: dict[str, Any] = {"VisibilityTimeout": 300}
    if described.dead_letters is not None:
        target = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{described.dead_letters}"
        policy = {"deadLetterTargetArn": target, "maxReceiveCount": 5}
        attributes["RedrivePolicy"] = json.dumps(policy)
    backends.sqs().create_queue(described.name, None, **attributes)


def _topic(described: TopicDescription) -> None:
    topic = backends.sns().create_topic(described.name)
    subscription = backends.sns().subscribe(topic.arn, described.endpoint, described.protocol)
    subscription.confirmed = True
    topic.subscriptions_confimed = 1


def _alarm(described: AlarmDescription) -> None:
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:{described.topic}"
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
    return {
        "namespace": source.namespace,
        "metric_name": source.name,
        "period": described.period,
        "statistic": source.statistic,
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
