"""Each fault turns exactly its items red: the proof that no check is green whatever happens."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from selftests.faults.expected import Expectation, read_expectations
from selftests.faults.running import FaultHouse, concerned, read_plan, sampled
from selftests.faults.survey import every_fault, told

WHOLE_SUITE = os.environ.get("FAULTS_WHOLE_SUITE") == "1"
"""Every fault against every check, as each night, and not against the checks concerned and a few others."""
_SHARD, _SHARDS = (int(part) for part in os.environ.get("FAULTS_SHARD", "1/1").split("/"))
"""Which part of how many: "2/4" is every fourth expectation, from the second on."""
EXPECTATIONS = read_expectations()
pytestmark = pytest.mark.faults


@pytest.fixture(scope="session")
def plan() -> Mapping[str, Any]:
    """Every item with its checks."""
    return read_plan()


@pytest.fixture(scope="session")
def house() -> Iterator[FaultHouse]:
    """Where the faults are tried, one after the other."""
    with FaultHouse() as opened:
        yield opened


def test_every_expectation_is_about_a_fault_that_exists() -> None:
    named = {fault for expectation in EXPECTATIONS for fault in expectation.faults}
    assert named - set(every_fault()) == set()


def test_every_expected_item_exists(plan: Mapping[str, Any]) -> None:
    named = {item for e in EXPECTATIONS for item in (*e.concerns, *e.also)}
    items = [item for item in named if "*" not in item]
    assert concerned(plan, sorted(items))


@pytest.mark.parametrize(
    "expectation", EXPECTATIONS[_SHARD - 1 :: _SHARDS], ids=lambda expectation: expectation.name
)
def test_fault_turns_its_items_red_and_nothing_else(
    expectation: Expectation, plan: Mapping[str, Any], house: FaultHouse, tmp_path: Path
) -> None:
    run = house.run(
        expectation.faults,
        _selected(expectation, plan),
        tmp_path,
        more_environment=expectation.environment,
        options=expectation.options,
        target=expectation.target,
    )
    disagreements = expectation.disagreements(run)
    assert not disagreements, "\n".join([*disagreements, told(expectation.name, run, notes=True)])


def _selected(expectation: Expectation, plan: Mapping[str, Any]) -> list[str]:
    """The checks concerned and a few others; none means all."""
    checks = concerned(plan, expectation.concerns)
    if expectation.alone:
        return checks
    if WHOLE_SUITE or not checks:
        return []
    return [*checks, *sampled(plan, checks, expectation.name)]
