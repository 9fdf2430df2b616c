"""Faults that one of the five kinds of reports has alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, ClassVar, Final

from sandbox.faults.base import Fault
from sandbox.product.jobs import Job
from sandbox.product.reports import BUILD

if TYPE_CHECKING:
    from sandbox.world import World

KINDS: Final = {
    "analysis": "policy analysis",
    "comparison": "policy comparison",
    "coverage": "coverage report",
    "checklist": "coverage checklist",
    "custom": "custom report",
}
"""What the product calls each kind of report in a sentence."""


def family(
    one: Callable[[str, str], type[Fault]], kinds: Iterable[str] = KINDS
) -> list[type[Fault]]:
    """A fault for each kind, made by `one` from the kind and its name.

    Hold them in the module: only what is held is found among a class's subclasses.
    """
    return [one(kind, KINDS[kind]) for kind in kinds]


class ReportOfKindStuck(Fault):
    """A progress bar that moves and a report that never is; derive from it and name the `kind`."""

    kind: ClassVar[str]

    def apply(self, world: World) -> None:
        """Let the jobs of this kind run for ever, and all others as they do."""
        healthy: Callable[[Job], Awaitable[None]] = world.jobs.handlers[BUILD]

        async def run(job: Job) -> None:
            report = world.reports.find(job.payload["report_id"])
            if report.kind != self.kind:
                return await healthy(job)
            report.status = "Processing"
            while True:
                report.step = (report.step + 1) % 18
                await asyncio.sleep(job.seconds / 10)

        world.jobs.handlers[BUILD] = run


def _stuck(kind: str, name: str) -> type[Fault]:
    class Stuck(ReportOfKindStuck):
        id = f"reports.stuck.{kind}"
        title = f"A {name} never completes though its progress moves"

    Stuck.kind = kind
    return Stuck


FAULTS: Final = family(_stuck)
