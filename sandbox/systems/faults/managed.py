"""Faults of what AWS runs for a system: alarms, functions, queues, databases, topics."""

from __future__ import annotations

from sandbox.aws import topics
from sandbox.systems.faults.base import SystemFault

_RANG = "Threshold Crossed: 1 datapoint [97.0] was beyond the threshold"
_UNKNOWN = "Insufficient Data: 2 datapoints unknown"


def _short(system: str, alarm: str) -> str:
    return alarm.removeprefix(f"{system}-sandbox-").removesuffix("-sandbox")


def of_threshold(system: str, name: str) -> tuple[SystemFault, ...]:
    """An alarm that is well and rings far too late."""
    short = _short(system, name)
    return (
        SystemFault(
            f"{system}.alarm-{short}-raised",
            f"The alarm {short} is OK, with ten times the threshold that it should have",
            lambda world: world.aws.raise_threshold(name, 10),
        ),
    )


def of_delay(system: str, name: str) -> tuple[SystemFault, ...]:
    """An alarm that is well and rings only when it is far too late."""
    short = _short(system, name)
    return (
        SystemFault(
            f"{system}.alarm-{short}-delayed",
            f"The alarm {short} is OK, and rings only after a day of it",
            lambda world: world.aws.delay_alarm(name, 288),
        ),
    )


def of_alarm(system: str, name: str) -> tuple[SystemFault, ...]:
    """An alarm that rings, one that is blind, one that is gone."""
    short = _short(system, name)
    where = f"{system}.alarm-{short}"
    return (
        SystemFault(
            f"{where}-ringing",
            f"The alarm {short} is in ALARM",
            lambda world: world.aws.set_alarm(name, "ALARM", _RANG),
        ),
        SystemFault(
            f"{where}-without-data",
            f"The alarm {short} has INSUFFICIENT_DATA",
            lambda world: world.aws.set_alarm(name, "INSUFFICIENT_DATA", _UNKNOWN),
        ),
        SystemFault(
            f"{where}-missing",
            f"The alarm {short} does not exist",
            lambda world: world.aws.remove_alarm(name),
        ),
    )


def of_function(system: str, name: str, slow: float) -> tuple[SystemFault, ...]:
    """What can be wrong with a Lambda function; `slow` is an average in ms that is just too long."""
    short = name.removesuffix("-sandbox")
    where = f"{system}.{short}"
    return (
        SystemFault(
            f"{where}-failed",
            f"The function {short} is in state Failed",
            lambda world: world.aws.set_function_state(
                name, "Failed", "The function's image cannot be found.", "ImageDeleted"
            ),
        ),
        SystemFault(
            f"{where}-update-failed",
            f"The function {short} is Active on its old code: its last update failed",
            lambda world: world.aws.fail_update(
                name, "The image of the update cannot be found.", "ImageDeleted"
            ),
        ),
        SystemFault(
            f"{where}-errors",
            f"One in forty invocations of {short} fails",
            lambda world: world.aws.metrics.relevel("AWS/Lambda", "Errors", 1.0, name),
        ),
        SystemFault(
            f"{where}-slow",
            f"The function {short} takes {slow / 1000:g} s on average",
            lambda world: world.aws.metrics.relevel("AWS/Lambda", "Duration", slow, name),
        ),
        SystemFault(
            f"{where}-throttled",
            f"The function {short} is throttled twice a minute",
            lambda world: world.aws.metrics.relevel("AWS/Lambda", "Throttles", 2.0, name),
        ),
        SystemFault(
            f"{where}-not-invoked",
            f"The function {short} is Active, and there is no metric of it at all",
            lambda world: world.aws.metrics.end("AWS/Lambda", name),
        ),
    )


def of_queue(system: str, name: str, dead_letters: str) -> tuple[SystemFault, ...]:
    """What can be wrong with a queue and the one beside it."""
    age = "ApproximateAgeOfOldestMessage"
    return (
        SystemFault(
            f"{system}.queue-deep",
            "A hundred and twenty messages wait in the queue",
            lambda world: world.aws.fill_queue(name, 120),
        ),
        SystemFault(
            f"{system}.queue-old-message",
            "The oldest message of the queue, which is not long, has waited for ninety minutes",
            lambda world: world.aws.metrics.relevel("AWS/SQS", age, 5_400.0, name),
        ),
        SystemFault(
            f"{system}.queue-dead-letter",
            "The dead-letter queue holds one message",
            lambda world: world.aws.fill_queue(dead_letters, 1),
        ),
        SystemFault(
            f"{system}.queue-without-redrive",
            "The dead-letter queue is empty, for the queue does not send its dead letters there",
            lambda world: world.aws.lose_dead_letters(name),
        ),
    )


def of_database(system: str, name: str) -> tuple[SystemFault, ...]:
    """What can be wrong with a database instance."""
    return (
        SystemFault(
            f"{system}.database-unavailable",
            "The database instance is in status storage-full",
            lambda world: world.aws.set_database_status("storage-full"),
        ),
        SystemFault(
            f"{system}.database-cpu-high",
            "The database uses 93 % of its CPU",
            lambda world: world.aws.metrics.relevel("AWS/RDS", "CPUUtilization", 93.0, name),
        ),
        SystemFault(
            f"{system}.database-connections-high",
            "The database has 97 connections",
            lambda world: world.aws.metrics.relevel("AWS/RDS", "DatabaseConnections", 97.0, name),
        ),
    )


def of_topic(system: str, name: str) -> tuple[SystemFault, ...]:
    """What can be wrong with a topic."""
    return (
        SystemFault(
            f"{system}.topic-missing",
            "The topic does not exist",
            lambda _world: topics.remove(name),
        ),
        SystemFault(
            f"{system}.topic-unconfirmed",
            "The topic's only subscription was never confirmed",
            lambda _world: topics.unconfirm(name),
        ),
    )
