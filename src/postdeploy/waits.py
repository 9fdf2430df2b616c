"""What a check waited for, and when, so that the record can say what waited for what."""

from __future__ import annotations

import asyncio
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


@contextlib.contextmanager
def paused(budget: asyncio.Timeout | None) -> Iterator[None]:
    """Let a budget stand still while the block waits for what other checks have; one that has ended stays so."""
    ends = budget.when() if budget is not None else None
    if budget is None or ends is None:
        yield
        return
    clock = asyncio.get_running_loop().time
    left = ends - clock()
    _end_at(budget, None)
    try:
        yield
    finally:
        _end_at(budget, clock() + left)


def _end_at(budget: asyncio.Timeout, when: float | None) -> None:
    with contextlib.suppress(RuntimeError):  # its attempt has ended
        budget.reschedule(when)
