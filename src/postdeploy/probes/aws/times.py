"""Times as AWS gives them, made comparable."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def utc(at: Any) -> datetime | None:
    """The time in UTC; AWS's clients give the machine's zone, and None stays None."""
    return at.astimezone(UTC) if isinstance(at, datetime) else None


def milliseconds(at: datetime) -> int:
    """Milliseconds since 1970, as CloudWatch Logs counts."""
    return (at - _EPOCH) // _MILLISECOND
