"""A log without a line about what the run itself has made is silent, however clean it looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from postdeploy.engine import Engine
from postdeploy.probes.aws.logs import LogWindow
from postdeploy.target import Aws, Bounds, Environment
from postdeploy.ticket import Ticket
from selftests.unit.sample_aws import ACCOUNT, REGION
from selftests.unit.small_runs import make_run
from selftests.unit.test_infra_checks import check_of, window

NOW = datetime.now(UTC)
CLEAN = LogWindow("web/log", NOW, NOW)
AWS = Aws.model_validate(
    {
        "account": ACCOUNT,
        "region": REGION,
        "log_groups": {"x": {"name": "web/log", "told_of": ["report"]}},
    }
)


def seeing(answer: object) -> Callable[..., object]:
    return lambda *_, **__: answer


@pytest.mark.parametrize(
    ("kind", "told", "outcome"),
    [
        ("report", True, "passed"),
        ("report", False, "blocked"),
        ("document", False, "passed"),
    ],
    ids=["told", "untold", "of no concern"],
)
def test_log_that_is_told_of_what_runs_make(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, told: bool, outcome: str
) -> None:
    run = make_run(tmp_path, Environment(bounds=Bounds(check_seconds=10), aws=AWS))
    run.ledger.intend(kind, "mine", "member").made("id-1")
    check = "test_logs_hold_no_errors_since_the_deployment"
    module, function = check_of("test_log_errors", check)
    monkeypatch.setattr(module, "WINDOW", window())
    monkeypatch.setattr(module, "observe_errors", seeing(CLEAN))
    monkeypatch.setattr(module, "observe_any", seeing(told))
    monkeypatch.setattr(module, "_DELIVERY_SECONDS", 0.01)
    engine = Engine(lambda: run)
    engine.start([Ticket("logs", function, {"name": "x"}, ("logs.x-clean",), "logs")])
    (*_, last) = engine.wait("logs").entries
    engine.stop()
    assert last["outcome"] == outcome
    assert ("the run made report 'mine'" in str(last["note"])) == (outcome == "blocked")
