"""The one wait loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator

import pytest

from postdeploy.waiting import DeadlineError, attempts, quiet, until


def observing(seen: Iterator[int]) -> Callable[[], Awaitable[int]]:
    async def observe() -> int:
        return next(seen)

    return observe


def test_the_first_right_observation_is_returned() -> None:
    seen = iter(range(9))
    found = asyncio.run(
        until(observing(seen), lambda n: n == 3, what="three", seconds=5, every=0.001)
    )
    assert (found, next(seen)) == (3, 4)


def test_what_is_right_at_once_is_not_waited_for() -> None:
    started = time.monotonic()
    asyncio.run(until(observing(iter([1])), bool, what="one", seconds=60, every=60))
    assert time.monotonic() - started < 5


def test_a_deadline_names_what_was_waited_for_and_what_was_seen_last() -> None:
    seen = iter(range(1000))
    with pytest.raises(DeadlineError) as told:
        asyncio.run(until(observing(seen), lambda n: n < 0, what="less", seconds=0.05, every=0.001))
    assert told.value.last == next(seen) - 1
    assert str(told.value) == f"less: not within 0.05 s; last seen: {told.value.last}"


def test_a_deadline_is_an_observation_of_the_product() -> None:
    assert issubclass(DeadlineError, AssertionError)


def test_what_comes_true_during_the_last_pause_is_seen() -> None:
    async def wait() -> float:
        begun = time.monotonic()

        async def elapsed() -> float:
            return time.monotonic() - begun

        return await until(elapsed, lambda t: t >= 0.05, what="time", seconds=0.05, every=10)

    assert asyncio.run(wait()) >= 0.05


def test_an_error_of_the_observation_goes_through() -> None:
    async def observe() -> int:
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"):
        asyncio.run(until(observe, bool, what="it", seconds=5))


def test_pauses_grow_so_that_a_long_wait_does_not_hammer() -> None:
    seen = iter(range(1000))
    with pytest.raises(DeadlineError):
        asyncio.run(until(observing(seen), lambda n: n < 0, what="less", seconds=0.2, every=0.01))
    assert next(seen) < 12


def test_quiet_lasts_as_long_as_it_says() -> None:
    started = time.monotonic()
    asyncio.run(quiet(0.05))
    assert time.monotonic() - started >= 0.05


def test_attempts_end_with_one_at_the_deadline() -> None:
    started = time.monotonic()
    made = [time.monotonic() - started for _ in attempts(0.1, every=0.01)]
    assert made[0] < 0.1 <= made[-1]
    assert 3 <= len(made) < 12


def test_attempts_are_no_more_than_are_asked_for() -> None:
    assert next(attempts(60, every=60)) is None
    assert len(list(attempts(0, every=60))) == 1
