"""Whatever ends a run, what is known is on disk, nothing it made stays unsaid, and it is no GO."""

from __future__ import annotations

import json
import signal

import pytest

from selftests.plugin.conftest import Make
from selftests.plugin.project import Finished, Project


@pytest.fixture(
    scope="module",
    params=[("0", signal.SIGINT), ("0", signal.SIGTERM), ("2", signal.SIGTERM)],
    ids=["ctrl-c", "terminated", "terminated-with-workers"],
)
def ended(request: pytest.FixtureRequest, make: Make) -> tuple[Project, Finished]:
    """A run that was told to end while a check waited for the product."""
    workers, number = request.param
    project = make(use="hang")
    process = project.start("-n", workers)
    assert project.product.arrived.wait(30)
    return project, project.end(process, number)


def test_an_ended_run_has_a_record_that_says_so(ended: tuple[Project, Finished]) -> None:
    _, run = ended
    assert (run.code, run.record["how"], run.record["verdict"]) == (2, "interrupted", "BLOCKED")


def test_an_ended_run_tells_what_was_not_answered(ended: tuple[Project, Finished]) -> None:
    _, run = ended
    assert run.outcomes["thing.made"] == "passed"
    assert run.outcomes["thing.used"] == "not run"
    assert run.items["thing.used"]["note"] == "the run was ended before this was answered"


def test_an_ended_run_removes_what_it_made(ended: tuple[Project, Finished]) -> None:
    project, run = ended
    assert len(project.product.made) == 1
    assert project.product.things == {}
    assert run.record["leftovers"] == []


@pytest.fixture(scope="module")
def killed(make: Make) -> Finished:
    """A run in which a check takes its worker's process down, again and again."""
    return make(roll="crash").run("-n", "2")


def test_a_check_that_kills_its_worker_is_not_run_and_blocks(killed: Finished) -> None:
    assert (killed.code, killed.record["verdict"]) == (30, "BLOCKED")
    assert killed.outcomes["roll"] == "not run"


def test_the_other_checks_of_a_killed_worker_still_run(killed: Finished) -> None:
    unwell = {name for name, outcome in killed.outcomes.items() if outcome == "not run"}
    assert unwell == {"roll"}


def test_the_journal_of_killed_workers_can_be_read(killed: Finished) -> None:
    lines = (killed.folder / "journal.jsonl").read_text().splitlines()
    kinds = {json.loads(line)["kind"] for line in lines}
    assert {"run", "plan", "attempt", "check", "end"} <= kinds


def test_what_a_killed_worker_made_is_a_leftover(make: Make) -> None:
    project = make(use="crash")
    project.edit(
        "tests/infra/test_things.py", "assert use.text == name", "__import__('os')._exit(3)"
    )
    run = project.run("-n", "1", "tests/infra")
    made = set(project.product.things)
    assert made
    assert {leftover["id"] for leftover in run.record["leftovers"]} == made
    assert run.code != 0


def test_what_cannot_be_removed_is_a_leftover_and_a_warning(make: Make) -> None:
    run = make(removal="refused").run("tests/infra")
    (left,) = run.record["leftovers"]
    assert left["note"] == "DELETE answered 403"
    assert "1 left behind in the environment" in run.record["decision"]["warnings"]


def test_x_ends_the_run_at_the_first_failure_with_its_verdict(make: Make) -> None:
    project = make(roll="wrong", use="hang")
    run = project.run("-x", "-n", "0")
    assert (run.code, run.record["verdict"]) == (20, "ROLLBACK")
    assert run.outcomes["thing.used"] == "not run"
    assert project.product.things == {}
