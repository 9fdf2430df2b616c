"""An AWS stand-in on a port of its own, and boto3 clients that look at it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.aws import AwsStandIn
from sandbox.systems.qumis import ACCOUNT_AT_START

VERSION = "2026.11.3-4f2a9c1"
CLUSTER = "blue-sandbox"
API_LOG = "ecs/blue/sandbox/api"
_SESSION = boto3.Session()


@dataclass
class Release:
    version: str = VERSION


class Account:
    """A started stand-in and boto3 clients for it."""

    def __init__(self) -> None:
        self.aws = AwsStandIn(Release(), ACCOUNT_AT_START)
        self.port = self.aws.start(0)
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, key: str = "sandbox") -> Any:
        if (service, key) not in self._clients:
            self._clients[service, key] = self._new_client(service, key)
        return self._clients[service, key]

    def _new_client(self, service: str, key: str) -> Any:
        return _SESSION.client(
            service,
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name="us-east-2",
            aws_access_key_id=key,
            aws_secret_access_key="sandbox",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def service(self, name: str) -> dict[str, Any]:
        found = self.client("ecs").describe_services(cluster=CLUSTER, services=[name])
        described: dict[str, Any] = found["services"][0]
        return described

    def image(self, service: str) -> str:
        definition = self.service(service)["taskDefinition"]
        found = self.client("ecs").describe_task_definition(taskDefinition=definition)
        return str(found["taskDefinition"]["containerDefinitions"][0]["image"])

    def tasks(self, service: str, **asked: str) -> list[dict[str, Any]]:
        ecs = self.client("ecs")
        arns = ecs.list_tasks(cluster=CLUSTER, serviceName=service, **asked)["taskArns"]
        if not arns:
            return []
        described: list[dict[str, Any]] = ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"]
        return described

    def matching(self, pattern: str, group: str = API_LOG) -> list[str]:
        pages = self.client("logs").get_paginator("filter_log_events")
        answers = pages.paginate(logGroupName=group, filterPattern=pattern)
        return [event["message"] for page in answers for event in page["events"]]

    def insights(self, query: str) -> list[dict[str, str]]:
        logs = self.client("logs")
        now = int(time.time())
        started = logs.start_query(
            logGroupName=API_LOG, startTime=now - 600, endTime=now + 1, queryString=query
        )
        assert logs.get_query_results(queryId=started["queryId"])["status"] == "Running"
        answer = logs.get_query_results(queryId=started["queryId"])
        assert answer["status"] == "Complete"
        return [{cell["field"]: cell["value"] for cell in row} for row in answer["results"]]

    def metric_data(self, *queries: dict[str, Any]) -> dict[str, list[float]]:
        now = datetime.now(UTC)
        answer = self.client("cloudwatch").get_metric_data(
            StartTime=now - timedelta(minutes=20),
            EndTime=now + timedelta(minutes=1),
            MetricDataQueries=list(queries),
        )
        return {found["Id"]: found["Values"] for found in answer["MetricDataResults"]}


def stat(query_id: str, namespace: str, name: str, how: str, **dimensions: str) -> dict[str, Any]:
    metric = {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
    }
    return {"Id": query_id, "MetricStat": {"Metric": metric, "Period": 300, "Stat": how}}


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])
