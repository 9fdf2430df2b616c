"""Faults that show in alarms: for each alarm one that rings, one that is blind, and one that is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sandbox.faults.base import Fault
from sandbox.systems.qumis import ALARMS

if TYPE_CHECKING:
    from sandbox.world import World


class _AlarmFault(Fault):
    alarm: ClassVar[str]


class _Ringing(_AlarmFault):
    def apply(self, world: World) -> None:
        """Break it."""
        reason = "Threshold Crossed: 1 datapoint [97.0] was beyond the threshold"
        world.aws.set_alarm(self.alarm, "ALARM", reason)


class _Blind(_AlarmFault):
    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.set_alarm(
            self.alarm, "INSUFFICIENT_DATA", "Insufficient Data: 2 datapoints unknown"
        )


class _Gone(_AlarmFault):
    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.remove_alarm(self.alarm)


def _family(kind: type[_AlarmFault], theme: str, title: str) -> tuple[type[Fault], ...]:
    """One fault for each alarm of the account."""
    faults = []
    for alarm in ALARMS:
        short = alarm.name.replace("-sandbox", "").removeprefix("qumis-")
        members = {
            "id": f"{theme}.{short}",
            "title": title.format(short),
            "alarm": alarm.name,
            "__module__": __name__,
        }
        faults.append(type(f"{kind.__name__}_{short}", (kind,), members))
    return tuple(faults)


# A class that nothing refers to would be forgotten, and its fault with it.
RINGING = _family(_Ringing, "aws.alarm-ringing", "The alarm {} is in ALARM")
BLIND = _family(_Blind, "aws.alarm-without-data", "The alarm {} has INSUFFICIENT_DATA")
GONE = _family(_Gone, "aws.alarm-missing", "The alarm {} does not exist")
