"""Publishes metrics: an hour of history, then a datapoint of each series every minute."""

import random
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from moto.cloudwatch.models import MetricDatum, MetricDatumBase

from sandbox.aws import backends
from sandbox.aws.description import Series
from sandbox.clock import CLOCK

_HISTORY = timedelta(hours=1)
_KEPT = timedelta(hours=3)
_MINUTE = timedelta(minutes=1)
_API = "Qumis/API"
_SERVER_ERROR = 500


def this_minute() -> datetime:
    """The minute that is running, in UTC."""
    return CLOCK.naive().replace(second=0, microsecond=0)


class Metrics:
    """The series of the account, and the requests that the product counts; safe for threads."""

    def __init__(
        self, series: Iterable[Series], clock: Callable[[], datetime] = this_minute
    ) -> None:
        self._series = list(series)
        self._clock = clock
        self._random = random.Random(20261121)
        self._lock = threading.RLock()
        self._stopped: set[tuple[str, str]] = set()
        self._error_share = 0.0
        self._counting: dict[str, MetricDatum] = {}
        self._true_errors = 0.0
        self._published = self._clock() - _HISTORY
        self.publish()

    @property
    def _data(self) -> list[MetricDatumBase]:
        return backends.cloudwatch().metric_data

    def publish(self) -> None:
        """Add the datapoints of every minute since the last publication, and drop old ones."""
        with self._lock:
            now = self._clock()
            while self._published < now:
                self._published += _MINUTE
                self._publish_minute(self._published)
            oldest = now - _KEPT
            self._data[:] = [datum for datum in self._data if datum.timestamp >= oldest]

    def count_request(self, status: int, seconds: float) -> None:
        """Count one answered request of the product: its HTTP status and how long it took."""
        with self._lock:
            self.publish_if_due()
            self._count("RequestCount", 1.0)
            self._true_errors += 1.0 if status >= _SERVER_ERROR else 0.0
            self._settle_errors()
            if (_API, "ResponseTime") not in self._stopped:
                self._data.append(_datum(_API, "ResponseTime", seconds, "Seconds"))

    def publish_if_due(self) -> None:
        """Publish when a new minute has begun."""
        if self._clock() > self._published:
            self.publish()

    def relevel(
        self, namespace: str, name: str, usual: float, dimension: str | None = None
    ) -> None:
        """Let a metric have had, and have from now on, another usual value.

        `dimension` narrows this to the series with that dimension value.
        Raises KeyError when there is no such series.
        """
        with self._lock:
            chosen = [s for s in self._series if _is(s, namespace, name, dimension)]
            if not chosen:
                raise KeyError(f"{namespace} {name} {dimension or ''}")
            for old in chosen:
                new = replace(old, usual=usual, wobble=usual * 0.02)
                self._series[self._series.index(old)] = new
                self._forget(lambda datum, old=old: _belongs(datum, old))  # type: ignore[misc]
                self._rewrite(new)

    def stop(self, namespace: str, name: str, ago: timedelta = _HISTORY) -> None:
        """Let a metric have had no datapoint since that long ago."""
        with self._lock:
            self._stopped.add((namespace, name))
            since = self._clock() - ago
            self._forget(lambda d: _named(d, namespace, name) and d.timestamp > since)
            if not any(_named(datum, namespace, name) for datum in self._data):
                last = next(s for s in self._series if _is(s, namespace, name, None))
                self._data.append(self._reading(last, since))

    def drop(self, namespace: str, name: str) -> None:
        """Let a metric never have existed."""
        with self._lock:
            self._stopped.add((namespace, name))
            self._forget(lambda d: _named(d, namespace, name))

    def end(self, namespace: str, dimension: str) -> None:
        """Let all series of a namespace with that dimension value never have existed."""
        with self._lock:
            gone = [s for s in self._series if s.namespace == namespace and _has(s, dimension)]
            self._series = [series for series in self._series if series not in gone]
            self._forget(lambda datum: any(_belongs(datum, series) for series in gone))

    def spike(
        self, namespace: str, name: str, value: float, dimension: str, ago: timedelta
    ) -> None:
        """Let a metric have had another value in the one minute that long ago.

        Raises KeyError when there is no such series.
        """
        with self._lock:
            chosen = [s for s in self._series if _is(s, namespace, name, dimension)]
            if not chosen:
                raise KeyError(f"{namespace} {name} {dimension}")
            minute = self._clock() - ago
            for series in chosen:
                self._forget(
                    lambda d, s=series: _belongs(d, s) and d.timestamp == minute  # type: ignore[misc]
                )
                self._data.append(
                    _datum(namespace, name, value, series.unit, minute, series.dimensions)
                )

    def set_error_share(self, share: float) -> None:
        """Let this share (0 to 1) of the API's requests have failed, in the past hour and on."""
        with self._lock:
            self._error_share = share
            requests = [d for d in self._data if _named(d, _API, "RequestCount")]
            self._forget(lambda d: _named(d, _API, "ErrorCount"))
            for datum in requests:
                errors = round(getattr(datum, "value", 0.0) * share)
                self._data.append(_datum(_API, "ErrorCount", errors, "Count", datum.timestamp))

    def _publish_minute(self, minute: datetime) -> None:
        self._counting.clear()
        self._true_errors = 0.0
        requests = 0.0
        for series in self._series:
            if (series.namespace, series.name) in self._stopped:
                continue
            readings = [self._reading(series, minute) for _ in range(series.samples)]
            if series.namespace == _API and series.name == "RequestCount":
                requests = readings[0].value
            if series.namespace == _API and series.name == "ErrorCount":
                readings[0].value = float(round(requests * self._error_share))
            self._data.extend(readings)

    def _rewrite(self, series: Series) -> None:
        at = self._published - _HISTORY
        while at < self._published:
            at += _MINUTE
            self._data.extend(self._reading(series, at) for _ in range(series.samples))

    def _reading(self, series: Series, at: datetime) -> MetricDatum:
        value = max(0.0, self._random.uniform(-1, 1) * series.wobble + series.usual)
        if series.unit == "Count":
            value = float(round(value))
        return _datum(series.namespace, series.name, value, series.unit, at, series.dimensions)

    def _count(self, name: str, amount: float) -> None:
        if (_API, name) in self._stopped:
            return
        datum = self._counting.get(name)
        if datum is None:
            datum = self._counting[name] = _datum(_API, name, 0.0, "Count", self._clock())
            self._data.append(datum)
        datum.value += amount

    def _settle_errors(self) -> None:
        counted = self._counting.get("RequestCount")
        requests = counted.value if counted is not None else 0.0
        errors = max(self._true_errors, float(round(requests * self._error_share)))
        self._count("ErrorCount", 0.0)
        if "ErrorCount" in self._counting:
            self._counting["ErrorCount"].value = errors

    def _forget(self, unwanted: Callable[[MetricDatumBase], bool]) -> None:
        self._data[:] = [datum for datum in self._data if not unwanted(datum)]


def _datum(
    namespace: str,
    name: str,
    value: float,
    unit: str,
    at: datetime | None = None,
    dimensions: tuple[tuple[str, str], ...] = (),
) -> MetricDatum:
    named = [{"Name": key, "Value": text} for key, text in dimensions]
    return MetricDatum(namespace, name, value, named, at or CLOCK.naive(), unit)


def _named(datum: MetricDatumBase, namespace: str, name: str) -> bool:
    return datum.namespace == namespace and datum.name == name


def _is(series: Series, namespace: str, name: str, dimension: str | None) -> bool:
    values = {value for _, value in series.dimensions}
    named = series.namespace == namespace and series.name == name
    return named and (dimension is None or dimension in values)


def _has(series: Series, dimension: str) -> bool:
    return any(value == dimension for _, value in series.dimensions)


def _belongs(datum: MetricDatumBase, series: Series) -> bool:
    named = _named(datum, series.namespace, series.name)
    return named and {(d.name, d.value) for d in datum.dimensions} == set(series.dimensions)
