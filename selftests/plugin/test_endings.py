"""Whatever ends a run, what is known is on disk, nothing it made stays unsaid, and it is no GO."""

from __future__ import annotations

import json
import signal

import pytest

from selftests.plugin.conftest import Make
from selftests.plugin.project import Finished, Project

SIGNALS = {
    "ctrl-c": ("0", signal.SIGINT),
    "terminated": ("0", signal.SIGTERM),
    "hung up": ("0", signal.SIGHUP),
    "terminated with workers": ("2", signal.SIGTERM),
    "terminated with workers in the background": ("2", signal.SIGTERM),
}


@pytest.fixture(scope="module")
def ended_runs(make: Make) -> dict[str, tuple[Project, Finished]]:
    """Runs that were told to end while a check waited for the product; all are started together."""
    started = {}
    for name, (workers, _) in SIGNALS.items():
        project = make(use="hang")
        background = name.endswith("background")
        started[name] = (project, project.start("-n", workers, background=background))
    for name, (project, process) in started.items():
        project.until_it_hangs(process)
        process.send_signal(SIGNALS[name][1])
    return {name: (project, project.end(process)) for name, (project, process) in started.items()}


@pytest.fixture(params=SIGNALS)
def ended(
    request: pytest.FixtureRequest, ended_runs: dict[str, tuple[Project, Finished]]
) -> tuple[Project, Finished]:
    """One of them."""
    return ended_runs[request.param]


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
def killed(make: Make) -> tuple[Project, Finished]:
    """A run in which a check makes something and then takes its worker's process down."""
    project = make()
    dying = "__import__('os')._exit(3)"
    project.edit("tests/infra/test_things.py", "assert use.text == name", dying)
    return project, project.run("-n", "2")


def test_a_check_that_kills_its_worker_is_not_run_and_blocks(
    killed: tuple[Project, Finished],
) -> None:
    _, run = killed
    assert (run.code, run.record["verdict"]) == (30, "BLOCKED")
    assert run.outcomes["thing.used"] == "not run"


def test_the_other_checks_still_run(killed: tuple[Project, Finished]) -> None:
    # One may be lost with the worker: the check that it was running at the same time.
    lost = [name for name, outcome in killed[1].outcomes.items() if outcome == "not run"]
    assert len(lost) <= 4
    assert list(killed[1].outcomes.values()).count("passed") >= 10


def test_the_journal_of_a_killed_worker_can_be_read(killed: tuple[Project, Finished]) -> None:
    lines = (killed[1].folder / "journal.jsonl").read_text().splitlines()
    kinds = {json.loads(line)["kind"] for line in lines}
    assert {"run", "plan", "attempt", "check", "end"} <= kinds


def test_what_a_killed_worker_made_is_a_leftover(killed: tuple[Project, Finished]) -> None:
    project, run = killed
    assert project.product.things
    left = {leftover["id"] for leftover in run.record["leftovers"]}
    assert left == set(project.product.things)


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
