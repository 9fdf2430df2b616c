"""A check as the engine runs it, and what it answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from postdeploy.check import Evidence
from postdeploy.facts import Stage
from postdeploy.outcome import GREEN, Outcome
from postdeploy.waits import Waits


@dataclass(frozen=True)
class Ticket:
    """A check as the engine runs it."""

    id: str
    function: Callable[..., Awaitable[None]]
    params: Mapping[str, Any]
    covers: tuple[str, ...]
    title: str
    stage: Stage = Stage.FLOWS
    seconds: float = 1.0
    """How long it took last time; the longest start first."""
    light: frozenset[str] = frozenset()
    """Items whose failure is a mere warning."""
    grants: frozenset[str] = frozenset()
    """The kinds of writes that the check declares."""


@dataclass
class Result:
    """What a check answered, attempt by attempt, as journal entries."""

    ticket: Ticket
    entries: list[dict[str, Any]] = field(default_factory=list)
    attempts: int = 0
    queued: str = ""
    started: str = ""
    ended: str = ""
    problem: str = ""
    disturbed: set[int] = field(default_factory=set)
    """Attempts in which a load balancer answered in the product's place."""
    waits: Waits = field(default_factory=Waits)
    evidence: list[Evidence] = field(default_factory=list)
    """What was recorded of whole attempts: traces and films."""

    def last(self) -> dict[str, dict[str, Any]]:
        """The newest entry of each item; a final failure is one for good."""
        final = {entry["item"]: entry for entry in self.entries if entry.get("final")}
        return {entry["item"]: entry for entry in self.entries} | final

    def record(self, evidence: Sequence[Evidence]) -> None:
        """Add what was recorded of the newest attempt."""
        for one in evidence:
            self.evidence.append(replace(one, title=f"{one.title} of attempt {self.attempts}"))

    @property
    def status(self) -> str:
        """The worst of the last answers."""
        outcomes = {entry["outcome"] for entry in self.last().values()}
        if Outcome.FAILED in outcomes:
            return "failed"
        return "passed" if outcomes <= set(GREEN) else "blocked"

    def unpassed(self) -> frozenset[str]:
        """The items that have been answered, and are not green so far."""
        return frozenset(i for i, entry in self.last().items() if entry["outcome"] not in GREEN)

    def grave(self) -> list[str]:
        """The items that failed in the end and are more than a warning."""
        return [
            item
            for item, entry in self.last().items()
            if entry["outcome"] == Outcome.FAILED and item not in self.ticket.light
        ]

    def failures(self, item: str) -> list[int]:
        """The attempts at which that item failed, or was lost to sight after it had passed."""
        course = [entry for entry in self.entries if entry["item"] == item]
        return [
            entry["attempt"]
            for number, entry in enumerate(course)
            if entry["outcome"] == Outcome.FAILED
            or (entry["outcome"] not in GREEN and _passed(course[:number]))
        ]


def _passed(entries: Sequence[dict[str, Any]]) -> bool:
    return any(entry["outcome"] in GREEN for entry in entries)
