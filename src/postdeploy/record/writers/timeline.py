"""When each check waited and worked, and for what, so that a page can show how they ran together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from postdeploy.record.model import Attempt, CheckRun, Record

SCALE: Final = 1000  # the width of a bar's drawing, in its own units
LEAST: Final = 3.0  # the shortest part is still to be seen
TICKS_AT_MOST: Final = 7
STEPS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400)


@dataclass(frozen=True)
class Part:
    """A stretch on the scale."""

    x: float
    width: float


@dataclass(frozen=True)
class Waited:
    """What was waited for, and for how many seconds."""

    what: str
    seconds: float


@dataclass(frozen=True)
class Bar:
    """One check: seconds from the start of the time line, and places on the scale."""

    number: int
    check: CheckRun
    started: float
    seconds: float
    whole: Part
    """From the moment that it was asked for until it ended."""
    worked: Sequence[Part]
    """Where it did not wait."""
    waits: Sequence[Waited]
    """The longest first."""


@dataclass(frozen=True)
class Cause:
    """Something that checks waited for: how many did, the longest wait, and from when until when."""

    what: str
    checks: int
    longest: float
    whole: Part


@dataclass(frozen=True)
class Tick:
    """A mark on the axis: seconds from its start, and its place on the scale."""

    seconds: int
    x: float


@dataclass(frozen=True)
class Timeline:
    """All bars in the order in which they started; durations in seconds."""

    bars: Sequence[Bar]
    causes: Sequence[Cause]
    ticks: Sequence[Tick]
    seconds: float
    work: float
    most_at_once: int
    origin: datetime

    def bar(self, check: str) -> Bar | None:
        """The bar of a check, by its id; the last one where several runs were merged."""
        return next((bar for bar in reversed(self.bars) if bar.check.check == check), None)

    def moment(self, attempt: Attempt) -> Part | None:
        """Where an attempt lies, when that is known."""
        ended = attempt.ended or attempt.started
        if ended is None:
            return None
        scale = _Scale(self.origin, self.seconds)
        return scale.part(attempt.started or ended, ended)

    def after(self, moment: datetime) -> float:
        """Seconds from the start of the time line."""
        return max((moment - self.origin).total_seconds(), 0.0)


@dataclass(frozen=True)
class _Scale:
    origin: datetime
    seconds: float

    def x(self, moment: datetime) -> float:
        place = (moment - self.origin).total_seconds() / self.seconds * SCALE
        return round(min(max(place, 0.0), SCALE), 1)

    def part(self, start: datetime, end: datetime) -> Part:
        x = min(self.x(start), SCALE - LEAST)
        return Part(x, round(min(max(self.x(end) - x, LEAST), SCALE - x), 1))


Span = tuple[CheckRun, datetime, datetime, datetime]


def make_timeline(record: Record) -> Timeline | None:
    """The time line of the checks that were timed, or None when there is none."""
    spans = list(_spans(record.checks))
    if not spans:
        return None
    origin = min(queued for _, queued, _, _ in spans)
    total = max((max(ended for *_, ended in spans) - origin).total_seconds(), 0.001)
    scale = _Scale(origin, total)
    spans.sort(key=lambda span: (span[2], span[2] - span[3]))
    bars = [_bar(number, span, scale) for number, span in enumerate(spans, start=1)]
    return Timeline(
        bars=bars,
        causes=_causes(record.checks, scale),
        ticks=_ticks(total),
        seconds=total,
        work=sum(bar.seconds for bar in bars),
        most_at_once=_most_at_once(bars),
        origin=origin,
    )


def _spans(checks: Iterable[CheckRun]) -> Iterable[Span]:
    for check in checks:
        if check.started and check.ended:
            queued = min(check.queued or check.started, check.started)
            yield check, queued, check.started, max(check.ended, check.started)


def _bar(number: int, span: Span, scale: _Scale) -> Bar:
    check, queued, started, ended = span
    return Bar(
        number=number,
        check=check,
        started=(started - scale.origin).total_seconds(),
        seconds=(ended - started).total_seconds(),
        whole=scale.part(queued, ended),
        worked=[scale.part(*part) for part in _worked(check, started, ended)],
        waits=_waits(check),
    )


def _worked(check: CheckRun, started: datetime, ended: datetime) -> list[tuple[datetime, datetime]]:
    """The stretches between the waits, which may overlap."""
    parts, place = [], started
    for wait in sorted(check.waits, key=lambda wait: wait.started):
        if wait.started > place:
            parts.append((place, min(wait.started, ended)))
        place = max(place, wait.ended)
        if place >= ended:
            break
    if place < ended or not parts:
        parts.append((min(place, ended), ended))
    return parts


def _waits(check: CheckRun) -> list[Waited]:
    sums: dict[str, float] = {}
    for wait in check.waits:
        seconds = max((wait.ended - wait.started).total_seconds(), 0.0)
        sums[wait.what] = sums.get(wait.what, 0.0) + seconds
    return sorted((Waited(*one) for one in sums.items()), key=lambda one: -one.seconds)


def _causes(checks: Iterable[CheckRun], scale: _Scale) -> list[Cause]:
    found: dict[str, list[tuple[datetime, datetime]]] = {}
    for check in checks:
        firsts = {wait.what: (wait.started, wait.ended) for wait in reversed(check.waits)}
        for what, span in firsts.items():
            found.setdefault(what, []).append(span)
    causes = [
        Cause(
            what=what,
            checks=len(spans),
            longest=max((end - start).total_seconds() for start, end in spans),
            whole=scale.part(min(start for start, _ in spans), max(end for _, end in spans)),
        )
        for what, spans in found.items()
    ]
    return sorted(causes, key=lambda cause: (cause.whole.x, -cause.longest))


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
