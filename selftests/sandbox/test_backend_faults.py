"""Each fault of the backend breaks what it says, and without it all holds."""

from __future__ import annotations

import asyncio

import pytest

import sandbox.world
from sandbox.faults import (
    access,
    auth_tokens,
    chat,
    health,
    identity,
    integrations_errors,
    jobs,
    one_server,
    performance,
    privacy,
    reports,
    roles,
    search,
    search_staleness,
    vault,
    vault_changes,
    vault_losses,
    vault_reach,
)
from sandbox.faults import report_content as content
from sandbox.faults.base import UnknownFaultError, find_fault, known_faults
from selftests.sandbox import (
    backend_finer_symptoms,
    backend_reach_symptoms,
    backend_service_symptoms,
    backend_symptoms,
    backend_work_symptoms,
)
from selftests.sandbox.backend_house import QuietAws, Symptom, holds

SYMPTOMS = {
    **backend_symptoms.SYMPTOMS,
    **backend_finer_symptoms.SYMPTOMS,
    **backend_reach_symptoms.SYMPTOMS,
    **backend_service_symptoms.SYMPTOMS,
    **backend_work_symptoms.SYMPTOMS,
}
BROKEN = [(fault, symptom) for symptom, faults in SYMPTOMS.items() for fault in faults]
MODULES = (
    access,
    auth_tokens,
    chat,
    content,
    health,
    identity,
    integrations_errors,
    jobs,
    one_server,
    performance,
    privacy,
    reports,
    roles,
    search,
    search_staleness,
    vault,
    vault_changes,
    vault_losses,
    vault_reach,
)


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


def test_every_backend_fault_is_tried() -> None:
    here = {module.__name__ for module in MODULES}
    theirs = {fault.id for fault in known_faults() if fault.__module__ in here}
    assert theirs == {fault for fault, _ in BROKEN}


def test_no_two_faults_share_an_id() -> None:
    ids = [fault.id for fault in known_faults()]
    assert len(ids) == len(set(ids))


def test_unknown_fault_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownFaultError, match=r"Did you mean 'search\.unavailable'"):
        find_fault("search.unavailble")
