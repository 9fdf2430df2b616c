"""CloudWatch metrics over a window, many in one call: their datapoints, newest value and peak."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from postdeploy.errors import ProbeError
from postdeploy.probes.aws.session import AwsSession, whole

_MOST_QUERIES = 500
_ACTION = "cloudwatch:GetMetricData"


@dataclass(frozen=True)
class Query:
    """One series: a metric with exactly these dimensions, a statistic (Sum, Average, p95), a period in seconds."""

    namespace: str
    name: str
    statistic: str
    dimensions: Mapping[str, str]
    period: int = 60

    def __str__(self) -> str:
        inside = ", ".join(f"{key}={value}" for key, value in self.dimensions.items())
        return f"{self.namespace} {self.name}" + (f" ({inside})" if inside else "")


@dataclass(frozen=True)
class Point:
    """A datapoint; `at` is the start of its period, in UTC."""

    at: datetime
    value: float


@dataclass(frozen=True)
class Series:
    """The datapoints of a query, oldest first; there may be none."""

    query: Query
    points: tuple[Point, ...] = ()

    @property
    def newest(self) -> Point | None:
        """The latest datapoint."""
        return self.points[-1] if self.points else None

    @property
    def total(self) -> float:
        """The sum of the values; 0 without any."""
        return sum(point.value for point in self.points)

    @property
    def peak(self) -> Point | None:
        """The highest datapoint."""
        return max(self.points, key=lambda point: point.value, default=None)

    def since(self, start: datetime) -> Series:
        """The datapoints whose periods begin at `start` or later."""
        return Series(self.query, tuple(point for point in self.points if point.at >= start))

    def age(self, now: datetime) -> float | None:
        """Seconds since the newest datapoint's period ended, at least 0; None without any."""
        if self.newest is None:
            return None
        return max(0.0, (now - self.newest.at).total_seconds() - self.query.period)


def observe_metrics(
    session: AwsSession,
    queries: Mapping[str, Query],
    start: datetime,
    end: datetime,
    *,
    region: str | None = None,
) -> dict[str, Series]:
    """The series of each query under the query's own name. Raises ProbeError for a partial answer."""
    named = list(queries.items())
    found: dict[str, Series] = {}
    for first in range(0, len(named), _MOST_QUERIES):
        batch = named[first : first + _MOST_QUERIES]
        asked = [_asked(f"q{number}", query) for number, (_, query) in enumerate(batch)]
        points = _points(session, asked, start, end, region)
        for number, (name, query) in enumerate(batch):
            found[name] = Series(query, tuple(sorted(points[f"q{number}"], key=lambda p: p.at)))
    return found


def _asked(identifier: str, query: Query) -> dict[str, Any]:
    dimensions = [{"Name": key, "Value": value} for key, value in query.dimensions.items()]
    metric = {
        "Namespace": query.namespace,
        "MetricName": query.name,
        "Dimensions": dimensions,
    }
    stat = {"Metric": metric, "Period": query.period, "Stat": query.statistic}
    return {"Id": identifier, "MetricStat": stat, "ReturnData": True}


def _points(
    session: AwsSession,
    asked: Sequence[Mapping[str, Any]],
    start: datetime,
    end: datetime,
    region: str | None,
) -> dict[str, list[Point]]:
    points: dict[str, list[Point]] = {}
    last: dict[str, str] = {}
    pages = session.pages(
        "cloudwatch",
        "GetMetricData",
        needs=("MetricDataResults",),
        region=region,
        MetricDataQueries=list(asked),
        StartTime=start,
        EndTime=end,
    )
    for page in pages:
        for raw in page["MetricDataResults"]:
            whole(raw, ("Id", "Timestamps", "Values"), _ACTION)
            points.setdefault(str(raw["Id"]), []).extend(_pairs(raw))
            last[str(raw["Id"])] = str(raw.get("StatusCode", "Complete"))
    _refuse_partial([str(one["Id"]) for one in asked], last)
    return points


def _pairs(raw: Mapping[str, Any]) -> Iterator[Point]:
    for at, value in zip(raw["Timestamps"], raw["Values"], strict=True):
        yield Point(at.astimezone(UTC), float(value))


def _refuse_partial(asked: Sequence[str], status: Mapping[str, str]) -> None:
    """Forbidden, InternalError and PartialData come with status 200, and are no observation."""
    wrong = {one: status.get(one, "no answer") for one in asked}
    wrong = {one: said for one, said in wrong.items() if said != "Complete"}
    if wrong:
        said = ", ".join(sorted(set(wrong.values())))
        raise ProbeError(
            f"{_ACTION} answered {said} for {len(wrong)} of {len(asked)} series",
            mend="Forbidden: allow cloudwatch:GetMetricData; else run again",
        )
