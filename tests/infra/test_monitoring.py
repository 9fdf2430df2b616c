"""Metrics arrive, the error rate is below the bound for a rollback, and alarms are quiet."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from fixtures.deployment import WINDOW
from fixtures.readings import query_of
from fixtures.windows import windows_around
from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.probes.aws.alarms import observe_alarms
from postdeploy.probes.aws.error_rate import Rate, observe_error_rate
from postdeploy.probes.aws.metrics import Series, observe_metrics
from postdeploy.probes.aws.topics import TopicState, observe_topic
from postdeploy.target import ErrorRate, Metric

_SHORTEST_LOOK = timedelta(hours=3)
_REQUESTS, _ERRORS = "requests of the error rate", "errors of the error rate"


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.closing
@pytest.mark.covers("cloudwatch.metrics")
async def test_metrics_arrive_and_error_rate_is_low(flow: Flow) -> None:
    """Each declared metric has a fresh datapoint, and the error rate is below the rollback bound."""
    async with flow.check.item("cloudwatch.metrics") as step:
        now = datetime.now(UTC)
        declared = flow.aws.metrics
        if not declared:
            raise ProbeError("the target file declares no [aws.metrics]", mend="Declare some")
        seen, (rate, another), topics = await asyncio.gather(
            _declared_metrics(flow, declared | _counters(flow.aws.error_rate), now),
            _error_rate(flow, now),
            asyncio.gather(*(flow.observe(observe_topic, name) for name in flow.aws.topics)),
        )
        step.saw(
            f"{_ages({name: seen[name] for name in declared}, now)}; {_rate_in_words(rate)}",
            expected=", ".join(f"{n} within {m.fresh_seconds:g} s" for n, m in declared.items())
            + _bound_in_words(flow.aws.error_rate),
        )
        high = _too_many_errors(flow.aws.error_rate, rate)
        faults = _stale(declared, seen, now) + ([] if another else high)
        faults += _stopped_counter(flow.aws.error_rate, seen, now)
        assert not faults, "; ".join(faults)
        if high:
            raise ProbeError(
                f"{high[0]}, and too few requests since the deployment to tell whose they are",
                mend="Run again some minutes after the deployment, when there is traffic",
            )
        _require_requests(flow.aws.error_rate, rate)
        _warn_of_topics(flow, topics)


async def _declared_metrics(
    flow: Flow, declared: Mapping[str, Metric], now: datetime
) -> dict[str, Series]:
    """Looks further back than freshness asks for, so that a stale metric's last sign can be told."""
    longest = timedelta(seconds=2 * max(metric.fresh_seconds for metric in declared.values()))
    queries = {name: query_of(metric) for name, metric in declared.items()}
    return await flow.observe(observe_metrics, queries, now - max(longest, _SHORTEST_LOOK), now)


async def _error_rate(flow: Flow, now: datetime) -> tuple[Rate | None, bool]:
    """The rate of this release's own minutes, or of all in the bound's window until these hold enough requests;
    and whether the errors may be another release's.
    """
    bound = flow.aws.error_rate
    if bound is None:
        return None, False
    start = now - timedelta(seconds=bound.window_seconds)
    own_from, own_to = windows_around(await flow.shared(WINDOW), now).since
    own = await _rate(flow, bound, max(start, own_from), max(now, own_to))
    if own.requests >= bound.minimum_requests:
        return own, False
    return await _rate(flow, bound, start, now), start < own_from


async def _rate(flow: Flow, bound: ErrorRate, start: datetime, end: datetime) -> Rate:
    requests, errors = query_of(bound.requests), query_of(bound.errors)
    return await flow.observe(observe_error_rate, requests, errors, start, end)


def _stale(declared: Mapping[str, Metric], seen: Mapping[str, Series], now: datetime) -> list[str]:
    faults = []
    for name, metric in declared.items():
        age = seen[name].age(now)
        if age is None:
            faults.append(f"{seen[name].query} has no datapoint")
        elif age > metric.fresh_seconds:
            faults.append(
                f"the newest datapoint of {seen[name].query} is {age / 60:.0f} minutes old"
            )
    return faults


def _counters(bound: ErrorRate | None) -> dict[str, Metric]:
    return {} if bound is None else {_REQUESTS: bound.requests, _ERRORS: bound.errors}


