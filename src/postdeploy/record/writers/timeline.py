"""When each check waited and ran, so that a page can show how they ran together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from postdeploy.record.model import CheckRun, Record

SCALE: Final = 1000  # the width of a bar's drawing, in its own units
TICKS_AT_MOST: Final = 7
STEPS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400)


@dataclass(frozen=True)
class Bar:
    """One check: seconds from the start of the time line, and places on the scale."""

    check: CheckRun
    started: float
    seconds: float
    queued_x: float
    started_x: float
    width: float


@dataclass(frozen=True)
class Tick:
    """A mark on the axis: seconds from its start, and its place on the scale."""

    seconds: int
    x: float


@dataclass(frozen=True)
class Timeline:
    """All bars in the order in which they started; durations in seconds."""

    bars: Sequence[Bar]
    ticks: Sequence[Tick]
    seconds: float
    work: float
    most_at_once: int


def make_timeline(record: Record) -> Timeline | None:
    """The time line of the checks that were timed, or None when there is none."""
    timed = [
        (check, check.queued or check.started, check.started, check.ended)
        for check in record.checks
        if check.started and check.ended
    ]
    spans = [(c, q, s, e) for c, q, s, e in timed if q and s and e]
    if not spans:
        return None
    origin = min(min(queued, started) for _, queued, started, _ in spans)
    total = max((max(ended for *_, ended in spans) - origin).total_seconds(), 0.001)
    bars = [_bar(check, (queued, start, end), origin, total) for check, queued, start, end in spans]
    return Timeline(
        bars=sorted(bars, key=lambda bar: (bar.started, -bar.seconds)),
        ticks=_ticks(total),
        seconds=total,
        work=sum(bar.seconds for bar in bars),
        most_at_once=_most_at_once(bars),
    )


def _bar(
    check: CheckRun, times: tuple[datetime, datetime, datetime], origin: datetime, total: float
) -> Bar:
    queued, started, ended = ((time - origin).total_seconds() for time in times)
    seconds = max(ended - started, 0.0)
    unit = SCALE / total
    return Bar(
        check=check,
        started=started,
        seconds=seconds,
        queued_x=round(min(queued, started) * unit, 1),
        started_x=round(started * unit, 1),
        width=round(max(seconds * unit, 3.0), 1),  # the shortest check is still to be seen
    )


def _ticks(total: float) -> list[Tick]:
    step = next((step for step in STEPS if total / step <= TICKS_AT_MOST), STEPS[-1])
    marks = range(0, int(total) + 1, step)
    return [Tick(seconds, round(seconds / total * SCALE, 1)) for seconds in marks]


def _most_at_once(bars: Sequence[Bar]) -> int:
    edges = [(bar.started, 1) for bar in bars] + [(bar.started + bar.seconds, -1) for bar in bars]
    now = most = 0
    for _, change in sorted(edges):
        now += change
        most = max(most, now)
    return most
