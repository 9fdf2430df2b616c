"""The geometry of the page's drawings: runs by day, and small lines of durations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from postdeploy.history.kept import KeptRun
from postdeploy.history.usual import usual_range
from postdeploy.outcome import Verdict
from postdeploy.record.model import UsualRange

BARS_AT_MOST: Final = 120
BAR: Final = 8
"""Width of a bar with its gap."""
HEIGHT: Final = 100.0
LINE: Final = (120.0, 22.0)
"""Width and height of a line of durations."""
_STEPS: Final = ((1, "day"), (7, "week"), (28, "four weeks"), (91, "quarter"), (364, "year"))


@dataclass(frozen=True)
class Block:
    """The runs of one verdict in one bar."""

    verdict: Verdict
    number: int
    top: float
    height: float


@dataclass(frozen=True)
class Bar:
    """The runs of some days; `x` is its left edge."""

    x: int
    first: date
    last: date
    number: int
    blocks: tuple[Block, ...]

    def count(self, verdict: Verdict) -> int:
        """How many of the runs ended so."""
        return sum(block.number for block in self.blocks if block.verdict is verdict)


@dataclass(frozen=True)
class Bars:
    """Runs over time, in bars of the same number of days; days without a run have an empty one."""

    every: str
    most: int
    bars: tuple[Bar, ...]


def bars(runs: Sequence[KeptRun]) -> Bars:
    """All runs by the day that they began on, or by more days where a bar for each were too many."""
    days = [run.started.date() for run in runs]
    first, last = min(days), max(days)
    span = (last - first).days + 1
    step, every = next((one for one in _STEPS if span <= one[0] * BARS_AT_MOST), _STEPS[-1])
    # The last bar ends with the newest day; with more years than bars the oldest are left out.
    number = min(-(-span // step), BARS_AT_MOST)
    counts: list[Counter[Verdict]] = [Counter() for _ in range(number)]
    for run, day in zip(runs, days, strict=True):
        place = number - 1 - (last - day).days // step
        if place >= 0 and run.verdict is not None:
            counts[place][run.verdict] += 1
    most = max((sum(one.values()) for one in counts), default=0) or 1
    made = []
    for place, counted in enumerate(counts):
        end = last - timedelta(days=(number - 1 - place) * step)
        start = max(end - timedelta(days=step - 1), first)
        made.append(Bar(place * BAR, start, end, sum(counted.values()), _blocks(counted, most)))
    return Bars(every, most, tuple(made))


def _blocks(counted: Counter[Verdict], most: int) -> tuple[Block, ...]:
    blocks, top = [], HEIGHT
    for verdict in Verdict:
        if counted[verdict]:
            height = HEIGHT * counted[verdict] / most
            top -= height
            blocks.append(Block(verdict, counted[verdict], round(top, 2), round(height, 2)))
    return tuple(blocks)


@dataclass(frozen=True)
class Line:
    """How long something took in its last green runs, beside the range of those before the newest."""

    name: str
    newest: float
    usual: UsualRange
    slower: bool
    points: str
    end: tuple[float, float]
    band: tuple[float, float]
    """Top and height of the usual range."""


def line(name: str, samples: Sequence[float]) -> Line | None:
    """The line of the samples (seconds, oldest first); None where too few runs tell what is usual."""
    if not samples or (usual := usual_range(samples[:-1])) is None:
        return None
    width, height = LINE
    shown = samples[-60:]
    most = max(*shown, usual.high) or 1.0

    def across(place: int) -> float:
        return round(2 + (width - 6) * place / max(len(shown) - 1, 1), 1)

    def down(seconds: float) -> float:
        return round(height - 2 - (height - 5) * seconds / most, 1)

    top = down(usual.high)
    return Line(
        name=name,
        newest=samples[-1],
        usual=usual,
        slower=samples[-1] > usual.high,
        points=" ".join(f"{across(place)},{down(one)}" for place, one in enumerate(shown)),
        end=(across(len(shown) - 1), down(shown[-1])),
        band=(top, round(down(usual.low) - top, 1)),
    )
