"""Faults that show in alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sandbox.faults.base import Fault

if TYPE_CHECKING:
    from sandbox.world import World


class ErrorAlarm(Fault):
    id: ClassVar[str] = "aws.alarm-ringing"
    title: ClassVar[str] = "The error rate alarm is in ALARM"

    def apply(self, world: World) -> None:
        """Break it."""
        name = "qumis-api-sandbox-high-error-rate"
        world.aws.set_alarm(
            name, "ALARM", "Threshold Crossed: 1 datapoint [37.0] was greater than 10"
        )


class LatencyAlarmBlind(Fault):
    id: ClassVar[str] = "aws.alarm-without-data"
    title: ClassVar[str] = "The latency alarm has INSUFFICIENT_DATA"

    def apply(self, world: World) -> None:
        """Break it."""
        name = "qumis-api-sandbox-high-latency"
        world.aws.set_alarm(name, "INSUFFICIENT_DATA", "Insufficient Data: 2 datapoints unknown")


class ConnectionsAlarmMissing(Fault):
    id: ClassVar[str] = "aws.alarm-missing"
    title: ClassVar[str] = "The alarm on database connections does not exist"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.remove_alarm("qumis-rds-sandbox-connections")
