"""What narrows a run is told: a part of the checks gives no verdict, and a smaller scope is named."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from selftests.plugin.conftest import Make
from selftests.plugin.project import TOKEN, Finished

NARROWED = {
    "-k with --gate": ["-k", "test_right", "--gate"],
    "a node id in CI": ["tests/smoke/test_observations.py::test_right"],
    "a folder": ["tests/infra"],
}


@pytest.fixture(scope="module")
def narrowed(make: Make) -> Mapping[str, Finished]:
    """One run for each way to narrow it; all are started together."""
    started = {}
    for name, arguments in NARROWED.items():
        project = make()
        project.environment |= {"CI": "true"} if name.endswith("CI") else {}
        started[name] = (project, project.start(*arguments))
    return {name: project.end(process) for name, (project, process) in started.items()}


@pytest.mark.parametrize("way", NARROWED)
def test_a_narrowed_run_has_no_verdict(narrowed: Mapping[str, Finished], way: str) -> None:
    record = narrowed[way].record
    assert (record["partial"], record["verdict"]) == (True, None)
    assert "GO" not in narrowed[way].out


@pytest.mark.parametrize(
    ("way", "code"),
    [("a folder", 0), ("-k with --gate", 30), ("a node id in CI", 30)],
)
def test_a_narrowed_run_opens_no_gate(
    narrowed: Mapping[str, Finished], way: str, code: int
) -> None:
    assert narrowed[way].code == narrowed[way].record["exit_code"] == code


def test_what_was_selected_away_is_not_run(narrowed: Mapping[str, Finished]) -> None:
    for outcomes in (narrowed["-k with --gate"].outcomes, narrowed["a node id in CI"].outcomes):
        assert (outcomes["right"], outcomes["roll"]) == ("passed", "not run")


@pytest.fixture(scope="module")
def production(make: Make) -> Finished:
    """A run with nothing but `-m prod_smoke`."""
    project = make()
    project.environment = {"DEMO_PROD_TOKEN": TOKEN}
    return project.run("-m", "prod_smoke")


def test_prod_smoke_alone_means_production_and_says_so(production: Finished) -> None:
    assert production.record["environment"] == "prod"
    assert "Demo prod (no --env given)" in production.out


def test_prod_smoke_is_a_scope_of_its_own_with_a_verdict(production: Finished) -> None:
    assert (production.record["scope"], production.record["partial"]) == ("prod_smoke", False)
    assert (production.code, production.record["verdict"]) == (0, "GO")


def test_production_runs_nothing_that_is_not_approved_for_it(make: Make) -> None:
    project = make()
    project.environment = {"DEMO_PROD_TOKEN": TOKEN}
    run = project.run("--env", "prod")
    assert run.outcomes["thing.made"] == "not run"
    assert run.items["thing.made"]["note"] == "outside this run's scope"
    assert project.product.made == []


def test_read_only_runs_only_what_changes_nothing(make: Make) -> None:
    project = make()
    run = project.run("--read-only")
    assert project.product.made == []
    assert (run.code, run.record["scope"]) == (0, "read-only")
    assert (run.outcomes["right"], run.outcomes["thing.made"]) == ("passed", "not run")


def test_only_the_failed_ones_run_again_with_lf(make: Make) -> None:
    project = make(right="wrong")
    assert project.run().code == 1
    again = project.run("--lf")
    assert (again.code, again.record["partial"]) == (1, True)
    assert (again.outcomes["right"], again.outcomes["roll"]) == ("failed", "not run")


def test_collecting_only_needs_no_secrets_and_leaves_no_report(make: Make) -> None:
    project = make()
    project.environment.clear()
    run = project.run("--collect-only", "-q")
    assert (run.code, project.reports) == (0, [])
    assert "test_link[two]" in run.out
