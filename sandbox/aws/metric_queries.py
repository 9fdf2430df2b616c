"""Answers GetMetricData and GetMetricStatistics as CloudWatch does, over moto's datapoints."""

import ast
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from moto.cloudwatch.models import MetricAggregatedDatum, MetricDatum, MetricDatumBase

Points = dict[datetime, float]
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?|100)")


class MetricQueryError(ValueError):
    """CloudWatch would refuse the query."""


@dataclass(frozen=True)
class Selection:
    """Which datapoints are meant; dimensions must match exactly, and no dimensions means none."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]
    unit: str | None

    def holds(self, datum: MetricDatumBase) -> bool:
        """Say whether the datapoint belongs to this metric."""
        return (
            datum.name == self.name
            and datum.namespace == self.namespace
            and (self.unit is None or datum.unit == self.unit)
            and frozenset((d.name, d.value) for d in datum.dimensions) == self.dimensions
        )


def without_zone(at: datetime) -> datetime:
    """Moto stores times in UTC without saying so."""
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo is not None else at


def aligned(at: datetime, period: int) -> datetime:
    """The start of the period, counted from 1970, that the time lies in."""
    seconds = int(at.replace(tzinfo=UTC).timestamp())
    return datetime.fromtimestamp(seconds - seconds % period, UTC).replace(tzinfo=None)


def selection(metric: Mapping[str, Any], unit: str | None) -> Selection:
    """Read the Metric structure of a request."""
    dimensions = frozenset((d["Name"], d["Value"]) for d in metric.get("Dimensions") or ())
    return Selection(metric["Namespace"], metric["MetricName"], dimensions, unit)


def buckets(
    data: Iterable[MetricDatumBase], wanted: Selection, start: datetime, end: datetime, period: int
) -> dict[datetime, list[MetricDatumBase]]:
    """Group the wanted datapoints by period; the period is in seconds.

    Raises MetricQueryError for a period that CloudWatch has not.
    """
    if period not in (1, 5, 10, 20, 30) and period % 60 != 0:
        raise MetricQueryError(f"Period {period} is not 1, 5, 10, 20, 30 or a multiple of 60")
    first, last = aligned(without_zone(start), period), without_zone(end)
    found: dict[datetime, list[MetricDatumBase]] = {}
    for datum in data:
        at = without_zone(datum.timestamp)
        if first <= at < last and wanted.holds(datum):
            found.setdefault(aligned(at, period), []).append(datum)
    return dict(sorted(found.items()))


def statistic(name: str, data: list[MetricDatumBase]) -> float:
    """Reduce one period's datapoints.

    Raises MetricQueryError for a statistic that CloudWatch has not.
    """
    percentile = _PERCENTILE.fullmatch(name)
    if percentile is not None:
        return percentile_of(_values(data), float(percentile[1]))
    if name not in _STATISTICS:
        raise MetricQueryError(f"The value {name} for parameter Stat is not supported.")
    return _STATISTICS[name](data)


def percentile_of(values: list[float], rank: float) -> float:
    """The value below which the given share (0 to 100) of the values lies, interpolated."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * rank / 100
    below, above = ordered[math.floor(place)], ordered[math.ceil(place)]
    return below + (above - below) * (place - math.floor(place))


def _values(data: list[MetricDatumBase]) -> list[float]:
    return [d.value for d in data if isinstance(d, MetricDatum)] or [0.0]


def _total(data: list[MetricDatumBase]) -> float:
    sets = (d.sum for d in data if isinstance(d, MetricAggregatedDatum))
    return sum(d.value for d in data if isinstance(d, MetricDatum)) + sum(sets)


def _samples(data: list[MetricDatumBase]) -> float:
    return sum(d.sample_count if isinstance(d, MetricAggregatedDatum) else 1.0 for d in data)


def _ends(data: list[MetricDatumBase], which: str) -> list[float]:
    sets = [float(getattr(d, which)) for d in data if isinstance(d, MetricAggregatedDatum)]
    return [d.value for d in data if isinstance(d, MetricDatum)] + sets


_STATISTICS: dict[str, Callable[[list[MetricDatumBase]], float]] = {
    "Sum": _total,
    "SampleCount": _samples,
    "Average": lambda data: _total(data) / _samples(data),
    "Minimum": lambda data: min(_ends(data, "min")),
    "Maximum": lambda data: max(_ends(data, "max")),
}


