"""Faults that are not the product's: the network, and the clock, of whoever looks at it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.clock import CLOCK
from sandbox.faults.base import Fault

if TYPE_CHECKING:
    from sandbox.world import World


class Offline(Fault):
    """Nothing can be reached, not even what is no part of the product."""

    id = "runner.offline"
    title = "From the announcement on every origin resets every connection, AWS and control too"

    def apply(self, world: World) -> None:
        world.network.offline_after = 0.0


class GoesOffline(Fault):
    """A network that is lost on the way."""

    id = "runner.goes-offline"
    title = "Five seconds after the announcement every origin resets every connection"

    def apply(self, world: World) -> None:
        world.network.offline_after = 5.0


class ClockBehind(Fault):
    """A clock that nobody has set."""

    id = "runner.clock-behind"
    title = "The clock of whoever looks is two minutes behind that of everybody else"

    def apply(self, world: World) -> None:
        del world  # the clock is that of the whole process
        # The same to all who compare the two: everybody else is ahead.
        CLOCK.skew = timedelta(minutes=2)
