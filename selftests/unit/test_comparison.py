"""A rollback rests on a change that is clear, and on none that chance or last week explains."""

import random

import pytest

from postdeploy.comparison import Change, Share, compare_errors, compare_levels

STEADY = [0.12, 0.11, 0.13, 0.12, 0.14, 0.12]
DOUBLED = [0.25, 0.22, 0.27, 0.24, 0.26, 0.23]


def errors(now: Share, *before: Share) -> Change:
    return compare_errors(now, before, bound_percent=10, fewest=30)


def levels(now: list[float], *before: list[float]) -> Change:
    return compare_levels(now, before, worse_percent=50, fewest=5)


@pytest.mark.parametrize(
    ("now", "before", "change"),
    [
        (Share(0, 360), [Share(0, 360)], Change.WITHIN),
        (Share(36, 360), [Share(0, 360)], Change.WITHIN),
        (Share(43, 360), [Share(0, 360)], Change.WORSE),
        (Share(43, 360), [], Change.WORSE),
        (Share(43, 360), [Share(45, 360)], Change.AS_BEFORE),
        (Share(43, 360), [Share(0, 360), Share(45, 360)], Change.AS_BEFORE),
        (Share(43, 360), [Share(0, 360), Share(1, 360)], Change.WORSE),
        (Share(43, 360), [Share(35, 360)], Change.UNCLEAR),
        (Share(4, 31), [Share(0, 360)], Change.WORSE),
        (Share(4, 31), [], Change.UNCLEAR),
        (Share(4, 29), [Share(0, 360)], Change.TOO_FEW),
        (Share(0, 0), [Share(0, 360)], Change.TOO_FEW),
        (Share(43, 360), [Share(9, 9)], Change.WORSE),
        (Share(360, 360), [Share(0, 360)], Change.WORSE),
        (Share(360, 360), [Share(360, 360)], Change.AS_BEFORE),
    ],
)
def test_error_rates(now: Share, before: list[Share], change: Change) -> None:
    assert errors(now, *before) is change


@pytest.mark.parametrize(
    ("now", "before", "change"),
    [
        (STEADY, [STEADY], Change.WITHIN),
        (DOUBLED, [STEADY], Change.WORSE),
        (STEADY, [DOUBLED], Change.WITHIN),
        (DOUBLED, [STEADY, DOUBLED], Change.AS_BEFORE),
        (DOUBLED, [STEADY, STEADY], Change.WORSE),
        (DOUBLED, [], Change.TOO_FEW),
        (DOUBLED, [STEADY[:4]], Change.TOO_FEW),
        (DOUBLED[:4], [STEADY], Change.TOO_FEW),
        (DOUBLED, [STEADY[:4], STEADY], Change.WORSE),
        ([0.12, 0.11, 9.0, 0.12, 0.12], [STEADY], Change.WITHIN),
        ([0.3, 0.3, 0.3, 0.0, 0.0], [STEADY], Change.UNCLEAR),
    ],
)
def test_levels(now: list[float], before: list[list[float]], change: Change) -> None:
    assert levels(now, *before) is change


def test_chance_alone_is_hardly_ever_held_for_a_deployments_doing() -> None:
    dice = random.Random(5)

    def minutes() -> list[float]:
        return [dice.lognormvariate(-2, 0.8) for _ in range(6)]

    false_alarms = sum(levels(minutes(), minutes()) is Change.WORSE for _ in range(2000))
    assert false_alarms <= 20
    assert sum(levels([2.2 * m for m in STEADY], STEADY) is Change.WORSE for _ in range(5)) == 5