def _stopped_counter(
    bound: ErrorRate | None, seen: Mapping[str, Series], now: datetime
) -> list[str]:
    """Whether errors are counted no more while requests are: silence is then no nought.

    Some counters speak only of errors; one that told of none before is not of that kind.
    """
    if bound is None or not any(point.value == 0 for point in seen[_ERRORS].points):
        return []
    if _stale({_REQUESTS: bound.requests}, seen, now):
        return []
    return _stale({_ERRORS: bound.errors}, seen, now)


def _too_many_errors(bound: ErrorRate | None, rate: Rate | None) -> list[str]:
    if bound is None or rate is None or rate.percent is None:
        return []
    if rate.requests < bound.minimum_requests or rate.percent <= bound.rollback_percent:
        return []
    return [
        f"the error rate is {rate.percent:.1f} %, above the rollback bound of "
        f"{bound.rollback_percent:g} % ({rate.errors:g} errors in {rate.requests:g} requests)"
    ]


def _require_requests(bound: ErrorRate | None, rate: Rate | None) -> None:
    if bound is not None and rate is not None and rate.requests < bound.minimum_requests:
        raise ProbeError(
            f"{rate.requests:g} requests in {bound.window_seconds:g} s are too few for an error rate",
            mend="Compare [aws.error_rate] with the published metrics, or run when there is traffic",
        )


def _warn_of_topics(flow: Flow, topics: Sequence[TopicState]) -> None:
    for topic in topics:
        if not topic.found:
            flow.run.warn(f"there is no SNS topic {topic.name}: its alarms tell nobody")
        elif not topic.confirmed:
            flow.run.warn(
                f"SNS topic {topic.name} has no confirmed subscription: its alarms tell nobody"
            )


def _ages(seen: Mapping[str, Series], now: datetime) -> str:
    ages = {name: series.age(now) for name, series in seen.items()}
    told = [
        f"{name} {'never' if age is None else f'{age:.0f} s ago'}" for name, age in ages.items()
    ]
    return ", ".join(told)


def _rate_in_words(rate: Rate | None) -> str:
    if rate is None:
        return "no error rate declared"
    if rate.percent is None:
        return "no requests, so no error rate"
    silent = "" if rate.errors_told else ", the error counter told nothing, taken as 0"
    return f"error rate {rate.percent:.2f} % ({rate.errors:g} of {rate.requests:g}{silent})"


def _bound_in_words(bound: ErrorRate | None) -> str:
    return "" if bound is None else f"; error rate at most {bound.rollback_percent:g} %"


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.closing
@pytest.mark.each("aws.alarms")
@pytest.mark.covers("alarm.{name}")
async def test_alarm_is_ok(flow: Flow, name: str) -> None:
    """The alarm exists and is in state OK after the last flow."""
    declared = flow.aws.alarms[name]
    async with flow.check.item(f"alarm.{name}") as step:
        alarms = await flow.observe(observe_alarms, [declared.name], region=declared.region or None)
        alarm = alarms[declared.name]
        since = f" since {alarm.updated:%Y-%m-%d %H:%M} UTC" if alarm.updated else ""
        watched = "" if declared.threshold is None else f", for {declared.threshold:g}"
        step.saw(f"{alarm.state}{since}: {alarm.reason}", expected=f"OK{watched}")
        if alarm.state == "INSUFFICIENT_DATA":
            raise ProbeError(
                f"alarm {alarm.name} has insufficient data ({alarm.reason})",
                mend="Look whether the metric that it watches still reports",
            )
        assert alarm.state != "MISSING", f"there is no alarm {alarm.name}"
        assert alarm.state == "OK", f"alarm {alarm.name} is in {alarm.state}: {alarm.reason}"
        same = declared.threshold is None or alarm.threshold == declared.threshold
        assert same, (
            f"alarm {alarm.name} watches for {alarm.threshold}, declared is {declared.threshold:g}"
        )
        same = None in (declared.minutes, alarm.minutes) or alarm.minutes == declared.minutes
        assert same, (
            f"alarm {alarm.name} rings after {alarm.minutes:g} minutes, declared are {declared.minutes:g}"
        )
        if not alarm.actions_enabled:
            flow.run.warn(f"the actions of alarm {alarm.name} are switched off: it tells nobody")
