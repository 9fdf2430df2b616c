"""What runs is said in one line: how much is done, and what has run longest."""

from __future__ import annotations

import pytest

from postdeploy.progress import Progress, short_name


def test_the_longest_are_named_first_and_the_rest_is_counted() -> None:
    running = {
        "tests/e2e/qumis/test_vault_search.py::test_found": 12.4,
        "tests/e2e/qumis/test_chat.py::test_answers": 30.0,
        "tests/infra/test_ecs_services.py::test_steady[api]": 3.0,
        "tests/infra/test_ecs_services.py::test_steady[web]": 4.6,
        "tests/smoke/test_health.py::test_health": 1.0,
        "tests/e2e/qumis/test_login.py::test_login": 0.2,
        "tests/e2e/qumis/test_home.py::test_home": 0.1,
    }
    told = Progress(31, 74, 0, running).told()
    assert told == "31/74 checks · chat 30 s, vault search 12 s, ecs services 5 s, +3"


@pytest.mark.parametrize(
    ("progress", "told"),
    [
        (Progress(0, 74, 0, {}), "0/74 checks"),
        (Progress(74, 74, 2, {}), "74/74 checks · 2 red"),
        (Progress(1, 2, 1, {"t.py::test_a": 2.0}), "1/2 checks · 1 red · t 2 s"),
    ],
)
def test_it_says_no_more_than_there_is(progress: Progress, told: str) -> None:
    assert progress.told() == told


def test_a_check_is_called_by_what_its_file_is_about() -> None:
    assert short_name("tests/e2e/test_single_policy_analysis.py::test_x[a::b]") == (
        "single policy analysis"
    )
