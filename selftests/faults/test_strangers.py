"""The sandbox speaks in markup and commands, through its pages and its log: whoever reads the record sees words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from selftests.faults.running import FaultHouse, FaultRun
from selftests.unit.canary import a_browser, look_at
from selftests.unit.ci_runner import obeyed

FAULTS = ("web.home-strange-words", "aws.log-llm-strange-words")
CHECKS = (
    "tests/e2e/qumis/test_home.py::test_home_page",
    "tests/infra/test_log_errors.py::test_logs_hold_no_errors_since_the_deployment[llm]",
)
_ELSEWHERE = not os.environ.get("FAULTS_SHARD", "1/1").startswith("1/") or "qumis" not in (
    os.environ.get("FAULTS_SYSTEMS") or "qumis"
)
pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(_ELSEWHERE, reason="another shard does this"),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultRun]:
    with FaultHouse() as house:
        yield house.run(FAULTS, CHECKS, tmp_path_factory.mktemp("run"), retry=False)


def test_its_words_are_words(run: FaultRun) -> None:
    assert set(run.items("failed")) == {"home.loads", "home.console-clean", "logs.llm-clean"}
    said = [item.model_dump_json() for item in run.record.items if item.outcome == "failed"]
    assert ["window.pwned=1" in one for one in said] == [True] * 3
    assert obeyed(run.said) == []
    assert "\x1b" not in run.said
    with a_browser() as browser:
        seen = look_at(browser, Path(run.folder) / "record.html")
    assert seen.alive == []
    assert seen.text.count("<script>window.pwned=1</script>") >= 3
