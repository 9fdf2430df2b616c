"""Lambda functions: their state, and their invocations over a window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from postdeploy.probes.aws.metrics import Query, observe_metrics
from postdeploy.probes.aws.session import Absent, AwsSession

_THROTTLED_SECONDS = 300


@dataclass(frozen=True)
class FunctionState:
    """A function's configuration state; `state` is "MISSING" where there is none.

    The configuration's variables are not kept: they may hold secrets.
    """

    name: str
    state: str
    reason: str = ""
    update: str = ""
    update_reason: str = ""
    modified: datetime | None = None
    """When its code or configuration was last changed, UTC."""


@dataclass(frozen=True)
class FunctionUse:
    """What the function did over the window.

    `throttles` is the most in any five minutes, `p95_seconds` the highest minute's, `average_seconds` the whole
    window's; the last two are None without invocations.
    """

    invocations: float
    errors: float
    throttles: float
    p95_seconds: float | None
    average_seconds: float | None = None

    @property
    def error_percent(self) -> float:
        """Errors per hundred invocations; 0 without invocations."""
        return 100 * self.errors / self.invocations if self.invocations else 0.0


def observe_function(session: AwsSession, name: str) -> FunctionState:
    """The function's state and the outcome of its last update. Raises ProbeError."""
    try:
        raw = session.ask(
            "lambda",
            "GetFunctionConfiguration",
            needs=("FunctionName", "State"),
            FunctionName=name,
        )
    except Absent:
        return FunctionState(name, "MISSING")
    return FunctionState(
        name=name,
        state=str(raw["State"]),
        reason=str(raw.get("StateReason") or ""),
        update=str(raw.get("LastUpdateStatus") or ""),
        update_reason=str(raw.get("LastUpdateStatusReason") or ""),
        modified=_time(raw.get("LastModified")),
    )


def _time(told: object) -> datetime | None:
    """Lambda writes times as text: 2026-11-21T10:15:00.000+0000."""
    try:
        return datetime.fromisoformat(str(told or "")).astimezone(UTC)
    except ValueError:
        return None


def observe_function_use(
    session: AwsSession, name: str, start: datetime, end: datetime
) -> FunctionUse:
    """Invocations, errors, throttles and duration between two moments. Raises ProbeError."""

    def query(metric: str, statistic: str, period: int = 60) -> Query:
        return Query("AWS/Lambda", metric, statistic, {"FunctionName": name}, period)

    queries = {
        "invocations": query("Invocations", "Sum"),
        "errors": query("Errors", "Sum"),
        "throttles": query("Throttles", "Sum", _THROTTLED_SECONDS),
        "duration": query("Duration", "p95"),
        "spent": query("Duration", "Sum"),
        "timed": query("Duration", "SampleCount"),
    }
    found = observe_metrics(session, queries, start, end)
    slowest, timed = found["duration"].peak, found["timed"].total
    throttled = found["throttles"].peak
    return FunctionUse(
        invocations=found["invocations"].total,
        errors=found["errors"].total,
        throttles=0 if throttled is None else throttled.value,
        p95_seconds=None if slowest is None else slowest.value / 1000,
        # Not the mean of the minutes' averages: a minute with one slow call would count like a busy one.
        average_seconds=found["spent"].total / timed / 1000 if timed else None,
    )
