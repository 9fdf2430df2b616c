"""The clock of the machines that the stand-in runs on, which can be wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass
class Clock:
    """A clock that is ahead by `skew`, or behind where that is negative."""

    skew: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        """The time that it shows, in UTC."""
        return datetime.now(UTC) + self.skew

    def naive(self) -> datetime:
        """The same without a time zone, as moto keeps times."""
        return self.now().replace(tzinfo=None)


CLOCK = Clock()
"""One for the process, as moto's account is: every service of the stand-in reads it."""
