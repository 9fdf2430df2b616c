"""Whatever ends a run, what is known is on disk, nothing it made stays unsaid, and it is no GO."""

from __future__ import annotations

import json
import os
import signal
import time

import pytest

from selftests.plugin.conftest import Make
from selftests.plugin.project import Finished, Project

_ANOTHER_BLOW = 0.6
"""Seconds after which a second signal is more than an echo of the first."""
SIGNALS = {
    "ctrl-c": ("0", signal.SIGINT),
    "ctrl-c to the whole group": ("2", signal.SIGINT),
    "terminated": ("0", signal.SIGTERM),
    "hung up": ("0", signal.SIGHUP),
    "terminated with workers": ("2", signal.SIGTERM),
    "terminated with workers in the background": ("2", signal.SIGTERM),
    "terminated, the whole group": ("2", signal.SIGTERM),
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
        send = os.killpg if "group" in name else os.kill
        send(process.pid, SIGNALS[name][1])
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


def test_what_a_killed_worker_made_is_removed_by_the_controller(
    killed: tuple[Project, Finished],
) -> None:
    project, run = killed
    assert project.product.made
    assert (project.product.things, run.record["leftovers"]) == ({}, [])


def test_what_a_killed_worker_made_and_nobody_may_remove_is_a_leftover(make: Make) -> None:
    project = make(removal="refused")
    dying = "__import__('os')._exit(3)"
    project.edit("tests/infra/test_things.py", "assert use.text == name", dying)
    run = project.run("-n", "2", "tests/infra")
    left = [(leftover["id"], leftover["note"]) for leftover in run.record["leftovers"]]
    assert left == [(made, "DELETE answered 403") for made in project.product.things]


@pytest.fixture(scope="module")
def disturbed(make: Make) -> tuple[Project, Finished]:
    """A run that is interrupted twice, the second time while it removes what it made."""
    project = make(use="hang", removal="held")
    process = project.start("tests/infra")
    project.until_it_hangs(process)
    process.send_signal(signal.SIGINT)
    assert project.product.removing.wait(60)
    time.sleep(_ANOTHER_BLOW)
    process.send_signal(signal.SIGINT)
    time.sleep(_ANOTHER_BLOW)
    project.product.over.set()
    return project, project.end(process)


def test_a_second_interrupt_does_not_disturb_the_clean_up(
    disturbed: tuple[Project, Finished],
) -> None:
    project, run = disturbed
    assert (project.product.things, run.record["leftovers"]) == ({}, [])
    assert (run.code, run.record["how"]) == (2, "interrupted")
    assert "removing what this run has made; once more leaves it behind" in run.out


def test_a_third_interrupt_leaves_things_behind_and_says_so(make: Make) -> None:
    project = make(use="hang", removal="held")
    process = project.start("tests/infra")
    project.until_it_hangs(process)
    for _ in range(3):
        process.send_signal(signal.SIGINT)
        assert project.product.removing.wait(60)
        time.sleep(_ANOTHER_BLOW)
    run = project.end(process)
    (left,) = run.record["leftovers"]
    assert (left["id"], "cut off" in left["note"]) == ("t0", True)
    assert (run.code, run.record["how"]) == (2, "interrupted")


@pytest.fixture(scope="module")
def murdered(make: Make) -> Project:
    """A run of which the whole group was killed while a check waited for the product."""
    project = make(use="hang")
    process = project.start("-n", "0")
    project.until_it_hangs(process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    project.product.states["use"] = "right"
    assert project.product.things == {"t0": project.product.made[0]}
    return project


def test_the_record_of_a_killed_run_tells_what_it_left(murdered: Project) -> None:
    code, told = murdered.command("record", "recover", str(murdered.reports[0]))
    record = json.loads((murdered.reports[0] / "record.json").read_text())
    assert (code, [left["id"] for left in record["leftovers"]]) == (30, ["t0"]), told


def test_cleanup_removes_what_a_killed_run_left_and_nothing_else(murdered: Project) -> None:
    product = murdered.product
    product.things["theirs"] = product.made[0]
    code, told = murdered.cleanup("--env", "sandbox", "--dry-run")
    assert (code, product.removing.is_set()) == (1, False)
    assert f"would remove thing     {product.made[0]}" in told
    code, told = murdered.cleanup("--env", "sandbox")
    assert (code, product.things) == (0, {"theirs": product.made[0]})
    assert "1 removed, 0 left" in told
    assert murdered.cleanup("--env", "sandbox")[0] == 0
    assert max(map(len, told.splitlines())) <= 80


@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_next_run_removes_what_a_killed_one_left(workers: str, make: Make) -> None:
    project = make(use="hang")
    process = project.start("-n", "0")
    project.until_it_hangs(process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    project.product.states["use"] = "right"
    if workers == "0":
        project.run("tests/infra", "--read-only")
        project.run("tests/infra", "--no-sweep")
        project.run("tests/smoke")  # makes nothing, and so asks for nothing
        assert list(project.product.things) == ["t0"]
    run = project.run("-n", workers, "tests/infra")
    assert project.product.things == {}
    told = [text for text in run.record["decision"]["warnings"] if "had left behind" in text]
    assert len(told) == 1
    assert told[0].startswith("1 thing that run ")


def test_runs_side_by_side_keep_what_the_other_makes(make: Make) -> None:
    project = make(use="hang")
    process = project.start("-n", "0")
    project.until_it_hangs(process)
    project.product.states["use"] = "right"
    assert project.run("tests/infra").record["leftovers"] == []
    assert project.cleanup("--env", "sandbox")[0] == 0
    assert list(project.product.things) == ["t0"]
    project.product.over.set()
    project.end(process)
    assert project.product.things == {}


def test_what_cannot_be_removed_is_a_leftover_and_a_warning(make: Make) -> None:
    run = make(removal="refused").run("tests/infra")
    (left,) = run.record["leftovers"]
    assert left["note"] == "DELETE answered 403"
    assert "1 left behind in the environment" in run.record["decision"]["warnings"]


@pytest.mark.parametrize("workers", ["0", "2"])
def test_x_goes_on_past_a_mere_warning_and_tells_it(make: Make, workers: str) -> None:
    run = make(warn="wrong", quick="slow").run("-x", "--no-retry", "-n", workers)
    assert (run.code, run.record["verdict"]) == (0, "GO")
    assert [name for name, outcome in run.outcomes.items() if outcome == "not run"] == []
    assert "warn failed: worth a warning" in run.out


def test_x_ends_the_run_at_the_first_failure_with_its_verdict(make: Make) -> None:
    project = make(roll="wrong", use="hang")
    run = project.run("-x", "-n", "0")
    assert (run.code, run.record["verdict"]) == (20, "ROLLBACK")
    assert run.outcomes["thing.used"] == "not run"
    assert project.product.things == {}
