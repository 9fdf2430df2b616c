"""The quotient of two counters: errors per hundred requests over a window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from postdeploy.probes.aws.metrics import Query, observe_metrics
from postdeploy.probes.aws.session import AwsSession


@dataclass(frozen=True)
class Rate:
    """Requests and errors over a window; `errors_told` is False where the error counter had no datapoint."""

    requests: float
    errors: float
    errors_told: bool

    @property
    def percent(self) -> float | None:
        """Errors per hundred requests; None without requests."""
        return 100 * self.errors / self.requests if self.requests else None


def observe_error_rate(
    session: AwsSession, requests: Query, errors: Query, start: datetime, end: datetime
) -> Rate:
    """Sum both counters between two moments. Raises ProbeError."""
    found = observe_metrics(session, {"requests": requests, "errors": errors}, start, end)
    return Rate(found["requests"].total, found["errors"].total, bool(found["errors"].points))
