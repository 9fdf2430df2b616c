"""What is compared lies wholly before, or wholly after, the deployment."""

from datetime import UTC, datetime, timedelta

import pytest

from fixtures.deployment import BEFORE_DEPLOYMENT, DeploymentWindow
from fixtures.windows import windows_around

DEPLOYED = datetime(2026, 11, 21, 12, 0, 30, tzinfo=UTC)


def at(hour: int, minute: int) -> datetime:
    return datetime(2026, 11, 21, hour, minute, tzinfo=UTC)


def test_whole_minutes_on_both_sides_of_the_deployment() -> None:
    window = DeploymentWindow(DEPLOYED - BEFORE_DEPLOYMENT, "since the newest deployment")
    windows = windows_around(window, at(12, 6) + timedelta(seconds=31))
    assert windows.since == (at(12, 1), at(12, 6))
    assert windows.before == (at(11, 55), at(12, 0))
    assert windows.week_ago == (at(12, 1) - timedelta(days=7), at(12, 6) - timedelta(days=7))


@pytest.mark.parametrize("seconds", [0, 20, 80])
def test_right_after_the_deployment_there_is_one_minute_that_tells_nothing_yet(
    seconds: int,
) -> None:
    window = DeploymentWindow(DEPLOYED - BEFORE_DEPLOYMENT, "since the newest deployment")
    windows = windows_around(window, DEPLOYED + timedelta(seconds=seconds))
    assert windows.since == (at(12, 1), at(12, 2))
