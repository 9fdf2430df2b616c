"""How long an item usually takes, said only where enough runs tell, and so that one odd run changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log
from statistics import median
from typing import Final

from postdeploy.record.model import UsualRange

FEWEST: Final = 8
"""Samples below which nothing is said."""
MOST: Final = 20
_DEVIATIONS: Final = 4.0
_FOR_FEW: Final = 6.0
"""The fewer samples, the worse they tell how far they scatter: 7 deviations of 8 samples, 5.2 of 20."""
_NORMAL: Final = 1.4826
"""Makes the median absolute deviation comparable with a standard deviation."""
_LEAST_FACTOR: Final = 1.3
_LEAST_SECONDS: Final = 0.5
_SHORTEST: Final = 0.001


def usual_range(samples: Sequence[float]) -> UsualRange | None:
    """The range in which the newest of the samples (oldest first, in seconds) lie, or None for too few.

    Median and scaled median absolute deviation of their logarithms, for durations scatter by factors; at least a
    factor of 1.3 and half a second to each side. Half of the samples may be odd before the range follows them.
    """
    newest = samples[-MOST:]
    if len(newest) < FEWEST:
        return None
    logs = [log(max(one, _SHORTEST)) for one in newest]
    middle = median(logs)
    deviation = _NORMAL * median(abs(one - middle) for one in logs)
    spread = _DEVIATIONS * (1 + _FOR_FEW / len(newest)) * deviation
    factor, typical = max(exp(spread), _LEAST_FACTOR), exp(middle)
    return UsualRange(
        median=round(typical, 3),
        low=round(max(min(typical / factor, typical - _LEAST_SECONDS), 0.0), 3),
        high=round(max(typical * factor, typical + _LEAST_SECONDS), 3),
        samples=len(newest),
    )
