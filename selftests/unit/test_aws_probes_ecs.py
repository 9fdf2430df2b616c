"""The ECS probes show counts, deployments, images and stopped tasks as they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.backends import get_backend

from postdeploy.errors import ProbeError
from postdeploy.probes.aws.ecs import (
    family_and_revision,
    observe_clusters,
    observe_newest_revision,
    observe_service,
)
from postdeploy.probes.aws.ecs_running import observe_running
from postdeploy.probes.aws.ecs_tasks import (
    observe_running_tasks,
    observe_stopped_tasks,
    observe_task_definition,
)
from postdeploy.probes.aws.images import Image, same_commit
from selftests.unit.sample_aws import ACCOUNT, NOW, REGION, session, stubbed

CLUSTER = "blue"
TAG = "2026.11.3-4f2a9c1"


@pytest.fixture
def ecs() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client(
            "ecs", region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x"
        )
        client.create_cluster(clusterName=CLUSTER)
        for tag in ("previous", TAG):
            containers = [
                {"name": "router", "image": "fluent/bit:3", "memory": 64, "essential": False},
                {"name": "api", "image": f"qumis/api:{tag}", "memory": 512, "essential": True},
            ]
            client.register_task_definition(family="api", containerDefinitions=containers)
        client.create_service(
            cluster=CLUSTER, serviceName="api", taskDefinition="api:2", desiredCount=2
        )
        yield client


def backend() -> Any:
    return get_backend("ecs")[ACCOUNT][REGION]


@pytest.mark.usefixtures("ecs")
def test_service_shows_counts_and_primary_deployment() -> None:
    service = backend().services[f"{CLUSTER}:api"]
    service.running_count, service.pending_count = 1, 1
    service.deployments[0]["rolloutState"] = "IN_PROGRESS"
    seen = observe_service(session(), CLUSTER, "api")
    assert (seen.status, seen.desired, seen.running, seen.pending) == ("ACTIVE", 2, 1, 1)
    assert seen.primary is not None
    assert seen.primary.rollout == "IN_PROGRESS"
    assert seen.primary.task_definition.endswith("api:2")
    assert seen.primary.created is not None


@pytest.mark.parametrize(("cluster", "name"), [(CLUSTER, "web"), ("nowhere", "api")])
@pytest.mark.usefixtures("ecs")
def test_missing_service_or_cluster_is_an_observation(cluster: str, name: str) -> None:
    seen = observe_service(session(), cluster, name)
    assert not seen.found
    assert observe_running(session(), cluster, name).image is None


def test_service_without_counts_is_no_answer() -> None:
    with stubbed("ecs") as (opened, stub):
        stub.add_response(
            "describe_services", {"services": [{"serviceName": "api"}], "failures": []}
        )
        with pytest.raises(ProbeError, match="lacks status"):
            observe_service(opened, CLUSTER, "api")


def test_newest_revision_is_of_the_very_family(ecs: Any) -> None:
    for _ in range(5):
        ecs.register_task_definition(family="api-worker", containerDefinitions=[])
    assert observe_newest_revision(session(), "api") == 2
    assert observe_newest_revision(session(), "nothing") is None


@pytest.mark.usefixtures("ecs")
def test_main_container_is_the_one_named_after_the_service() -> None:
    definition = observe_task_definition(session(), "api:2")
    assert definition.main("api").image.tag == TAG
    assert definition.main("another").name == "api"  # the essential one, not the log router


@pytest.mark.usefixtures("ecs")
def test_clusters_are_told_with_the_missing_ones() -> None:
    seen = observe_clusters(session(), [CLUSTER, "green"])
    assert [(cluster.name, cluster.status) for cluster in seen] == [
        (CLUSTER, "ACTIVE"),
        ("green", "MISSING"),
    ]


def described(task: str, group: str, **more: Any) -> dict[str, Any]:
    return {
        "taskArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/{CLUSTER}/{task}",
        "taskDefinitionArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/api:2",
        "group": group,
        **more,
    }


def test_running_tasks_are_the_services_own_and_running() -> None:
    container = {"name": "api", "image": f"qumis/api:{TAG}", "lastStatus": "RUNNING"}
    tasks = [
        described("one", "service:api", lastStatus="RUNNING", containers=[container]),
        described("two", "service:api", lastStatus="PENDING", containers=[container]),
        described("three", "service:web", lastStatus="RUNNING", containers=[container]),
    ]
    with stubbed("ecs") as (opened, stub):
        stub.add_response("list_tasks", {"taskArns": [task["taskArn"] for task in tasks]})
        stub.add_response("describe_tasks", {"tasks": tasks, "failures": []})
        seen = observe_running_tasks(opened, CLUSTER, "api")
    assert [task.id for task in seen] == ["one"]
    own = seen[0].container("api")
    assert own is not None
    assert own.image == Image(f"qumis/api:{TAG}")


def test_tasks_beyond_one_page_and_one_call_are_seen() -> None:
    arns = [f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/{CLUSTER}/{n}" for n in range(120)]
    tasks = [described(str(n), "service:api", lastStatus="RUNNING") for n in range(120)]
    with stubbed("ecs") as (opened, stub):
        stub.add_response("list_tasks", {"taskArns": arns[:90], "nextToken": "more"})
        stub.add_response("list_tasks", {"taskArns": arns[90:]})
        stub.add_response("describe_tasks", {"tasks": tasks[:100], "failures": []})
        stub.add_response("describe_tasks", {"tasks": tasks[100:], "failures": []})
        assert len(observe_running_tasks(opened, CLUSTER, "api")) == 120


def test_stopped_tasks_since_a_moment_tell_reason_and_exit_code() -> None:
    stopped = {"lastStatus": "STOPPED", "stopCode": "EssentialContainerExited"}
    container = {"name": "api", "image": "x", "exitCode": 137, "reason": "OutOfMemoryError"}
    tasks = [
        described(
            "new",
            "service:api",
            stoppedAt=NOW,
            stoppedReason="died",
            containers=[container],
            **stopped,
        ),
        described("old", "service:api", stoppedAt=NOW - timedelta(hours=1), **stopped),
    ]
    with stubbed("ecs") as (opened, stub):
        stub.add_response("list_tasks", {"taskArns": ["a", "b"]})
        stub.add_response("describe_tasks", {"tasks": tasks, "failures": []})
        seen = observe_stopped_tasks(opened, CLUSTER, "api", NOW - timedelta(minutes=5))
    assert [(task.id, task.stopped_reason) for task in seen] == [("new", "died")]
    assert (seen[0].containers[0].exit_code, seen[0].containers[0].reason) == (
        137,
        "OutOfMemoryError",
    )


@pytest.mark.usefixtures("ecs")
def test_no_task_of_a_missing_cluster() -> None:
    assert observe_running_tasks(session(), "nowhere", "api") == ()


def test_running_service_joins_deployment_image_and_revision(ecs: Any) -> None:
    ecs.register_task_definition(family="api", containerDefinitions=[])
    seen = observe_running(session(), CLUSTER, "api")
    assert (seen.revision, seen.newest_revision) == (2, 3)
    assert seen.image == Image(f"qumis/api:{TAG}")
    assert seen.noted <= datetime.now(UTC)


def test_family_may_hold_a_colon_free_slash() -> None:
    arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/blue-api:42"
    assert family_and_revision(arn) == ("blue-api", 42)


@pytest.mark.parametrize(
    ("reference", "tag", "version"),
    [
        ("qumis/api:v1", "v1", "v1"),
        ("127.0.0.1:5000/qumis/api", "latest", "latest"),
        ("127.0.0.1:5000/qumis/api:v1", "v1", "v1"),
        ("qumis/api@sha256:abc", "", "sha256:abc"),
        ("qumis/api:v1@sha256:abc", "v1", "v1"),
    ],
)
def test_image_reference_is_read(reference: str, tag: str, version: str) -> None:
    image = Image(reference)
    assert (image.tag, image.version) == (tag, version)


@pytest.mark.parametrize(
    "expected", [TAG, "4f2a9c1", "4f2a9c1d0c8e", f"qumis/api:{TAG}", "4F2A9C1"]
)
def test_image_is_the_version_by_tag_or_commit(expected: str) -> None:
    assert Image(f"qumis/api:{TAG}").is_version(expected)


@pytest.mark.parametrize("expected", ["2026.11.3", "4f2a9c", "4f2a9c2", "latest", "", "api"])
def test_image_is_no_other_version(expected: str) -> None:
    assert not Image(f"qumis/api:{TAG}").is_version(expected)


def test_date_in_a_tag_is_no_commit() -> None:
    assert not same_commit("4f2a9c1", "4f2a-9c1")
    assert same_commit("4f2a9c1", "4f2a9c1d0c8e5b7a")
    assert not same_commit("20261112", "202611121530")
