"""Each check of AWS resources passes, fails and is blocked by what its probe has seen, and by nothing else."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from fixtures.deployment import DeploymentWindow
from postdeploy.engine import Engine
from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.probes.aws.alarms import AlarmState
from postdeploy.probes.aws.certificates import CertificateState
from postdeploy.probes.aws.lambdas import FunctionState, FunctionUse
from postdeploy.probes.aws.log_errors import ErrorGroup
from postdeploy.probes.aws.logs import LogWindow
from postdeploy.probes.aws.metrics import Point, Query, Series
from postdeploy.probes.aws.queues import QueueState
from postdeploy.probes.aws.secrets import SecretState
from postdeploy.probes.aws.stacks import StackState
from postdeploy.probes.aws.target_groups import TargetGroupState, TargetHealth
from postdeploy.probes.aws.topics import TopicState
from postdeploy.shared import Shared
from postdeploy.target import Aws, Bounds, Environment
from postdeploy.ticket import Ticket
from selftests.unit.sample_aws import ACCOUNT, REGION
from selftests.unit.small_runs import journal, make_run

CHECKS = Path(__file__).parents[2] / "tests" / "infra"
ARN = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/3f2b8c1e-1111-4222-8333-444455556666"
NOW = datetime.now(UTC)
AWS = Aws.model_validate(
    {
        "account": ACCOUNT,
        "region": REGION,
        "stacks": {"x": {"name": "web"}},
        "secrets": {"x": {"name": "web/config"}},
        "certificates": {"x": {"arn": ARN}},
        "target_groups": {"x": {"name": "web-tg", "minimum": 2}},
        "topics": ["x"],
        "alarms": {"x": {"name": "all"}, "y": {"name": "all", "threshold": 80, "minutes": 10}},
        "queues": {"x": {"name": "jobs", "dead_letters": "lost"}},
        "lambdas": {
            "x": {"name": "worker", "p95_seconds": 3},
            "y": {"name": "worker", "average_seconds": 30},
        },
        "log_groups": {"x": {"name": "web/log", "errors_allowed": 2}},
        "error_rate": {
            "requests": {"namespace": "App", "name": "Requests"},
            "errors": {"namespace": "App", "name": "Errors"},
        },
    }
)

Judge = Callable[..., tuple[str, str, list[str]]]
"""Runs a check of a file under tests/infra: its outcome, its note, the run's warnings."""


def check_of(file: str, name: str) -> tuple[ModuleType, Any]:
    spec = importlib.util.spec_from_file_location(f"infra_{file}", CHECKS / f"{file}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module, getattr(module, name)


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Judge]:
    """Run a check once with probes that see what the test says: outcome, note, warnings."""
    run = make_run(tmp_path, Environment(bounds=Bounds(check_seconds=10), aws=AWS))
    engine = Engine(lambda: run)

    def judge(file: str, check: str, name: str = "x", **seen: Any) -> tuple[str, str, list[str]]:
        module, function = check_of(file, check)
        for known, answer in seen.items():
            told = answer if isinstance(answer, Shared) else _probe(answer)
            monkeypatch.setattr(module, known, told)
        covers = [mark.args[0] for mark in function.pytestmark if mark.name == "covers"]
        item = covers[0].replace("{name}", name)
        engine.start([Ticket(item, function, {"name": name}, (item,), item)])
        (*_, last) = engine.wait(item).entries
        warnings = [str(e["text"]) for e in journal(tmp_path) if e["kind"] == "warning"]
        return str(last["outcome"]), str(last["note"]), warnings

    yield judge
    engine.stop()


def _probe(answer: object) -> Callable[..., object]:
    def probe(*_: object, **__: object) -> object:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return probe


