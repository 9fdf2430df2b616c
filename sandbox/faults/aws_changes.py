"""Faults that show only beside the time before the deployment."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from sandbox.faults.base import Fault

if TYPE_CHECKING:
    from sandbox.world import World

_DEPLOYED = timedelta(minutes=6)
"""The present deployment's age."""


class ErrorsSince(Fault):
    """Over the last quarter of an hour that is less than a tenth."""

    id: ClassVar[str] = "aws.errors-since-deployment"
    title: ClassVar[str] = "One request in eight has failed since the deployment, and none before"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.metrics.set_error_share(0.125, _DEPLOYED)


class HalfFailsSince(Fault):
    id: ClassVar[str] = "aws.half-fails-since-deployment"
    title: ClassVar[str] = "Every other request has failed since the deployment, and none before"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.metrics.set_error_share(0.5, _DEPLOYED)


class SlowerSince(Fault):
    """A quarter of a second is within any bound."""

    id: ClassVar[str] = "aws.slower-since-deployment"
    title: ClassVar[str] = (
        "Answers take twice as long since the deployment, and are quick all the same"
    )

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.metrics.relevel("Qumis/API", "ResponseTime", 0.26, ago=_DEPLOYED)


class MuchSlowerSince(Fault):
    id: ClassVar[str] = "aws.much-slower-since-deployment"
    title: ClassVar[str] = "Answers take two seconds since the deployment"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.metrics.relevel("Qumis/API", "ResponseTime", 2.0, ago=_DEPLOYED)
