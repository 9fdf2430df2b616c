"""Each fault turns exactly its items red: the proof that no check is green whatever happens."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from selftests.faults.company import (
    Company,
    companies,
    name_of,
    others_part,
    together,
    touched_checks,
)
from selftests.faults.expected import SYSTEMS, Expectation, core, read_expectations
from selftests.faults.plans import concerned, read_plan
from selftests.faults.running import FaultHouse, FaultRun, sampled
from selftests.faults.survey import every_fault, told
from selftests.faults.warm import NotStarted

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
TOGETHER = int(os.environ.get("FAULTS_TOGETHER", "1" if WHOLE_SUITE else "8"))
"""How many faults one run is made with, each seen by items of its own; 1 tries each alone, as each night."""
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
    named = {item for one in mine for item in (*one.concerns, *one.also, *one.blocked)}
    items = [item for item in named if "*" not in item]
    assert concerned(read_plan(system), sorted(items))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "company" in metafunc.fixturenames:
        asked = [one for system in TRIED for one in _companies(system)]
        metafunc.parametrize("company", asked[_SHARD - 1 :: _SHARDS], ids=name_of)


def test_fault_turns_its_items_red_and_nothing_else(
    company: Company, house: FaultHouse, tmp_path: Path
) -> None:
    doubted = _doubted(company, house, tmp_path) if len(company) > 1 else company
    found = [text for one in doubted for text in _alone(one, house, tmp_path / one.name)]
    assert not found, "\n".join(found)


def _companies(system: str) -> list[Company]:
    mine = [one for one in EXPECTATIONS if one.system == system]
    # The whole suite asks every check anyhow, so that there they are no reason to part.
    return companies(mine, read_plan(system), TOGETHER, any_checks=WHOLE_SUITE)


def _doubted(company: Company, house: FaultHouse, folder: Path) -> Iterator[Expectation]:
    """Those of the company whose own part of one run is not as expected."""
    plan = read_plan(company[0].system)
    checks = [] if WHOLE_SUITE else _of_company(company, plan)
    try:
        run = _run(house, together(company), checks, folder / "company", retry=WHOLE_SUITE)
    except NotStarted as error:
        # Two things that cannot be wrong at once: a task that is stopped, of a service that has none left.
        warnings.warn(f"{name_of(company)} are tried alone: the sandbox {error}", stacklevel=1)
        yield from company
        return
    for one in company:
        if told := one.disagreements(run.without(others_part(one, company, plan), plan)):
            warnings.warn(f"{one.name} is tried alone, for in company {told}", stacklevel=1)
            yield one


def _of_company(company: Company, plan: Mapping[str, Any]) -> list[str]:
    """The checks that it concerns, and a few others."""
    asked = concerned(plan, [item for one in company for item in one.concerns])
    besides = [*asked, *touched_checks(company, plan)]
    return [*asked, *sampled(plan, besides, name_of(company), heavy=False)]


def _alone(expectation: Expectation, house: FaultHouse, folder: Path) -> list[str]:
    """How the fault's run differs from what was expected of it."""
    folder.mkdir()
    checks = _selected(expectation, read_plan(expectation.system))
    # What is wrong for good is red at once; only where that leaves a doubt does the retry cost its time.
    hasty = not (WHOLE_SUITE or expectation.intermittent or not expectation.red)
    for retry in (False, True) if hasty else (True,):
        run = _run(house, expectation, checks, folder / f"retry-{retry}", retry=retry)
        disagreements = expectation.disagreements(run)
        if not disagreements:
            return []
    return [*disagreements, told(expectation.name, run, notes=True)]


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
