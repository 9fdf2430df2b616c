"""How long things take in the stand-in: jobs, the search index, answers and pages."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """All durations are in seconds; pairs are the shortest and the longest."""

    name: str
    job: tuple[float, float]
    index_lag: float
    answer: tuple[float, float]
    word: float
    retry_delay: float

    def job_seconds(self) -> float:
        """How long the next job takes."""
        return random.uniform(*self.job)

    def answer_seconds(self) -> float:
        """How long the next page or API answer is held back."""
        return random.uniform(*self.answer)


PACES = {
    pace.name: pace
    for pace in (
        Pace("instant", (0.3, 0.6), 0.3, (0.0, 0.0), 0.004, 0.3),
        Pace("brisk", (2.0, 3.0), 0.3, (0.0, 0.0), 0.004, 0.3),
        Pace("demo", (5.0, 20.0), 3.0, (0.05, 0.3), 0.03, 2.0),
        Pace("realistic", (20.0, 90.0), 10.0, (0.05, 0.3), 0.06, 5.0),
    )
}
