"""The exit code of a run is its verdict, however many workers there are."""

from __future__ import annotations

import pytest

from selftests.plugin.conftest import Make
from selftests.plugin.project import Finished


@pytest.mark.parametrize(
    ("workers", "states", "code", "verdict"),
    [
        ("0", {"warn": "wrong", "flaky": "once"}, 0, "GO"),
        ("0", {"roll": "once"}, 20, "ROLLBACK"),
        ("0", {"right": "wrong", "seen": "wrong"}, 1, "NO-GO"),
        ("0", {"seen": "wrong", "broken": "wrong"}, 30, "BLOCKED"),
        ("8", {"right": "wrong"}, 1, "NO-GO"),
    ],
    ids=["go-with-warnings", "wrong-once", "no-go", "blocked", "no-go-on-eight-workers"],
)
def test_the_worst_finding_is_the_verdict(
    make: Make, workers: str, states: dict[str, str], code: int, verdict: str
) -> None:
    run = make(**states).run("-n", workers)
    assert (run.code, run.record["verdict"], run.record["exit_code"]) == (code, verdict, code)
    assert run.record["partial"] is False


@pytest.fixture(scope="module")
def offline(make: Make) -> Finished:
    """A run of one check, whose host is as silent as the control address."""
    return make(host="down", control="down").run("-k", "test_host")


def test_a_silent_host_is_not_blamed_on_the_product_when_control_is_silent_too(
    offline: Finished,
) -> None:
    assert offline.outcomes["host"] == "blocked"
    assert "the runner is offline" in offline.items["host"]["note"]


def test_a_run_narrowed_by_k_is_partial_and_has_no_verdict(offline: Finished) -> None:
    assert (offline.record["partial"], offline.record["verdict"]) == (True, None)
    assert "-k" in offline.record["partial_why"]
    assert "Partial run, no verdict" in offline.out


def test_a_partial_run_never_ends_with_0_when_something_is_blocked(offline: Finished) -> None:
    assert offline.code == 1
