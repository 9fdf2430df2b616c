"""A rolled-back service is never taken for a steady one, whatever it shows of the rollback."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from fixtures.deployment import LONGEST_WINDOW, DeploymentWindow, own_window, window_of
from fixtures.rollout import (
    change_faults,
    lasting_faults,
    rollout_faults,
    running_in_words,
    stop_in_words,
    unexpected_stops,
    unsettled,
    version_faults,
)
from postdeploy.probes.aws.ecs import Deployment, EcsService, ServiceEvent
from postdeploy.probes.aws.ecs_running import RunningService
from postdeploy.probes.aws.ecs_tasks import Container, Task, TaskDefinition
from postdeploy.probes.aws.images import Image
from postdeploy.probes.aws.lambdas import FunctionState
from selftests.unit.sample_aws import NOW

TAG = "2026.11.3-4f2a9c1"
DEPLOYED = NOW - timedelta(minutes=6)
PRIMARY = Deployment(
    "ecs-svc/2", "PRIMARY", "COMPLETED", "completed.", DEPLOYED, "x/api:42", 2, 2, 0, 0
)
FAILED = replace(PRIMARY, id="ecs-svc/9", status="ACTIVE", rollout="FAILED", reason="tasks failed")
SERVICE = EcsService("blue", "api", "ACTIVE", "ECS", 2, 2, 0, (PRIMARY,))


def definition(tag: str = TAG, revision: int = 42) -> TaskDefinition:
    return TaskDefinition(f"x/api:{revision}", (Container("api", Image(f"qumis/api:{tag}")),))


def task(name: str, tag: str = TAG, **more: str) -> Task:
    image = Image(f"qumis/api:{tag}")
    container = Container("api", image, exit_code=137, digest=more.get("build", ""))
    code, reason = more.get("code", ""), more.get("reason", "")
    health = more.get("health", "HEALTHY")
    return Task(name, "x/api:42", "RUNNING", DEPLOYED, NOW, code, reason, (container,), health)


HEALTHY = RunningService(NOW, SERVICE, definition(), 42, (task("a"), task("b")))


def with_service(**changes: object) -> RunningService:
    return replace(HEALTHY, service=replace(SERVICE, **changes))  # type: ignore[arg-type]


def with_primary(**changes: object) -> RunningService:
    return with_service(deployments=(replace(PRIMARY, **changes),))  # type: ignore[arg-type]


def events(message: str, ago: timedelta) -> tuple[ServiceEvent, ...]:
    return (ServiceEvent(NOW - ago, message),)


def test_completed_deployment_at_full_strength_is_steady() -> None:
    assert rollout_faults(HEALTHY, 2, TAG) == []
    assert rollout_faults(HEALTHY, 2, "") == []


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (with_service(status="DRAINING"), "status is DRAINING"),
        (with_service(status="MISSING"), "has no service api"),
        (with_service(status="MISSING", cluster_found=False), "there is no cluster blue"),
        (with_service(running=1), "1 of 2 tasks run"),
        (with_service(running=0, desired=0), "wants 0 tasks"),
        (with_service(running=1, pending=1), "1 tasks are pending"),
        (with_service(deployments=()), "no deployment is PRIMARY"),
        (with_primary(rollout="IN_PROGRESS"), "is IN_PROGRESS"),
        (with_primary(rollout="FAILED", reason="circuit breaker"), "is FAILED"),
        (with_service(deployments=(PRIMARY, FAILED)), "ecs-svc/9 has FAILED"),
        (with_primary(reason="circuit breaker: rolling back to deploymentId 1"), "is a rollback"),
        (
            with_service(events=events("rolling back to deployment ecs-svc/2.", timedelta(days=1))),
            "events tell of a rollback",
        ),
        (
            with_service(events=events("(deployment 9) deployment failed", timedelta(minutes=1))),
            "events tell of a rollback",
        ),
        (replace(HEALTHY, definition=definition("previous")), "expected 2026.11.3-4f2a9c1"),
        (
            replace(HEALTHY, tasks=(task("a"), task("b", "previous"))),
            "task b runs qumis/api:previous",
        ),
        (replace(HEALTHY, tasks=(task("a"), task("b", health="UNHEALTHY"))), "task b is UNHEALTHY"),
    ],
)
def test_whatever_tells_of_another_state_is_a_fault(seen: RunningService, said: str) -> None:
    assert said in "; ".join(rollout_faults(seen, 2, TAG))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        ({"desired": 3, "pending": 1}, ["2 of 3 tasks run", "1 tasks are pending"]),
        ({"running": 3}, ["3 of 2 tasks run"]),
        ({"pending": 1}, ["1 tasks are pending"]),
    ],
)
def test_service_that_runs_its_minimum_may_be_being_scaled(
    changes: dict[str, object], said: list[str]
) -> None:
    seen = with_service(**changes)
    assert (rollout_faults(seen, 2, TAG), unsettled(seen.service)) == ([], said)


def test_revision_that_is_not_the_newest_is_right_only_with_the_expected_image() -> None:
    seen = replace(HEALTHY, newest_revision=43)
    assert rollout_faults(seen, 2, TAG) == []
    (said,) = rollout_faults(seen, 2, "")
    assert "revision 42 of its task definition, the newest is 43" in said


def test_rollback_before_this_deployment_is_over() -> None:
    old = events("(service api) rolling back to deployment ecs-svc/1.", timedelta(hours=2))
    assert rollout_faults(with_service(events=old), 2, TAG) == []


def test_ordinary_events_are_no_fault() -> None:
    steady = events("(service api) has reached a steady state.", timedelta(minutes=1))
    assert rollout_faults(with_service(events=steady), 2, TAG) == []


def test_version_is_judged_by_image_and_by_each_task() -> None:
    assert version_faults(HEALTHY, "4f2a9c1") == []
    mixed = replace(HEALTHY, tasks=(task("a", "old"),))
    assert len(version_faults(mixed, "")) == 1


def builds(*digests: str) -> RunningService:
    return replace(HEALTHY, tasks=tuple(task(f"t{n}", build=one) for n, one in enumerate(digests)))


def test_one_tag_is_one_build() -> None:
    assert version_faults(builds("sha256:1", "sha256:1"), TAG) == []
    assert version_faults(builds("sha256:1", ""), TAG) == []
    (fault,) = version_faults(builds("sha256:1", "sha256:2"), TAG)
    assert "different builds under qumis/api" in fault
    assert "t1 sha256:2" in fault


def test_a_tag_that_is_pushed_anew_during_the_run_is_noticed() -> None:
    before = builds("sha256:1", "sha256:1")
    assert change_faults(before, builds("sha256:1")) == []
    assert change_faults(before, builds("")) == []
    assert "sha256:2" in change_faults(before, builds("sha256:2"))[0]


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (HEALTHY, ""),
        (with_service(desired=3, pending=1), ""),
        (with_service(desired=4, running=3, pending=1), ""),
        (with_service(desired=1, running=2), ""),
        (replace(HEALTHY, newest_revision=43), ""),
        (with_service(running=1), "1 tasks run, and 2 are wanted"),
        (with_service(running=0, desired=0), "0 tasks run, and 1 are wanted"),
        (with_service(desired=3, running=1, pending=2), "1 tasks run, and 2 are wanted"),
        (with_service(status="MISSING"), "has no service api"),
        (with_service(status="DRAINING"), "status is DRAINING"),
        (with_primary(rollout="FAILED"), "is FAILED"),
        (with_service(deployments=(PRIMARY, FAILED)), "ecs-svc/9 has FAILED"),
        (replace(HEALTHY, tasks=(task("b", health="UNHEALTHY"),)), "task b is UNHEALTHY"),
    ],
)
def test_what_was_steady_stays_so_however_it_is_scaled(after: RunningService, said: str) -> None:
    faults = "; ".join(lasting_faults(HEALTHY, after, 1))
    assert said in faults
    assert bool(said) is bool(faults)


def test_sidecars_are_not_the_version() -> None:
    router = Container("router", Image("fluent/bit:3"))
    product = Container("api", Image(f"qumis/api:{TAG}"))
    seen = replace(HEALTHY, definition=TaskDefinition("x/api:42", (router, product)))
    assert version_faults(seen, TAG) == []


def test_another_deployment_in_between_is_noticed() -> None:
    again = with_primary(id="ecs-svc/3")
    assert change_faults(HEALTHY, HEALTHY) == []
    assert "ecs-svc/3" in change_faults(HEALTHY, again)[0]
    other = replace(again, definition=definition("previous"))
    assert len(change_faults(HEALTHY, other)) == 2


def test_only_replaced_tasks_and_lost_hosts_stop_as_expected() -> None:
    scaled = task("a", code="ServiceSchedulerInitiated", reason="Scaling activity initiated by (x)")
    unhealthy = task("b", code="ServiceSchedulerInitiated", reason="Task failed ELB health checks")
    crashed = task(
        "c", code="EssentialContainerExited", reason="Essential container in task exited"
    )
    spot = task("d", code="SpotInterruption", reason="Your Spot Task was interrupted.")
    gone = task(
        "f",
        reason="ECS is performing maintenance on the underlying infrastructure hosting the task.",
    )
    never = task("e", code="TaskFailedToStart", reason="CannotPullContainerError")
    stops = unexpected_stops([scaled, unhealthy, crashed, spot, gone, never])
    assert [one.id for one in stops] == ["b", "c", "e"]
    assert "exit code: api 137" in stop_in_words(crashed)


def test_window_begins_a_minute_before_the_newest_deployment() -> None:
    older = with_primary(created=DEPLOYED - timedelta(hours=1))
    window = window_of({"api": HEALTHY, "web": older}, NOW)
    assert window.start == DEPLOYED - timedelta(minutes=1)


@pytest.mark.parametrize(
    ("earlier", "begins"), [(0, 0), (-5, 0), (5, -5), (60, -60), (61, 0), (60 * 24 * 5, 0)]
)
def test_window_of_a_service_begins_with_its_own_deployment_of_the_same_release(
    earlier: int, begins: int
) -> None:
    newest = DeploymentWindow(DEPLOYED - timedelta(minutes=1), "since the newest deployment")
    own = own_window(newest, with_primary(created=DEPLOYED - timedelta(minutes=earlier)))
    assert own.start == newest.start + timedelta(minutes=begins)


def test_window_of_a_service_without_deployment_is_that_of_all() -> None:
    newest = DeploymentWindow(DEPLOYED, "since the newest deployment")
    assert own_window(newest, with_service(deployments=())) == newest


def test_task_of_another_definition_with_the_same_image_is_left_over() -> None:
    other = replace(HEALTHY.tasks[0], task_definition="x/api:41")
    (said,) = rollout_faults(replace(HEALTHY, tasks=(other, *HEALTHY.tasks[1:])), 1, "")
    assert "still runs task definition api:41" in said


def test_window_of_a_rollback_begins_with_what_failed() -> None:
    back = replace(PRIMARY, created=NOW - timedelta(minutes=1))
    seen = with_service(deployments=(back, replace(FAILED, created=DEPLOYED)))
    assert window_of({"api": seen}, NOW).start == DEPLOYED - timedelta(minutes=1)


def test_window_without_deployments_begins_before_the_run() -> None:
    window = window_of({"api": with_service(deployments=())}, NOW)
    assert window.start == NOW - timedelta(minutes=15)


def test_window_without_services_begins_before_the_newest_change_of_a_function() -> None:
    functions = [
        FunctionState("old", "Active", modified=NOW - timedelta(days=3)),
        FunctionState("new", "Active", modified=DEPLOYED),
        FunctionState("gone", "MISSING"),
    ]
    window = window_of({}, NOW, functions)
    assert window.start == DEPLOYED - timedelta(minutes=1)
    assert "15 minutes" in window_of({}, NOW, functions[2:]).why


def test_window_of_an_old_deployment_is_limited_and_says_so() -> None:
    window = window_of({"api": with_primary(created=NOW - timedelta(days=5))}, NOW)
    assert window.start == NOW - LONGEST_WINDOW
    assert "last 6 hours" in window.until(NOW)


def test_state_in_words_names_deployment_and_image() -> None:
    said = running_in_words(HEALTHY)
    assert "2/2 running" in said
    assert TAG in said
    assert "ecs-svc/2 COMPLETED" in said
