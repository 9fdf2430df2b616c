"""What is known of a run before anything is looked at, and the stages in which it looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import IntEnum
from typing import Any


class Stage(IntEnum):
    """When a check's turn comes: each stage begins when all checks of the one before have ended."""

    FLOWS = 0
    SOAK = 1
    CLOSING = 2
    LAST = 3


@dataclass(frozen=True)
class RunFacts:
    """What is known of a run before anything is looked at; travels to xdist workers as JSON."""

    run_id: str
    folder: str
    root: str
    system: str
    environment: str
    started: str
    addresses: Mapping[str, str] | None = None
    bounds: Mapping[str, float] = field(default_factory=dict)
    expected_versions: Mapping[str, str] = field(default_factory=dict)
    read_only: bool = False
    retry: bool = True
    """Whether an item that failed is tried once more."""
    soak: float = 0
    """Seconds to keep looking after the flows have passed."""
    wait_for_rollout: float = 0
    """Seconds that a rollout in progress may still take before anything is looked at."""
    budget: float = 0
    """Seconds that the whole run may take, its clean-up included; 0: as long as it takes."""
    deadline: float = 0
    """When the budget is spent, in seconds since 1970, for each process to see."""
    leases: str = ""
    """Folder in which it is noted which test users are at work."""
    waived: Sequence[str] = ()
    """Items under a waiver: what they do keeps no soak from beginning."""

    def as_json(self) -> dict[str, Any]:
        """Plain data for `workerinput`."""
        return asdict(self)