def stack(status: str, minutes: float = 1, reason: str = "") -> StackState:
    return StackState("web", status, reason, NOW - timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("seen", "outcome", "said"),
    [
        (stack("CREATE_COMPLETE"), "passed", ""),
        (stack("UPDATE_COMPLETE", 9000), "passed", ""),
        (stack("MISSING"), "failed", "there is no stack web"),
        (stack("DELETE_COMPLETE"), "failed", "there is no stack web"),
        (
            stack("UPDATE_ROLLBACK_FAILED", reason="no"),
            "failed",
            "stuck in UPDATE_ROLLBACK_FAILED: no",
        ),
        (stack("CREATE_FAILED"), "failed", "stuck in CREATE_FAILED"),
        (stack("UPDATE_ROLLBACK_COMPLETE", 9000), "failed", "was rolled back"),
        (stack("ROLLBACK_COMPLETE"), "failed", "was rolled back"),
        (stack("UPDATE_ROLLBACK_IN_PROGRESS"), "failed", "is being rolled back"),
        (stack("UPDATE_IN_PROGRESS", 45), "failed", "stuck: UPDATE_IN_PROGRESS for 4"),
        (stack("DELETE_IN_PROGRESS"), "failed", "is being deleted"),
        (StackState("web", "UPDATE_IN_PROGRESS"), "blocked", "does not tell since when"),
        (stack("SOMETHING_NEW"), "blocked", "do not know"),
        (ProbeError("refused"), "blocked", "refused"),
    ],
)
def test_stack(judged: Judge, seen: object, outcome: str, said: str) -> None:
    told, note, warnings = judged("test_stacks", "test_stack_is_not_stuck", observe_stack=seen)
    assert told == outcome
    assert said in note
    assert warnings == []


def test_stack_in_progress_for_a_while_is_only_told(judged: Judge) -> None:
    seen = stack("UPDATE_IN_PROGRESS", 15)
    told, _, warnings = judged("test_stacks", "test_stack_is_not_stuck", observe_stack=seen)
    assert (told, warnings) == (
        "passed",
        ["an operation on stack web is under way: UPDATE_IN_PROGRESS"],
    )


@pytest.mark.parametrize(
    ("seen", "outcome", "said"),
    [
        (SecretState("web/config", True, True), "passed", ""),
        (SecretState("web/config", False), "failed", "there is no secret web/config"),
        (SecretState("web/config", True, False), "failed", "has no current value"),
        (SecretState("web/config", True, True, NOW), "failed", "scheduled for deletion"),
        (ProbeError("refused"), "blocked", "refused"),
    ],
)
def test_secret(judged: Judge, seen: object, outcome: str, said: str) -> None:
    told, note, _ = judged("test_stored_secrets", "test_secret_is_stored", observe_secret=seen)
    assert told == outcome
    assert said in note


def certificate(status: str, days: float | None = 90, reason: str = "") -> CertificateState:
    end = None if days is None else NOW + timedelta(days=days)
    return CertificateState(ARN, status, "demo.example", end, reason)


@pytest.mark.parametrize(
    ("seen", "outcome", "said"),
    [
        (certificate("ISSUED"), "passed", ""),
        (certificate("ISSUED", 20), "failed", "20.0 days left, at least 21 are wanted"),
        (certificate("ISSUED", -1), "failed", "-1.0 days left"),
        (certificate("EXPIRED", -1), "failed", "is EXPIRED"),
        (certificate("FAILED", None, "CAA_ERROR"), "failed", "is FAILED: CAA_ERROR"),
        (certificate("MISSING", None), "failed", "there is no certificate"),
        (certificate("ISSUED", None), "blocked", "does not tell when"),
        (ProbeError("refused"), "blocked", "refused"),
    ],
)
def test_certificate(judged: Judge, seen: object, outcome: str, said: str) -> None:
    check = "test_certificate_is_issued_and_valid_for_long"
    told, note, _ = judged("test_certificates", check, observe_certificate=seen)
    assert told == outcome
    assert said in note


def targets(*states: str) -> TargetGroupState:
    found = tuple(TargetHealth(f"10.0.0.{n}", 80, state, "Why") for n, state in enumerate(states))
    return TargetGroupState("web-tg", True, found)


