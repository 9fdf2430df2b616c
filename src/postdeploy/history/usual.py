"""How long an item usually takes, said only where enough runs tell, and so that one odd run changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Final

from postdeploy.record.model import UsualRange

FEWEST: Final = 8
"""Samples below which nothing is said."""
MOST: Final = 20
_DEVIATIONS: Final = 3.5
_NORMAL: Final = 1.4826
"""Makes the median absolute deviation comparable with a standard deviation."""
_LEAST_SHARE: Final = 0.25
_LEAST_SECONDS: Final = 0.5


def usual_range(samples: Sequence[float]) -> UsualRange | None:
    """The range in which the newest of the samples (oldest first, in seconds) lie, or None for too few.

    Median ± 3.5 scaled median absolute deviations, and at least ± a quarter of the median and half a second:
    half of the samples may be odd before the range follows them, and runs that are all alike leave room.
    """
    newest = samples[-MOST:]
    if len(newest) < FEWEST:
        return None
    middle = median(newest)
    spread = _DEVIATIONS * _NORMAL * median(abs(one - middle) for one in newest)
    spread = max(spread, _LEAST_SHARE * middle, _LEAST_SECONDS)
    return UsualRange(
        median=round(middle, 3),
        low=round(max(middle - spread, 0.0), 3),
        high=round(middle + spread, 3),
        samples=len(newest),
    )
