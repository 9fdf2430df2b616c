"""What a check waited for, and when, so that the record can say what waited for what."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Final

from postdeploy.check import now

WORTH_TELLING: Final = 0.05
"""Seconds; whatever took less was there already."""


class Waits:
    """The waits of one check, over all of its attempts."""

    def __init__(self) -> None:
        self.told: list[dict[str, str]] = []

    @contextlib.contextmanager
    def on(self, what: str) -> Iterator[None]:
        """Note how long the block takes, which does nothing but wait for `what`."""
        began, clock = now(), time.monotonic()
        try:
            yield
        finally:
            if time.monotonic() - clock >= WORTH_TELLING:
                self.told.append({"what": what, "started": began, "ended": now()})
