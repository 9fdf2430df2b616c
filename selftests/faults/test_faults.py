"""Each fault turns exactly its items red: the proof that no check is green whatever happens."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from selftests.faults.expected import SYSTEMS, Expectation, core, read_expectations
from selftests.faults.running import FaultHouse, FaultRun, concerned, read_plan, sampled
from selftests.faults.survey import every_fault, told

WHOLE_SUITE = os.environ.get("FAULTS_WHOLE_SUITE") == "1"
"""Every fault against every check, as each night, and not against the checks concerned and a few others."""
_SHARD, _SHARDS = (int(part) for part in os.environ.get("FAULTS_SHARD", "1/1").split("/"))
"""Which part of how many: "2/4" is every fourth expectation, from the second on."""
CORE = os.environ.get("FAULTS_CORE") == "1"
"""As few faults as turn every item red once, and those that no item tells, beside light checks: a quick answer."""
TRIED = tuple(filter(None, os.environ.get("FAULTS_SYSTEMS", "").split(","))) or SYSTEMS
"""The systems whose faults are tried: "lexiscan,qivr", or all."""
_WRITTEN = [read_expectations(system) for system in TRIED]
EXPECTATIONS = [one for written in _WRITTEN for one in (core(written) if CORE else written)]
pytestmark = pytest.mark.faults


@pytest.fixture(scope="session")
def house() -> Iterator[FaultHouse]:
    """Where the faults are tried, one after the other."""
    with FaultHouse() as opened:
        yield opened


def test_every_expectation_is_about_a_fault_that_exists() -> None:
    named = {(one.system, fault) for one in EXPECTATIONS for fault in one.faults}
    known = {(system, fault) for system in TRIED for fault in every_fault(system)}
    assert named - known == set()


@pytest.mark.parametrize("system", TRIED)
def test_every_expected_item_exists(system: str) -> None:
    mine = [one for one in EXPECTATIONS if one.system == system]
    named = {item for one in mine for item in (*one.concerns, *one.also)}
    items = [item for item in named if "*" not in item]
    assert concerned(read_plan(system), sorted(items))


@pytest.mark.parametrize("expectation", EXPECTATIONS[_SHARD - 1 :: _SHARDS], ids=lambda e: e.name)
def test_fault_turns_its_items_red_and_nothing_else(
    expectation: Expectation, house: FaultHouse, tmp_path: Path
) -> None:
    checks = _selected(expectation, read_plan(expectation.system))
    # What is wrong for good is red at once; only where that leaves a doubt does the retry cost its time.
    hasty = not (WHOLE_SUITE or expectation.intermittent or not expectation.red)
    for retry in (False, True) if hasty else (True,):
        run = _run(house, expectation, checks, tmp_path / f"retry-{retry}", retry=retry)
        disagreements = expectation.disagreements(run)
        if not disagreements:
            return
    assert not disagreements, "\n".join([*disagreements, told(expectation.name, run, notes=True)])


def _run(
    house: FaultHouse, expectation: Expectation, checks: Sequence[str], folder: Path, *, retry: bool
) -> FaultRun:
    folder.mkdir()
    return house.run(
        expectation.faults,
        checks,
        folder,
        system=expectation.system,
        more_environment=expectation.environment,
        options=expectation.options,
        target=expectation.target,
        retry=retry,
    )


def _selected(expectation: Expectation, plan: Mapping[str, Any]) -> list[str]:
    """The checks concerned and a few others; none means all."""
    checks = concerned(plan, expectation.concerns)
    if expectation.alone:
        return checks
    if WHOLE_SUITE or not checks:
        return []
    return [*checks, *sampled(plan, checks, expectation.name, heavy=not CORE)]
