"""Whether a deployment made something worse: its own window against the one before, and against a week ago.

Both tests are one-sided and ask for clear evidence (1 % chance of a false alarm), for a rollback rests on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from statistics import NormalDist, median
from typing import Final

CLEAR: Final = NormalDist().inv_cdf(0.99)
"""Standard deviations beyond which a difference is not held for chance."""


class Change(StrEnum):
    """What a comparison shows."""

    WITHIN = "within its bound"
    WORSE = "worse"
    AS_BEFORE = "beyond its bound, and was so before"
    UNCLEAR = "beyond its bound, and not clearly worse than before"
    TOO_FEW = "too few samples"


@dataclass(frozen=True)
class Share:
    """So many errors among so many requests."""

    errors: float
    requests: float

    @property
    def percent(self) -> float:
        """Errors per hundred requests; 0 without requests."""
        return 100 * self.errors / self.requests if self.requests else 0.0

    def __str__(self) -> str:
        return f"{self.percent:.2f} % ({self.errors:g} of {self.requests:g})"


def compare_errors(
    now: Share, baselines: Sequence[Share], *, bound_percent: float, fewest: int
) -> Change:
    """An error rate beyond `bound_percent`, and clearly above every baseline that has `fewest` requests.

    A bound that is exceeded needs no baseline: without one it is taken to have been 0 before.
    """
    if now.requests < fewest:
        return Change.TOO_FEW
    if now.percent <= bound_percent:
        return Change.WITHIN
    known = [one for one in baselines if one.requests >= fewest]
    if any(not _above(now, one) and one.percent > bound_percent for one in known):
        return Change.AS_BEFORE
    against = known or [Share(0, now.requests)]
    return Change.WORSE if all(_above(now, one) for one in against) else Change.UNCLEAR


def _above(now: Share, before: Share) -> bool:
    """Whether two shares differ by more than chance: the test of two proportions, pooled."""
    together = (now.errors + before.errors) / (now.requests + before.requests)
    variance = together * (1 - together) * (1 / now.requests + 1 / before.requests)
    if variance <= 0:
        return False
    return (now.percent - before.percent) / 100 / sqrt(variance) > CLEAR


def compare_levels(
    now: Sequence[float], baselines: Sequence[Sequence[float]], *, worse_percent: float, fewest: int
) -> Change:
    """A level (higher is worse) more than `worse_percent` above every baseline that has `fewest` samples.

    Medians are compared, so that one slow minute decides nothing; a rank test says whether the
    difference is more than chance. Without any baseline there is nothing to compare with.
    """
    known = [one for one in baselines if len(one) >= fewest]
    if len(now) < fewest or not known:
        return Change.TOO_FEW
    beyond = [one for one in known if median(now) > median(one) * (1 + worse_percent / 100)]
    if len(beyond) < len(known):
        # The hour before may have been a quiet one: as busy a week ago is no doing of the deployment's.
        return Change.AS_BEFORE if beyond else Change.WITHIN
    return Change.WORSE if all(_ranked_above(now, one) for one in known) else Change.UNCLEAR


def _ranked_above(now: Sequence[float], before: Sequence[float]) -> bool:
    """The rank test of Mann and Whitney, by its normal approximation with the correction for steps; ties count half."""
    pairs = ((a > b) + 0.5 * (a == b) for a in now for b in before)
    sizes = len(now) * len(before)
    deviation = sqrt(sizes * (len(now) + len(before) + 1) / 12)
    return (sum(pairs) - sizes / 2 - 0.5) / deviation > CLEAR
