"""The time budget of a run: when its checks must have ended, and what is kept of it for the clean-up."""

from __future__ import annotations

import time
from dataclasses import dataclass

_SHARE = 0.1
_LEAST, _MOST = 5.0, 60.0


@dataclass(frozen=True)
class Budget:
    """`seconds` for all of the run, over at `deadline` (seconds since 1970); 0 = there is none."""

    seconds: float = 0
    deadline: float = 0

    @property
    def reserve(self) -> float:
        """Seconds at its end in which nothing is looked at any more, for the clean-up and the record."""
        wanted = min(_MOST, max(_LEAST, _SHARE * self.seconds))
        return min(wanted, self.seconds / 2)

    def for_checks(self) -> float | None:
        """Seconds that checks still have; None = there is no budget."""
        if not self.seconds:
            return None
        return self.deadline - self.reserve - time.time()

    def for_closing(self, usual: float) -> float:
        """Seconds that the clean-up may take: what is left, and never more than `usual`."""
        if not self.seconds:
            return usual
        return max(self.reserve / 2, min(usual, self.deadline - time.time()))

    def told(self) -> str:
        """As one writes it on the command line: "10m"."""
        for unit, length in (("h", 3600), ("m", 60)):
            if self.seconds and self.seconds % length == 0:
                return f"{self.seconds / length:g}{unit}"
        return f"{self.seconds:g}s"

    def spent(self) -> str:
        """What is said of an item that it cuts off."""
        return f"the time budget of {self.told()} was spent before this was answered"
