"""The checks of the deployment's identity and of what it changed, each with what its probes have seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.deployment import DeploymentWindow
from postdeploy.comparison import Share
from postdeploy.engine import Engine
from postdeploy.probes.aws.databases import DatabaseState, DatabaseUse
from postdeploy.probes.aws.ecs_running import RunningService
from postdeploy.probes.aws.identity import CallerIdentity
from postdeploy.probes.aws.metrics import Point, Query, Series
from postdeploy.run import Run
from postdeploy.shared import Shared
from postdeploy.target import Aws, Bounds, Environment
from postdeploy.ticket import Ticket
from selftests.unit.sample_aws import ACCOUNT, REGION
from selftests.unit.small_runs import Body, journal, make_run
from selftests.unit.test_aws_probes_rollout import HEALTHY, TAG, with_primary, with_service
from tests.infra import test_change as change
from tests.infra import test_deployment_identity as identity
from tests.infra import test_ecs_services as services
from tests.infra import test_managed_services as managed

NOW = datetime.now(UTC)
METRIC = {"namespace": "Demo", "name": "Requests", "statistic": "Sum"}
AWS = Aws.model_validate(
    {
        "account": ACCOUNT,
        "region": REGION,
        "cluster": "blue",
        "services": {"api": {"minimum": 2}},
        "databases": {"main": {"instance": "db"}},
        "errors": {"api": {"requests": METRIC, "errors": METRIC}},
        "performance": {"api": {"metric": METRIC}},
    }
)


@dataclass(frozen=True)
class Judged:
    """How a check answered one of its items, and what the run was warned of."""

    outcome: str
    note: str
    warnings: list[str]


Judge = Callable[..., Judged]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run of a system with one service, one database and two metrics."""
    return make_run(tmp_path, Environment(bounds=Bounds(check_seconds=10), aws=AWS))


@pytest.fixture
def judged(run: Run, tmp_path: Path) -> Iterator[Judge]:
    """Run a check once."""
    engine = Engine(lambda: run)

    def judge(check: Body, item: str, *more: str) -> Judged:
        name = item.rpartition(".")[2]
        params = {} if item.startswith("pre.") else {"name": name}
        if item.startswith("ecs."):
            params = {"name": item.split(".")[1]}
        engine.start([Ticket(item, check, params, (*more, item), item)])
        last = engine.wait(item).last()[item]
        warnings = [str(e["text"]) for e in journal(tmp_path) if e["kind"] == "warning"]
        return Judged(str(last["outcome"]), str(last["note"]), warnings)

    yield judge
    engine.stop()


def always(answer: Any) -> Callable[..., Any]:
    return lambda *_, **__: answer


def shared(answer: Any, name: str = "made up") -> Shared[Any]:
    async def make(_: object) -> Any:
        return answer

    return Shared(name, make)


def looks(monkeypatch: pytest.MonkeyPatch, before: RunningService, after: RunningService) -> None:
    monkeypatch.setattr(services, "AT_START", shared({"api": before}, "at the start"))
    monkeypatch.setattr(services, "AT_END", shared({"api": after}, "at the end"))


VERSION, STEADY = "ecs.api.version", "ecs.api.steady"


