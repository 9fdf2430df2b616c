"""Every item of the checklist can fail, every fault is expected to be seen, and the page says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from selftests.faults import matrix
from selftests.faults.company import companies
from selftests.faults.expected import SYSTEMS, Expectation, read_expectations
from selftests.faults.plans import read_plan
from selftests.faults.survey import fault_titles

EXPECTATIONS = {system: read_expectations(system) for system in SYSTEMS}
ALL = [expectation for system in SYSTEMS for expectation in EXPECTATIONS[system]]
_WORST = {"R": "ROLLBACK", "F": "NO-GO", "W": "GO", "B": "BLOCKED"}
_ORDER = ("ROLLBACK", "NO-GO", "BLOCKED", "GO")


@pytest.fixture(scope="module")
def plans() -> Mapping[str, Mapping[str, Any]]:
    return {system: read_plan(system) for system in SYSTEMS}


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_applicable_item_has_a_check(
    system: str, plans: Mapping[str, Mapping[str, Any]]
) -> None:
    items = plans[system]["items"]
    assert [item["id"] for item in items if item["applicable"] and not item["checks"]] == []


@pytest.mark.parametrize("system", SYSTEMS)
def test_no_item_is_vacuous(system: str, plans: Mapping[str, Mapping[str, Any]]) -> None:
    assert matrix.vacuous(plans[system], EXPECTATIONS[system]) == []


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_fault_of_the_sandbox_is_expected_to_be_seen(system: str) -> None:
    used = {fault for expectation in EXPECTATIONS[system] for fault in expectation.faults}
    assert set(fault_titles(system)) - used == set()


@pytest.mark.parametrize("expectation", ALL, ids=lambda e: f"{e.system}: {e.name}")
def test_the_verdict_is_no_milder_than_what_must_be_red(
    expectation: Expectation, plans: Mapping[str, Mapping[str, Any]]
) -> None:
    items = plans[expectation.system]["items"]
    weights = {item["id"]: item["weight"] for item in items}
    due = {_WORST[weights[item]] for item in expectation.red}
    worst = min(due, key=_ORDER.index, default="GO")
    assert _ORDER.index(expectation.verdict) <= _ORDER.index(worst)


@pytest.mark.parametrize("system", SYSTEMS)
def test_no_fault_is_lost_or_tried_twice_in_company(
    system: str, plans: Mapping[str, Mapping[str, Any]]
) -> None:
    found = companies(EXPECTATIONS[system], plans[system], 3)
    tried = sorted(one.name for company in found for one in company)
    assert tried == sorted(one.name for one in EXPECTATIONS[system])


def test_the_page_is_what_the_expectations_say() -> None:
    assert matrix.main(["--check"]) == 0
