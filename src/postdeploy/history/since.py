"""What an outcome means beside those of earlier runs: new red, still red, fixed, flaky, slower."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from postdeploy.history.kept import KeptRun
from postdeploy.history.marks import GREEN, LOOKED, OUTCOMES, RED, SEEN, UNSEEN, Mark
from postdeploy.history.usual import usual_range
from postdeploy.record.model import (
    Course,
    EarlierRun,
    ItemHistory,
    Moment,
    RunHistory,
    UsualRange,
)

LOOK_BACK: Final = 200
"""Earlier runs that a run is compared with."""
FLAKY_AMONG: Final = 20
FLAKY_FROM: Final = 2
"""An item that is not flaky now is told of when it was so in as many of the last runs."""


@dataclass(frozen=True)
class Compared:
    """A run beside the earlier ones: all of it, and each item of which there is something to say."""

    run: RunHistory
    items: Mapping[str, ItemHistory]


def compare(now: KeptRun, past: Sequence[KeptRun], older: int = 0) -> Compared | None:
    """What `past` (runs of the same system and environment) says about the items of `now`.

    Runs that began after `now` are passed over, and so is `now` itself; `older` is how many were not looked
    at. None where no run came before.
    """
    earlier = sorted(
        (run for run in past if run.place == now.place and run.identity < now.identity),
        key=lambda run: run.identity,
    )
    if not earlier:
        return None
    told = {name: _Course(name, now, earlier, bool(older)).tell() for name in now.items}
    said = {name: one for name, one in told.items() if one is not None and one.told}
    run = RunHistory(
        runs=len(earlier),
        older=older,
        first=_run(earlier[0]),
        previous=_run(earlier[-1]),
        verdict_since=_verdict_since(now, earlier),
        new_red=_of_course(said, "new red"),
        still_red=_of_course(said, "still red"),
        fixed=_of_course(said, "fixed"),
        unseen=_of_course(said, "unseen"),
        flaky=tuple(name for name, one in said.items() if one.flaky_told),
        slower=tuple(name for name, one in said.items() if one.slower),
    )
    return Compared(run, said)


def _of_course(said: dict[str, ItemHistory], course: Course) -> tuple[str, ...]:
    return tuple(name for name, one in said.items() if one.course == course)


def _run(run: KeptRun) -> EarlierRun:
    return EarlierRun(run_id=run.run_id, at=run.started, verdict=run.verdict)


def _verdict_since(now: KeptRun, earlier: Sequence[KeptRun]) -> EarlierRun | None:
    """The first of the runs before this one that all had its verdict."""
    first = None
    for run in reversed(earlier):
        if now.verdict is None or run.verdict is not now.verdict:
            break
        first = run
    return _run(first) if first else None


@dataclass(frozen=True)
class _Seen:
    run: KeptRun
    mark: Mark


class _Course:
    """One item through the runs. What no check looked at, or a person answered, is passed over:
    it neither ends a row of red runs nor makes one.
    """

    def __init__(
        self, name: str, now: KeptRun, earlier: Sequence[KeptRun], more_before: bool
    ) -> None:
        self._name = name
        self._now = now
        self._mark = now.marks[name]
        self._looked = [
            _Seen(run, run.marks[name]) for run in earlier if run.marks.get(name) in LOOKED
        ]
        self._seen = [one for one in self._looked if one.mark in SEEN]
        self._more_before = more_before

    def tell(self) -> ItemHistory | None:
        """What there is to say, or None for an item that was not in scope, not applicable or not due."""
        if self._mark not in LOOKED | {Mark.ATTESTED}:
            return None
        flaky, among = self._flaky()
        flaky_told = (self._mark is Mark.FLAKY and among > 1) or flaky >= FLAKY_FROM
        usual = self._usual()
        seconds = self._now.took[self._name]
        slower = usual is not None and seconds is not None and seconds > usual.high
        course, since, runs, told = self._course()
        sentences = [told] if told else []
        if flaky_told and self._mark in SEEN:
            sentences.append(f"flaky ({flaky} of the last {among})")
        if slower and usual is not None and seconds is not None:
            sentences.append(_slower(seconds, usual))
        return ItemHistory(
            outcome=OUTCOMES[self._mark],
            course=course,
            since=_run(since.run) if since else None,
            runs=runs,
            flaky=flaky,
            among=among,
            flaky_told=flaky_told and self._mark in SEEN,
            seconds=seconds,
            usual=usual,
            slower=slower,
            told=tuple(sentences),
        )

    def _flaky(self) -> tuple[int, int]:
        marks = [one.mark for one in self._seen]
        if self._mark in SEEN:
            marks.append(self._mark)
        newest = marks[-FLAKY_AMONG:]
        return newest.count(Mark.FLAKY), len(newest)

    def _usual(self) -> UsualRange | None:
        took = [one.run.took[self._name] for one in self._seen if one.mark is Mark.PASSED]
        return usual_range([seconds for seconds in took if seconds is not None])

    def _course(self) -> tuple[Course | None, _Seen | None, int, str]:
        """The course, the run that it began with, in how many runs it has gone on, and all that in words."""
        if self._mark in RED:
            return self._red()
        if self._mark in GREEN:
            return self._green()
        return self._unseen()

    def _red(self) -> tuple[Course, _Seen | None, int, str]:
        row = _row(self._seen, RED)
        if row:
            runs = len(row) + 1
            told = f"still red since {_when(row[0])}{self._or_earlier(row)}, {runs} runs"
            return "still red", row[0], runs, told
        if self._seen:
            return "new red", None, 1, f"new red: green until {_when(self._seen[-1])}"
        return "new red", None, 1, "new red: not seen in an earlier run"

    def _green(self) -> tuple[Course | None, _Seen | None, int, str]:
        row = _row(self._seen, RED)
        if not row:
            return None, None, 0, ""
        told = f"fixed: red since {_when(row[0])}{self._or_earlier(row)}, {_runs(len(row))}"
        return "fixed", row[0], len(row), told

    def _unseen(self) -> tuple[Course | None, _Seen | None, int, str]:
        row = _row(self._looked, UNSEEN)
        was_red = bool(self._seen) and self._seen[-1].mark in RED
        red = f"red when last seen, {_when(self._seen[-1])}" if was_red else ""
        if self._mark in UNSEEN and row:
            runs = len(row) + 1
            told = f"not observed since {_when(row[0])}, {runs} runs"
            return "unseen", row[0], runs, f"{told}; {red}" if red else told
        return ("unseen", None, 1, red) if red else (None, None, 0, "")

    def _or_earlier(self, row: Sequence[_Seen]) -> str:
        return " or earlier" if self._more_before and len(row) == len(self._seen) else ""


def _row(seen: Sequence[_Seen], marks: frozenset[Mark]) -> Sequence[_Seen]:
    """The newest ones that all have one of the marks, oldest first."""
    start = len(seen)
    while start and seen[start - 1].mark in marks:
        start -= 1
    return seen[start:]


def _runs(number: int) -> str:
    return f"{number} run" if number == 1 else f"{number} runs"


def _when(seen: _Seen) -> str:
    return f"{short_moment(seen.run.started)} (run {seen.run.run_id})"


def short_moment(moment: Moment) -> str:
    """A moment in UTC, to the minute, as runs are named by it."""
    return f"{moment:%Y-%m-%d %H:%M}"


def _slower(seconds: float, usual: UsualRange) -> str:
    places = 1 if round(seconds, 1) > round(usual.high, 1) else 3
    return (
        f"{seconds:.{places}f} s, slower than its usual {usual.low:.1f} to {usual.high:.{places}f} s"
        f" ({usual.samples} runs)"
    )