class MetricData:
    """One GetMetricData call: evaluates each query once, whichever other query asks for it."""

    def __init__(
        self,
        data: list[MetricDatumBase],
        queries: list[dict[str, Any]],
        start: datetime,
        end: datetime,
    ) -> None:
        self._data = data
        self._queries = {query["Id"]: query for query in queries}
        self._start = start
        self._end = end
        self._known: dict[str, Points] = {}

    def results(self, newest_first: bool) -> list[dict[str, Any]]:
        """The MetricDataResults, in the order of the queries, without those not asked to return."""
        asked = [q for q in self._queries.values() if q.get("ReturnData", True)]
        return [self._result(query, newest_first) for query in asked]

    def _result(self, query: dict[str, Any], newest_first: bool) -> dict[str, Any]:
        points = sorted(self.points(query["Id"]).items(), reverse=newest_first)
        return {
            "id": query["Id"],
            "label": query.get("Label") or _label(query),
            "timestamps": [at for at, _ in points],
            "values": [value for _, value in points],
            "status_code": "Complete",
        }

    def points(self, query_id: str) -> Points:
        """The points of one query.

        Raises MetricQueryError for an unknown id, an unknown statistic, or unserved metric math.
        """
        if query_id not in self._queries:
            raise MetricQueryError(f"Undefined query id {query_id} in expression")
        if query_id not in self._known:
            self._known[query_id] = self._evaluate(self._queries[query_id])
        return self._known[query_id]

    def _evaluate(self, query: dict[str, Any]) -> Points:
        if "Expression" in query:
            return evaluate(query["Expression"], self.points)
        stat = query["MetricStat"]
        wanted = selection(stat["Metric"], stat.get("Unit"))
        grouped = buckets(self._data, wanted, self._start, self._end, int(stat["Period"]))
        return {at: statistic(stat["Stat"], data) for at, data in grouped.items()}


def _label(query: dict[str, Any]) -> str:
    stat = query.get("MetricStat")
    return str(stat["Metric"]["MetricName"]) if stat else str(query["Id"])


_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}


def evaluate(expression: str, points: Callable[[str], Points]) -> Points:
    """Work out metric math: + - * /, brackets, numbers, query ids, FILL(id, number).

    Raises MetricQueryError for anything else, as CloudWatch does for an invalid expression.
    """
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
    except SyntaxError as error:
        raise MetricQueryError(f"Error in expression: {expression}") from error
    value = _value(tree, points)
    if isinstance(value, float):
        raise MetricQueryError(f"Expression {expression} does not return a time series")
    return value


def _value(node: ast.expr, points: Callable[[str], Points]) -> Points | float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return points(name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _combine(ast.Sub(), 0.0, _value(operand, points))
        case ast.BinOp(left=left, op=operator, right=right):
            return _combine(operator, _value(left, points), _value(right, points))
        case ast.Call(func=ast.Name(id="FILL"), args=[ast.Name(id=name), ast.Constant()]):
            return _filled(points(name), node)
    raise MetricQueryError(f"Unsupported metric math: {ast.unparse(node)}")


def _filled(series: Points, call: ast.Call) -> Points:
    filler = call.args[1]
    if not series or not isinstance(filler, ast.Constant):
        return series
    at, last, period = min(series), max(series), _spacing(series)
    filled: Points = {}
    while at <= last:
        filled[at] = series.get(at, float(str(filler.value)))
        at += period
    return filled


def _spacing(series: Points) -> timedelta:
    times = sorted(series)
    return min((b - a for a, b in pairwise(times)), default=timedelta(minutes=1))


def _combine(operator: ast.operator, a: Points | float, b: Points | float) -> Points | float:
    work = _OPERATORS.get(type(operator))
    if work is None:
        raise MetricQueryError("Unsupported operator in metric math")
    if isinstance(a, float) and isinstance(b, float):
        return work(a, b)
    times = [set(side) for side in (a, b) if not isinstance(side, float)]
    # CloudWatch leaves out a time at which one side has no data or the divisor is zero.
    common = set.intersection(*times)
    found: Points = {}
    for at in common:
        right = b if isinstance(b, float) else b[at]
        if not (isinstance(operator, ast.Div) and right == 0):
            found[at] = work(a if isinstance(a, float) else a[at], right)
    return found