@pytest.mark.parametrize(
    ("seen", "outcome", "said"),
    [
        (targets("healthy", "healthy"), "passed", ""),
        (targets("healthy", "healthy", "draining", "initial"), "passed", ""),
        (targets("healthy", "unhealthy"), "failed", "10.0.0.1:80 unhealthy (Why)"),
        (targets("healthy"), "failed", "no other target is registered"),
        (targets("unused", "unused"), "failed", "0 healthy targets"),
        (targets("healthy", "initial"), "blocked", "has not judged all targets"),
        (targets("unavailable", "unavailable"), "blocked", "has not judged all targets"),
        (TargetGroupState("web-tg", False), "failed", "there is no target group"),
        (ProbeError("refused"), "blocked", "refused"),
    ],
)
def test_target_group(judged: Judge, seen: object, outcome: str, said: str) -> None:
    check = "test_target_group_has_enough_healthy_targets"
    told, note, _ = judged("test_target_groups", check, observe_target_group=seen)
    assert told == outcome
    assert said in note


@pytest.mark.parametrize(
    ("seen", "outcome", "said", "warned"),
    [
        (TopicState("x", True, 1), "passed", "", 0),
        (TopicState("x", True, 1, 1), "passed", "", 1),
        (TopicState("x", True, 0, 1), "failed", "no confirmed subscription (1 are pending)", 0),
        (TopicState("x", False), "failed", "there is no topic x", 0),
        (ProbeError("refused"), "blocked", "refused", 0),
    ],
)
def test_topic(judged: Judge, seen: object, outcome: str, said: str, warned: int) -> None:
    check = "test_topic_has_a_confirmed_subscription"
    told, note, warnings = judged("test_topics", check, observe_topic=seen)
    assert (told, len(warnings)) == (outcome, warned)
    assert said in note


def composite(state: str, reason: str = "") -> dict[str, AlarmState]:
    return {"all": AlarmState("all", state, reason, NOW, composite=True)}


@pytest.mark.parametrize(
    ("seen", "outcome", "said"),
    [
        (composite("OK"), "passed", ""),
        (
            composite("ALARM", "arn:…:api transitioned to ALARM"),
            "failed",
            "api transitioned to ALARM",
        ),
        (composite("INSUFFICIENT_DATA"), "blocked", "insufficient data"),
        (composite("MISSING"), "failed", "there is no alarm all"),
        (ProbeError("refused"), "blocked", "refused"),
    ],
    ids=["ok", "alarm", "insufficient", "missing", "refused"],
)
def test_composite_alarm(judged: Judge, seen: object, outcome: str, said: str) -> None:
    told, note, _ = judged("test_monitoring", "test_alarm_is_ok", observe_alarms=seen)
    assert told == outcome
    assert said in note


@pytest.mark.parametrize(
    ("threshold", "minutes", "outcome", "said"),
    [
        (80, 10, "passed", ""),
        (800, 10, "failed", "watches for 800, declared is 80"),
        (80, 1440, "failed", "rings after 1440 minutes, declared are 10"),
        (80, None, "passed", ""),
    ],
)
def test_alarm_that_is_ok_and_would_ring_too_late(
    judged: Judge, threshold: float, minutes: float | None, outcome: str, said: str
) -> None:
    alarm = AlarmState("all", "OK", threshold=threshold, minutes=minutes)
    told, note, _ = judged(
        "test_monitoring", "test_alarm_is_ok", "y", observe_alarms={"all": alarm}
    )
    assert told == outcome
    assert said in note


@pytest.mark.parametrize(
    ("lost", "outcome", "said"),
    [
        ("lost", "passed", ""),
        ("", "failed", "the dead letters of jobs go to no queue, declared is lost"),
        ("others", "failed", "the dead letters of jobs go to others"),
    ],
)
def test_queue_sends_its_dead_letters_where_they_are_looked_for(
    judged: Judge, lost: str, outcome: str, said: str
) -> None:
    queue = QueueState("jobs", True, dead_letters=lost)
    check = "test_queue_is_shallow_and_fresh"
    told, note, _ = judged(
        "test_managed_services", check, observe_queue=queue, observe_queue_age=None
    )
    assert told == outcome
    assert said in note


