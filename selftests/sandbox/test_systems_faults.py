"""Each fault of the smaller systems changes what can be seen of them, on its own side only."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.systems import OTHERS
from sandbox.systems.faults.base import faults_of, find_system_fault
from selftests.sandbox.system_house import SystemHouse, open_aws

FAULTS = [(system, fault.id) for system in OTHERS for fault in faults_of(system)]


@pytest.fixture(scope="module")
def aws() -> Iterator[int]:
    with open_aws() as port:
        yield port


@pytest.fixture(scope="module")
def healthy(aws: int) -> dict[str, dict[str, Any]]:
    return {name: SystemHouse(name, aws).view() for name in OTHERS}


@pytest.mark.parametrize("system", OTHERS)
def test_a_healthy_system_looks_the_same_each_time(
    aws: int, healthy: dict[str, dict[str, Any]], system: str
) -> None:
    assert SystemHouse(system, aws).view() == healthy[system]


@pytest.mark.parametrize(("system", "fault_id"), FAULTS, ids=[fault for _, fault in FAULTS])
def test_a_fault_shows(
    aws: int, healthy: dict[str, dict[str, Any]], system: str, fault_id: str
) -> None:
    house = SystemHouse(system, aws)
    find_system_fault(system, fault_id).apply(house.world)
    wait_for_it(house, fault_id)
    seen = house.view()
    changed = {name for name in seen if seen[name] != healthy[system][name]}
    assert changed
    over_http = {name for name in changed if name.split(" ")[0] in ("GET", "POST", "OPTIONS")}
    # What comes later was looked at before, and that stands in the log.
    assert fault_id.endswith("-fails-later") or not over_http or changed == over_http


def wait_for_it(house: SystemHouse, fault_id: str) -> None:
    """Look once, and wait, where a fault begins some time after the first look."""
    if fault_id.endswith("-during-run"):
        house.aws()
        time.sleep(1.05)
    if fault_id.endswith("-fails-later"):
        asyncio.run(house.http())
        time.sleep(3.05)


@pytest.mark.parametrize("system", OTHERS)
def test_ids_are_unique_and_start_with_the_system(system: str) -> None:
    ids = [fault.id for fault in faults_of(system)]
    assert len(set(ids)) == len(ids)
    assert all(fault_id.startswith(f"{system}.") for fault_id in ids)
