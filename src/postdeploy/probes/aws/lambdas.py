"""Lambda functions: their state, and their invocations over a window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from postdeploy.probes.aws.metrics import Query, Series, observe_metrics
from postdeploy.probes.aws.session import Absent, AwsSession

_THROTTLED_SECONDS = 300
_SLOWEST_SHARE = 0.05


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

    `throttles` is the most in any five minutes, `p95_seconds` the highest minute's but for minutes that
    together hold at most one call in twenty of the window, `average_seconds` the whole window's; the last two are None
    without invocations.
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
    timed = found["timed"].total
    throttled = found["throttles"].peak
    return FunctionUse(
        invocations=found["invocations"].total,
        errors=found["errors"].total,
        throttles=0 if throttled is None else throttled.value,
        p95_seconds=_slow_seconds(found["duration"], found["timed"]),
        # Not the mean of the minutes' averages: a minute with one slow call would count like a busy one.
        average_seconds=found["spent"].total / timed / 1000 if timed else None,
    )


def _slow_seconds(durations: Series, calls: Series) -> float | None:
    """The highest minute's p95, without the slowest minutes that hold at most a twentieth of all calls.

    A first call that is slow, alone in its minute, is that minute's p95 and not the window's.
    """
    made = {point.at: point.value for point in calls.points}
    slower = 0.0
    for point in sorted(durations.points, key=lambda point: -point.value):
        slower += made.get(point.at, calls.total)
        if slower > _SLOWEST_SHARE * calls.total:
            return point.value / 1000
    return None if durations.peak is None else durations.peak.value / 1000