async def _window(_: Flow) -> DeploymentWindow:
    return DeploymentWindow(NOW - timedelta(minutes=7), "since the newest deployment")


def window() -> Shared[DeploymentWindow]:
    return Shared("the deployment's time window", _window)


def used(p95: float | None = 1, average: float | None = 1, errors: float = 0) -> FunctionUse:
    return FunctionUse(100 if p95 else 0, errors, 0, p95, average)


@pytest.mark.parametrize(
    ("name", "use", "outcome", "said"),
    [
        ("x", used(), "passed", ""),
        ("x", used(4, 1), "failed", "p95 duration 4.00 s, at most 3 s allowed"),
        ("x", used(1, 40), "passed", ""),
        ("y", used(40, 29), "passed", ""),
        ("y", used(1, 31), "failed", "average duration 31.00 s, at most 30 s allowed"),
        ("y", used(None, None), "blocked", "was not invoked"),
        ("x", used(None, None), "blocked", "was not invoked"),
        ("x", used(errors=2), "failed", "2.0 % errors (2 of 100)"),
    ],
)
def test_function_duration(
    judged: Judge, name: str, use: FunctionUse, outcome: str, said: str
) -> None:
    told, note, _ = judged(
        "test_managed_services",
        "test_function_is_active_and_within_bounds",
        name,
        WINDOW=window(),
        observe_function=FunctionState("worker", "Active"),
        observe_function_use=use,
    )
    assert told == outcome
    assert said in note


def log(**seen: Any) -> LogWindow:
    return LogWindow("web/log", NOW - timedelta(minutes=7), NOW, **seen)


KINDS = (ErrorGroup("PG::Error", 40, "[ERROR] PG::Error: gone"),)


@pytest.mark.parametrize(
    ("seen", "outcome", "said"),
    [
        (log(), "passed", ""),
        (log(count=2), "passed", ""),
        (log(count=40, errors=KINDS), "failed", "holds 40 errors: 40 x PG::Error"),
        (
            log(count=999, errors=KINDS, sampled=True),
            "failed",
            "999 errors: at least 40 x PG::Error",
        ),
        (log(count=40, errors=KINDS, complete=False), "failed", "holds at least 40 errors"),
        (log(count=3), "failed", "holds 3 errors: none found to show"),
        (log(found=False), "failed", "there is no log group web/log"),
        (log(silent=True), "blocked", "holds no event at all"),
        (log(complete=False), "blocked", "too large to be read to its end"),
        (ProbeError("the query ended Timeout"), "blocked", "the query ended Timeout"),
    ],
)
def test_log_group(judged: Judge, seen: object, outcome: str, said: str) -> None:
    check = "test_logs_hold_no_errors_since_the_deployment"
    told, note, _ = judged("test_log_errors", check, WINDOW=window(), observe_errors=seen)
    assert told == outcome
    assert said in note


@pytest.mark.parametrize(
    ("requests", "errors", "stopped"),
    [
        ([60, 60], [0, 0], False),
        ([60, 60], [], False),
        ([60, 60], [0, None], True),
        ([60, 60], [3, None], False),
        ([60, None], [0, None], False),
    ],
    ids=["both", "never an error", "stopped", "speaks only of errors", "no requests either"],
)
def test_counter_of_errors(
    requests: list[float | None], errors: list[float | None], stopped: bool
) -> None:
    def told(name: str, values: list[float | None]) -> Series:
        moments = (NOW - timedelta(minutes=40), NOW - timedelta(minutes=2))
        points = [(at, value) for at, value in zip(moments, values, strict=False)]
        known = tuple(Point(at, value) for at, value in points if value is not None)
        return Series(Query("App", name, "Sum", {}), known)

    module, _ = check_of("test_monitoring", "test_alarm_is_ok")
    seen = {
        "requests of the error rate": told("Requests", requests),
        "errors of the error rate": told("Errors", errors),
    }
    faults = module._stopped_counter(AWS.error_rate, seen, NOW)
    assert faults == ["the newest datapoint of App Errors is 39 minutes old"] * stopped
