"""The checks of the deployment's identity and of what it changed, each with what its probes have seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.deployment import DeploymentWindow
from postdeploy.comparison import Share
from postdeploy.engine import Engine
from postdeploy.errors import ProbeError
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
from tests.infra import test_soak as soak

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

    def judge(check: Body, item: str) -> Judged:
        parts = item.split(".")
        named = parts[1] if parts[0] == "ecs" else parts[-1]
        params = {} if parts[0] in ("pre", "soak") else {"name": named}
        engine.start([Ticket(item, check, params, (item,), item)])
        last = engine.wait(item).last()[item]
        warnings = [str(e["text"]) for e in journal(tmp_path) if e["kind"] == "warning"]
        return Judged(str(last["outcome"]), str(last["note"]), warnings)

    yield judge
    engine.stop()


def always(answer: Any) -> Callable[..., Any]:
    return lambda *_, **__: answer


def shared(answer: Any, name: str) -> Shared[Any]:
    """A thing made of the answer; a run keeps one for each name."""

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
    monkeypatch.setattr(identity, "AT_START", shared({}, "nothing"))
    monkeypatch.setattr(identity, "RELEASES_AT_START", shared({}, "nothing"))
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
    return shared(
        DeploymentWindow(NOW - timedelta(minutes=21), "since the newest deployment"), "the window"
    )


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


def seen_in_turn(looks: list[RunningService | ProbeError]) -> Callable[..., RunningService]:
    left = list(looks)

    def observe(*_: object) -> RunningService:
        found = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(found, ProbeError):
            raise found
        return found

    return observe


LOST = with_service(running=1, pending=1)


@pytest.mark.parametrize(
    ("looks", "outcome", "said", "warned"),
    [
        ([HEALTHY], "passed", "", ""),
        ([with_service(desired=3, pending=1)], "passed", "", ""),
        ([LOST], "failed", "0 s of soaking: api: 1 tasks run, and 2 are wanted", ""),
        ([with_primary(id="ecs-svc/3")], "failed", "at the end ecs-svc/3", ""),
        ([LOST, HEALTHY], "passed", "", "while soaking, seen once and not again: api: 1 tasks run"),
        ([ProbeError("Throttling")], "blocked", "at no look everything could be seen", ""),
    ],
    ids=["well", "scaled", "lost", "rolled back", "lost for a moment", "never seen"],
)
def test_what_is_wrong_twice_ends_a_soak_at_once(
    judged: Judge,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    looks: list[RunningService | ProbeError],
    outcome: str,
    said: str,
    warned: str,
) -> None:
    run.facts = replace(run.facts, soak=0.0)
    monkeypatch.setattr(soak, "_CONFIRM_SECONDS", 0.0)
    monkeypatch.setattr(soak, "AT_START", shared({"api": HEALTHY}, "at the start"))
    monkeypatch.setattr(soak, "WINDOW", window())
    monkeypatch.setattr(soak, "observe_running", seen_in_turn(looks))
    fine = {"since": FINE, "before": FINE, "week": FINE}
    monkeypatch.setattr(soak, "error_share", in_turn(fine))
    seen = judged(soak.test_the_deployment_stays_well, "soak")
    assert seen.outcome == outcome, seen.note
    assert said in seen.note
    assert [one.startswith(warned) for one in seen.warnings] == [True] * bool(warned)
