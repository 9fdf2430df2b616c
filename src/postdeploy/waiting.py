"""The one wait loop: a deadline, a pace, and the last observation in its error."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

from postdeploy.errors import NotSeen

T = TypeVar("T")


class DeadlineError(NotSeen):
    """What was waited for did not come true in time; an observation of the product, hence a failure.

    `last` is what was seen last, so that the message shows it.
    """

    def __init__(self, what: str, seconds: float, last: object) -> None:
        self.last = last
        super().__init__(f"{what}: not within {seconds:g} s; last seen: {last!r}")


async def until(
    observe: Callable[[], Awaitable[T]],
    right: Callable[[T], bool],
    *,
    what: str,
    seconds: float,
    every: float = 0.25,
) -> T:
    """Observe until `right` says so and return that observation.

    `seconds` is the deadline and `every` the pause between observations, both in seconds; the pause
    grows by half up to eight times its first length, so that long waits do not hammer the product.
    The last observation is made at the deadline or after it, never only before. Raises
    DeadlineError with the last observation; whatever `observe` raises goes through.
    """
    deadline = time.monotonic() + seconds
    pause = every
    while True:
        late = time.monotonic() >= deadline
        seen = await observe()
        if right(seen):
            return seen
        if late:
            raise DeadlineError(what, seconds, seen)
        await asyncio.sleep(min(pause, max(0.01, deadline - time.monotonic())))
        pause = min(pause * 1.5, every * 8)


async def quiet(seconds: float) -> None:
    """Let a declared settling time pass, during which something must *not* happen."""
    await asyncio.sleep(seconds)


def attempts(seconds: float, *, every: float) -> Iterator[None]:
    """For work in a thread of its own: yields before each look, until `seconds` have passed.

    `every` is the first pause between two looks, in seconds; it grows as that of `until`, and the
    last look is made at the deadline or after it.
    """
    deadline = time.monotonic() + seconds
    pause = every
    while True:
        late = time.monotonic() >= deadline
        yield
        if late:
            return
        time.sleep(min(pause, max(0.01, deadline - time.monotonic())))
        pause = min(pause * 1.5, every * 8)
