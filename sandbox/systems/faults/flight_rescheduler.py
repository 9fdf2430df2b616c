"""The faults of this system."""

from sandbox.systems.faults.base import SystemFault

FAULTS: tuple[SystemFault, ...] = ()
