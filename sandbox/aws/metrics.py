"""Publishes metrics: an hour of history, then a datapoint of each series every minute."""

import random
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from moto.cloudwatch.models import MetricDatum, MetricDatumBase

from sandbox.aws import backends
from sandbox.aws.description import Series, Traffic
from sandbox.clock import CLOCK

_HISTORY = timedelta(hours=1)
_KEPT = timedelta(hours=3)
_MINUTE = timedelta(minutes=1)
_SERVER_ERROR = 500


def this_minute() -> datetime:
    """The minute that is running, in UTC."""
    return CLOCK.naive().replace(second=0, microsecond=0)


class Metrics:
    """The series of the account, and the requests that the product counts; safe for threads."""

    def __init__(
        self,
        series: Iterable[Series],
        traffic: Traffic | None = None,
        clock: Callable[[], datetime] = this_minute,
    ) -> None:
        self._series = list(series)
        self._traffic = traffic
        self._clock = clock
        self._random = random.Random(20261121)
        self._lock = threading.RLock()
        self._stopped: set[tuple[str, str]] = set()
        self._error_share = 0.0
        self._errors_since = datetime.min
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
        traffic = self._traffic
        if traffic is None:
            return
        with self._lock:
            self.publish_if_due()
            self._count(traffic, traffic.requests, 1.0)
            self._true_errors += 1.0 if status >= _SERVER_ERROR else 0.0
            self._settle_errors(traffic)
            timed = traffic.response_time
            if timed and (traffic.namespace, timed) not in self._stopped:
                self._data.append(_datum(traffic.namespace, timed, seconds, "Seconds"))

    def publish_if_due(self) -> None:
        """Publish when a new minute has begun."""
        if self._clock() > self._published:
            self.publish()

    def relevel(
        self,
        namespace: str,
        name: str,
        usual: float,
        dimension: str | None = None,
        ago: timedelta = _HISTORY,
    ) -> None:
        """Let a metric have had another usual value since that long ago, and have it from now on.

        `dimension` narrows this to the series with that dimension value.
        Raises KeyError when there is no such series.
        """
        with self._lock:
            chosen = [s for s in self._series if _is(s, namespace, name, dimension)]
            if not chosen:
                raise KeyError(f"{namespace} {name} {dimension or ''}")
            since = self._minute(ago)
            for old in chosen:
                new = replace(old, usual=usual, wobble=usual * 0.02)
                self._series[self._series.index(old)] = new
                self._forget(
                    lambda d, old=old: _belongs(d, old) and d.timestamp > since  # type: ignore[misc]
                )
                self._rewrite(new, since)

    def _minute(self, ago: timedelta) -> datetime:
        """The minute before the one that such a time ago lies in."""
        return self._clock() - min(ago + _MINUTE, _HISTORY)

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

    def set_error_share(self, share: float, ago: timedelta = _HISTORY) -> None:
        """Let this share (0 to 1) of the requests have failed since that long ago, and from now on.

        Raises LookupError where the account counts no requests.
        """
        traffic = self._traffic
        if traffic is None:
            raise LookupError("the account has no metrics of requests")
        with self._lock:
            self._error_share = share
            since = self._errors_since = self._minute(ago)
            counted = [
                d
                for d in self._data
                if _named(d, traffic.namespace, traffic.requests) and d.timestamp > since
            ]
            self._forget(
                lambda d: _named(d, traffic.namespace, traffic.errors) and d.timestamp > since
            )
            for datum in counted:
                errors = round(getattr(datum, "value", 0.0) * share)
                self._add_errors(traffic, float(errors), datum.timestamp)

    def _add_errors(self, traffic: Traffic, errors: float, at: datetime) -> None:
        if not errors and self._is_sparse("errors"):
            return
        self._data.append(
            _datum(traffic.namespace, traffic.errors, errors, "Count", at, traffic.dimensions)
        )

    def _publish_minute(self, minute: datetime) -> None:
        self._counting.clear()
        self._true_errors = 0.0
        requests = 0.0
        for series in self._series:
            if (series.namespace, series.name) in self._stopped:
                continue
            readings = [self._reading(series, minute) for _ in range(series.samples)]
            if self._counts(series, "requests"):
                requests = readings[0].value
            if self._counts(series, "errors") and minute > self._errors_since:
                readings[0].value = float(round(requests * self._error_share))
            self._data.extend(_told(series, readings))

    def _counts(self, series: Series, what: str) -> bool:
        traffic = self._traffic
        named = (series.namespace, series.name)
        return traffic is not None and named == (traffic.namespace, getattr(traffic, what))

    def _is_sparse(self, what: str) -> bool:
        return any(series.sparse and self._counts(series, what) for series in self._series)

    def _rewrite(self, series: Series, since: datetime) -> None:
        at = since
        while at < self._published:
            at += _MINUTE
            readings = [self._reading(series, at) for _ in range(series.samples)]
            self._data.extend(_told(series, readings))

    def _reading(self, series: Series, at: datetime) -> MetricDatum:
        value = max(0.0, self._random.uniform(-1, 1) * series.wobble + series.usual)
        if series.unit == "Count":
            value = float(round(value))
        return _datum(series.namespace, series.name, value, series.unit, at, series.dimensions)

    def _count(self, traffic: Traffic, name: str, amount: float) -> None:
        if (traffic.namespace, name) in self._stopped:
            return
        datum = self._counting.get(name)
        if datum is None:
            datum = self._counting[name] = _datum(
                traffic.namespace, name, 0.0, "Count", self._clock(), traffic.dimensions
            )
            self._data.append(datum)
        datum.value += amount

    def _settle_errors(self, traffic: Traffic) -> None:
        counted = self._counting.get(traffic.requests)
        requests = counted.value if counted is not None else 0.0
        errors = max(self._true_errors, float(round(requests * self._error_share)))
        if not errors and self._is_sparse("errors"):
            return
        self._count(traffic, traffic.errors, 0.0)
        if traffic.errors in self._counting:
            self._counting[traffic.errors].value = errors

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


def _told(series: Series, readings: list[MetricDatum]) -> list[MetricDatum]:
    """The readings that are published at all."""
    return [datum for datum in readings if datum.value or not series.sparse]


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
