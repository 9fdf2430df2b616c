"""CloudWatch alarms, metric and composite ones: their state and why they are in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from postdeploy.probes.aws.session import AwsSession, whole
from postdeploy.probes.aws.times import utc

_MOST_NAMES = 100


@dataclass(frozen=True)
class AlarmState:
    """An alarm; `state` is OK, ALARM or INSUFFICIENT_DATA, or "MISSING" where there is none."""

    name: str
    state: str
    reason: str = ""
    updated: datetime | None = None
    composite: bool = False
    actions_enabled: bool = True
    threshold: float | None = None
    """In its metric's unit; None for a composite alarm, and for one that watches for anomalies."""
    minutes: float | None = None
    """For how long the threshold must be crossed before it rings; None for a composite alarm."""


def observe_alarms(
    session: AwsSession, names: Sequence[str], *, region: str | None = None
) -> dict[str, AlarmState]:
    """The alarms of those names, the missing ones as such. Raises ProbeError."""
    found = {name: AlarmState(name, "MISSING") for name in names}
    for first in range(0, len(names), _MOST_NAMES):
        batch = list(names[first : first + _MOST_NAMES])
        pages = session.pages(
            "cloudwatch",
            "DescribeAlarms",
            needs=("MetricAlarms",),
            region=region,
            AlarmNames=batch,
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],
        )
        for page in pages:
            found |= {one.name: one for one in _alarms(page)}
    return found


def _alarms(page: Mapping[str, Any]) -> list[AlarmState]:
    metric = [_alarm(raw, composite=False) for raw in page["MetricAlarms"]]
    return metric + [_alarm(raw, composite=True) for raw in page.get("CompositeAlarms", ())]


def _alarm(raw: Mapping[str, Any], *, composite: bool) -> AlarmState:
    whole(raw, ("AlarmName", "StateValue"), "cloudwatch:DescribeAlarms")
    return AlarmState(
        name=str(raw["AlarmName"]),
        state=str(raw["StateValue"]),
        reason=str(raw.get("StateReason") or ""),
        updated=utc(raw.get("StateUpdatedTimestamp")),
        composite=composite,
        actions_enabled=bool(raw.get("ActionsEnabled", True)),
        threshold=None if raw.get("Threshold") is None else float(raw["Threshold"]),
        minutes=_minutes(raw),
    )


def _minutes(raw: Mapping[str, Any]) -> float | None:
    """Of an alarm on an expression, the period is that of the metrics in it."""
    within = [one["MetricStat"] for one in raw.get("Metrics") or () if one.get("MetricStat")]
    periods = [int(one["Period"]) for one in (raw, *within) if one.get("Period")]
    datapoints = raw.get("DatapointsToAlarm") or raw.get("EvaluationPeriods")
    if not periods or not datapoints:
        return None
    return max(periods) * int(datapoints) / 60
