"""What a fault of a system is, and where all of them are found."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.faults.base import unknown_fault

if TYPE_CHECKING:
    from sandbox.systems.world import SystemWorld

Break = Callable[["SystemWorld"], None]


@dataclass(frozen=True)
class SystemFault:
    """Breaks one thing in a system's world before it is served; the id is `system.what`."""

    id: str
    title: str
    apply: Break


def faults_of(system: str) -> list[SystemFault]:
    """Every fault of a system, by id."""
    module = importlib.import_module(f"sandbox.systems.faults.{system.replace('-', '_')}")
    found: tuple[SystemFault, ...] = module.FAULTS
    return sorted(found, key=lambda fault: fault.id)


def find_system_fault(system: str, fault_id: str) -> SystemFault:
    """The system's fault of this id; raises UnknownFaultError with the nearest name."""
    faults = {fault.id: fault for fault in faults_of(system)}
    if fault_id not in faults:
        raise unknown_fault(fault_id, faults)
    return faults[fault_id]