def test_a_version_that_nobody_asked_for_is_a_warning(
    judged: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks(monkeypatch, HEALTHY, HEALTHY)
    seen = judged(services.test_service_runs_its_version_to_the_end, VERSION)
    assert (seen.outcome, seen.warnings) == ("passed", ["version not asked for"])


def test_one_that_was_asked_for_is_none(
    judged: Judge, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.expected_versions = {"*": TAG}
    looks(monkeypatch, HEALTHY, HEALTHY)
    seen = judged(services.test_service_runs_its_version_to_the_end, VERSION)
    assert (seen.outcome, seen.warnings) == ("passed", [])


def test_a_system_without_services_is_warned_as_well(
    judged: Judge, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    del run  # it expects nothing
    monkeypatch.setattr(
        identity, "observe_identity", always(CallerIdentity(ACCOUNT, "arn", REGION))
    )
    monkeypatch.setattr(identity, "observe_clusters", always(()))
    monkeypatch.setattr(identity, "AT_START", shared({}))
    monkeypatch.setattr(identity, "RELEASES_AT_START", shared({}))
    seen = judged(identity.test_caller_and_version_are_the_declared_ones, "pre.identity")
    assert (seen.outcome, seen.warnings) == ("passed", ["version not asked for"])


def test_another_primary_deployment_at_the_end_fails(
    judged: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks(monkeypatch, HEALTHY, with_primary(id="ecs-svc/3"))
    seen = judged(services.test_service_runs_its_version_to_the_end, VERSION)
    assert seen.outcome == "failed"
    assert "at the end ecs-svc/3" in seen.note


@pytest.mark.parametrize(
    ("after", "outcome", "said"),
    [
        (HEALTHY, "passed", ""),
        (with_service(desired=3, pending=1), "passed", ""),
        (with_service(running=1, pending=1), "failed", "1 tasks run, and 2 are wanted"),
        (with_primary(rollout="FAILED"), "failed", "is FAILED"),
        (with_service(status="MISSING"), "failed", "has no service"),
        (with_primary(rollout=""), "blocked", "no rollout state"),
        (with_service(controller="CODE_DEPLOY", deployments=()), "blocked", "by CODE_DEPLOY"),
    ],
)
def test_steadiness_is_looked_at_again_at_the_end(
    judged: Judge,
    monkeypatch: pytest.MonkeyPatch,
    after: RunningService,
    outcome: str,
    said: str,
) -> None:
    looks(monkeypatch, HEALTHY, after)
    seen = judged(services.test_service_stays_steady_to_the_end, STEADY)
    assert seen.outcome == outcome, seen.note
    assert said in seen.note


def window() -> Shared[DeploymentWindow]:
    return shared(DeploymentWindow(NOW - timedelta(minutes=21), "since the newest deployment"))


def in_turn(answers: Mapping[str, Any]) -> Callable[..., Any]:
    """By the window that is asked for: since the deployment, before it, a week ago."""

    async def answer(_: object, __: object, start: datetime, end: datetime) -> Any:
        if NOW - start > timedelta(days=6):
            return answers["week"]
        return answers["before"] if end <= NOW - timedelta(minutes=15) else answers["since"]

    return answer


FEW, FINE, BAD = Share(1, 9), Share(0, 900), Share(200, 900)


@pytest.mark.parametrize(
    ("since", "before", "week", "outcome", "said"),
    [
        (FINE, FINE, FINE, "passed", ""),
        (BAD, FINE, FINE, "failed", "22.22 % (200 of 900)"),
        (BAD, FINE, Share(0, 0), "failed", "22.22 %"),
        (BAD, BAD, FINE, "passed", ""),
        (FEW, FINE, FINE, "blocked", "too few samples"),
    ],
    ids=["fine", "worse", "worse, and no week ago", "so before", "too few"],
)
def test_errors_are_compared_with_before_and_with_a_week_ago(
    judged: Judge,
    monkeypatch: pytest.MonkeyPatch,
    since: Share,
    before: Share,
    week: Share,
    outcome: str,
    said: str,
) -> None:
    monkeypatch.setattr(change, "WINDOW", window())
    told = {"since": since, "before": before, "week": week}
    monkeypatch.setattr(change, "error_share", in_turn(told))
    seen = judged(change.test_error_rate_since_the_deployment, "change.errors.api")
    assert seen.outcome == outcome, seen.note
    assert said in seen.note


QUICK, SLOW = [0.1, 0.11, 0.12, 0.1, 0.11, 0.12, 0.1], [0.3, 0.31, 0.32, 0.3, 0.31, 0.32, 0.3]


@pytest.mark.parametrize(
    ("since", "before", "week", "outcome"),
    [
        (QUICK, QUICK, QUICK, "passed"),
        (SLOW, QUICK, QUICK, "failed"),
        (SLOW, QUICK, [], "failed"),
        (SLOW, QUICK, SLOW, "passed"),
        (SLOW[:2], QUICK, QUICK, "blocked"),
        (SLOW, [], [], "blocked"),
    ],
    ids=["fine", "slower", "slower, and no week ago", "as a week ago", "too few", "no before"],
)
def test_performance_is_compared_with_before_and_with_a_week_ago(
    judged: Judge,
    monkeypatch: pytest.MonkeyPatch,
    since: list[float],
    before: list[float],
    week: list[float],
    outcome: str,
) -> None:
    monkeypatch.setattr(change, "WINDOW", window())
    told = {"since": since, "before": before, "week": week}
    monkeypatch.setattr(change, "levels", in_turn(told))
    seen = judged(change.test_performance_since_the_deployment, "change.performance.api")
    assert seen.outcome == outcome, seen.note


def used(minutes_ago: float, cpu: float = 20) -> DatabaseUse:
    at = NOW - timedelta(minutes=minutes_ago)
    series = Series(Query("AWS/RDS", "CPUUtilization", "Average", {}, 300), (Point(at, cpu),))
    return DatabaseUse(series, series)


@pytest.mark.parametrize(
    ("use", "outcome"),
    [
        (used(5), "passed"),
        (used(5, 95), "failed"),
        (used(60), "blocked"),
        (used(60, 95), "blocked"),
    ],
    ids=["well", "busy", "silent for an hour", "silent since it was busy"],
)
def test_a_database_that_fell_silent_is_not_taken_for_a_quiet_one(
    judged: Judge, monkeypatch: pytest.MonkeyPatch, use: DatabaseUse, outcome: str
) -> None:
    monkeypatch.setattr(managed, "WINDOW", window())
    monkeypatch.setattr(managed, "observe_database", always(DatabaseState("db", "available")))
    monkeypatch.setattr(managed, "observe_database_use", always(use))
    seen = judged(managed.test_database_is_available_and_within_bounds, "rds.main")
    assert seen.outcome == outcome, seen.note
