"""Faults of the queues and the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sandbox.faults.base import Fault
from sandbox.systems.qumis import DATABASE, DEAD_LETTERS, INGEST

if TYPE_CHECKING:
    from sandbox.world import World


class QueueDeep(Fault):
    id: ClassVar[str] = "aws.queue-deep"
    title: ClassVar[str] = "Three hundred messages wait in the ingest queue"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.fill_queue(INGEST, 300)


class DeadLetters(Fault):
    id: ClassVar[str] = "aws.queue-dead-letters"
    title: ClassVar[str] = "The dead-letter queue holds three messages"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.fill_queue(DEAD_LETTERS, 3)


class OldMessage(Fault):
    id: ClassVar[str] = "aws.queue-old-message"
    title: ClassVar[str] = "A message has waited in the ingest queue for ninety minutes"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.fill_queue(INGEST, 1)
        world.aws.metrics.relevel("AWS/SQS", "ApproximateAgeOfOldestMessage", 5_400.0, INGEST)


class DatabaseDown(Fault):
    id: ClassVar[str] = "aws.rds-unavailable"
    title: ClassVar[str] = "The database instance is in status storage-full"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.set_database_status("storage-full")


class DatabaseConnections(Fault):
    id: ClassVar[str] = "aws.rds-connections-high"
    title: ClassVar[str] = "The database has 97 connections"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.metrics.relevel("AWS/RDS", "DatabaseConnections", 97.0, DATABASE)


class DatabaseCpu(Fault):
    id: ClassVar[str] = "aws.rds-cpu-high"
    title: ClassVar[str] = "The database uses 93 % of its CPU"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.metrics.relevel("AWS/RDS", "CPUUtilization", 93.0, DATABASE)
