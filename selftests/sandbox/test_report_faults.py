"""Each fault of a single passage breaks what it says; each of the web finds the text that it changes."""

from __future__ import annotations

import asyncio

import pytest

import sandbox.world
from sandbox.faults import (
    analysis_passages,
    chat_passages,
    comparison_passages,
    coverage_passages,
    custom_passages,
    report_files,
    report_kinds,
    report_places,
)
from sandbox.faults.base import known_faults
from sandbox.faults.web_change import WebChangeFault
from sandbox.web.assets import WebAssets
from selftests.sandbox.backend_house import QuietAws, Symptom, holds
from selftests.sandbox.backend_report_symptoms import SYMPTOMS

MODULES = (
    analysis_passages,
    chat_passages,
    comparison_passages,
    coverage_passages,
    custom_passages,
    report_files,
    report_kinds,
    report_places,
)
BROKEN = [(fault, symptom) for symptom, faults in SYMPTOMS.items() for fault in faults]
WEB = [fault for fault in known_faults() if issubclass(fault, WebChangeFault)]


@pytest.fixture(autouse=True)
def quiet_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seeding an AWS account for each test would take most of the time."""
    monkeypatch.setattr(sandbox.world, "AwsStandIn", QuietAws)


@pytest.mark.parametrize("symptom", SYMPTOMS, ids=lambda symptom: symptom.__name__)
def test_holds_in_a_healthy_world(symptom: Symptom) -> None:
    assert asyncio.run(holds(symptom))


@pytest.mark.parametrize(("fault", "symptom"), BROKEN, ids=[fault for fault, _ in BROKEN])
def test_fault_breaks_what_it_says(fault: str, symptom: Symptom) -> None:
    assert not asyncio.run(holds(symptom, fault))


def test_every_fault_of_these_modules_is_tried() -> None:
    here = {module.__name__ for module in MODULES}
    theirs = {fault.id for fault in known_faults() if fault.__module__ in here}
    assert theirs == {fault for fault, _ in BROKEN}


@pytest.mark.parametrize("fault", WEB, ids=lambda fault: fault.id)
def test_web_fault_finds_the_text_that_it_changes(fault: type[WebChangeFault]) -> None:
    assets = WebAssets()
    before = assets.build
    for change in fault.changes:
        assets.replace(*change)
    assert assets.build != before
