"""Every item of the checklist can fail, every fault is expected to be seen, and the page says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from selftests.faults import matrix
from selftests.faults.expected import Expectation, read_expectations
from selftests.faults.running import read_plan
from selftests.faults.survey import fault_titles

EXPECTATIONS = read_expectations()
_WORST = {"R": "ROLLBACK", "F": "NO-GO", "W": "GO", "B": "BLOCKED"}
_ORDER = ("ROLLBACK", "NO-GO", "BLOCKED", "GO")


@pytest.fixture(scope="module")
def plan() -> Mapping[str, Any]:
    return read_plan()


def test_every_applicable_item_has_a_check(plan: Mapping[str, Any]) -> None:
    assert [item["id"] for item in plan["items"] if item["applicable"] and not item["checks"]] == []


def test_no_item_is_vacuous(plan: Mapping[str, Any]) -> None:
    assert matrix.vacuous(plan, EXPECTATIONS) == []


def test_every_fault_of_the_sandbox_is_expected_to_be_seen() -> None:
    used = {fault for expectation in EXPECTATIONS for fault in expectation.faults}
    assert set(fault_titles()) - used == set()


@pytest.mark.parametrize("expectation", EXPECTATIONS, ids=lambda e: e.name)
def test_the_verdict_is_no_milder_than_what_must_be_red(
    expectation: Expectation, plan: Mapping[str, Any]
) -> None:
    weights = {item["id"]: item["weight"] for item in plan["items"]}
    due = {_WORST[weights[item]] for item in expectation.red}
    worst = min(due, key=_ORDER.index, default="GO")
    assert _ORDER.index(expectation.verdict) <= _ORDER.index(worst)


def test_the_page_is_what_the_expectations_say() -> None:
    assert matrix.main(["--check"]) == 0
