"""The accounts of the smaller systems hold what their descriptions say, and all is well there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.aws.deployments import DEPLOYED
from sandbox.systems import OTHERS
from selftests.sandbox.system_house import VERSION, SystemHouse, open_aws

BALANCERS = {
    "lexiscan": "app/lexiscan-sandbox-alb/50dc6c495c0c9188",
    "balancer": "app/v3-backend-sandbox/7b1f0c2d9e3a4f55",
}


@pytest.fixture(scope="module")
def aws() -> Iterator[int]:
    with open_aws() as port:
        yield port


@pytest.mark.parametrize(
    ("system", "names"),
    [
        ("lexiscan", ("lexiscan-sandbox-backend", "lexiscan-sandbox-frontend")),
        ("balancer", ("v3-backend-sandbox-api-service", "v3-backend-sandbox-worker-service")),
        ("qivr", ("api", "worker")),
    ],
)
def test_services_are_steady_on_the_released_version(
    aws: int, system: str, names: tuple[str, ...]
) -> None:
    house = SystemHouse(system, aws)
    for name in names:
        status, (desired, running), rollouts, image, tasks, _ = house.service(name)
        assert (status, rollouts) == ("ACTIVE", [("PRIMARY", "COMPLETED")])
        assert desired == running == len(tasks)
        assert image.endswith(f":{VERSION}")


def test_the_reader_is_the_systems_own(aws: int) -> None:
    for system in OTHERS:
        caller = SystemHouse(system, aws).client("sts").get_caller_identity()
        assert f"/{system}-sandbox-reader/" in caller["Arn"]
        assert caller["Account"] == "123456789012"


@pytest.mark.parametrize(
    ("system", "names"),
    [
        ("balancer", ("v3-backend-sandbox-network", "v3-backend-sandbox-service")),
        (
            "flight-rescheduler",
            (
                "FlightReschedulerWeatherMonitor-sandbox",
                "FlightReschedulerAiRescheduler-sandbox",
            ),
        ),
    ],
)
def test_stacks_were_updated_by_the_deployment(
    aws: int, system: str, names: tuple[str, ...]
) -> None:
    cloudformation = SystemHouse(system, aws).client("cloudformation")
    for name in names:
        (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
        age = datetime.now(UTC) - stack["LastUpdatedTime"]
        assert stack["StackStatus"] == "UPDATE_COMPLETE"
        assert DEPLOYED <= age < DEPLOYED + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("system", "name"),
    [("lexiscan", "lexiscan/sandbox/config"), ("balancer", "v3-backend/sandbox/config")],
)
def test_the_secret_is_there(aws: int, system: str, name: str) -> None:
    found = SystemHouse(system, aws).client("secretsmanager").describe_secret(SecretId=name)
    assert "DeletedDate" not in found


def test_targets_are_healthy_and_the_certificate_is_valid(aws: int) -> None:
    house = SystemHouse("lexiscan", aws)
    for group in ("lexiscan-sandbox-backend-tg", "lexiscan-sandbox-frontend-tg"):
        assert house.targets(group) == ["healthy", "healthy"]
    (kept,) = house.account.certificates
    assert house.certificate_days(kept.id) == ("ISSUED", 180)


def test_alarms_have_the_thresholds_of_the_runbook(aws: int) -> None:
    cloudwatch = SystemHouse("flight-rescheduler", aws).client("cloudwatch")
    alarms = cloudwatch.describe_alarms()["MetricAlarms"]
    assert {alarm["StateValue"] for alarm in alarms} == {"OK"}
    assert {alarm["AlarmName"]: alarm["Threshold"] for alarm in alarms} == {
        "weather-monitor-errors-sandbox": 3.0,
        "weather-monitor-duration-sandbox": 90_000.0,
        "weather-monitor-dlq-sandbox": 1.0,
        "ai-rescheduler-errors-sandbox": 3.0,
        "ai-rescheduler-throttles-sandbox": 5.0,
        "ai-rescheduler-dlq-sandbox": 1.0,
    }


@pytest.mark.parametrize("system", BALANCERS)
def test_a_load_balancer_counts_errors_only_where_there_are_any(aws: int, system: str) -> None:
    house = SystemHouse(system, aws)
    found = _hour(house, BALANCERS[system])
    assert len(found["requests"]) >= 58
    assert min(found["requests"]) > 500
    assert found["errors"] == []
    assert house.account.traffic is not None
    house.world.aws.count_request(house.account.traffic.service, 503, 0.1)
    assert _hour(house, BALANCERS[system])["errors"] == [1.0]


@pytest.mark.parametrize("system", BALANCERS)
def test_a_lever_moves_what_comes_after_the_deployment_only(aws: int, system: str) -> None:
    house = SystemHouse(system, aws)
    house.world.aws.metrics.set_error_share(0.12, ago=DEPLOYED)
    house.world.aws.metrics.relevel("AWS/ApplicationELB", "TargetResponseTime", 2.0, ago=DEPLOYED)
    found = _hour(house, BALANCERS[system])
    assert 6 <= len(found["errors"]) <= 8
    assert max(found["seconds"][:50]) < 0.5
    assert min(found["seconds"][-6:]) > 1.8


def _hour(house: SystemHouse, balancer: str) -> dict[str, list[float]]:
    asked = {
        "requests": ("RequestCount", "Sum"),
        "errors": ("HTTPCode_Target_5XX_Count", "Sum"),
        "seconds": ("TargetResponseTime", "Average"),
    }
    now = datetime.now(UTC)
    answer = house.client("cloudwatch").get_metric_data(
        StartTime=now - timedelta(minutes=61),
        EndTime=now + timedelta(minutes=1),
        ScanBy="TimestampAscending",
        MetricDataQueries=[_query(name, *what, balancer) for name, what in asked.items()],
    )
    return {found["Id"]: found["Values"] for found in answer["MetricDataResults"]}


def _query(query_id: str, name: str, how: str, balancer: str) -> dict[str, Any]:
    metric = {
        "Namespace": "AWS/ApplicationELB",
        "MetricName": name,
        "Dimensions": [{"Name": "LoadBalancer", "Value": balancer}],
    }
    return {"Id": query_id, "MetricStat": {"Metric": metric, "Period": 60, "Stat": how}}
