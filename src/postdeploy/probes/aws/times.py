"""Times as AWS gives them, made comparable."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def utc(at: Any) -> datetime | None:
    """The time in UTC; AWS's clients give the machine's zone, and None stays None."""
    return at.astimezone(UTC) if isinstance(at, datetime) else None


def milliseconds(at: datetime) -> int:
    """Milliseconds since 1970, as CloudWatch Logs counts."""
    return int(at.timestamp() * 1000)
