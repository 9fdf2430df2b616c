"""Who is in a hurry, and what takes a process or a disk away, never cost the record or the truth."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from selftests.plugin.conftest import Make
from selftests.plugin.project import Finished, Project, clean_environment

_SECONDS = 60
_WORKERS = {"alone": "0", "two-workers": "2"}
_RECOVER = "import sys; from postdeploy.cli import main; sys.exit(main(sys.argv[1:]))"


@dataclass(frozen=True)
class Loss:
    """Something that takes from a run what it writes to, and what the record says of it."""

    told: str
    prepare: Callable[[Project], None] = lambda _: None
    meanwhile: Callable[[Project], None] = lambda _: None
    file_bytes: int = 0
    workers: str = "0"


def remove_reports(project: Project) -> None:
    """As a clean-up job of the machine would; in one step, since the run goes on writing meanwhile."""
    removed = project.root / "reports-removed"
    (project.root / "reports").rename(removed)
    shutil.rmtree(removed)


def break_html(project: Project) -> None:
    """A mistake in one of the documents."""
    broken = "from postdeploy.record.writers import html\nhtml.render = None\n"
    (project.root / "conftest.py").write_text(broken)


LOSSES = {
    "disk full": Loss("raise the limit", file_bytes=8192),
    "disk full for workers": Loss("raise the limit", file_bytes=8192, workers="2"),
    "folder removed": Loss("was removed while the run went on", meanwhile=remove_reports),
    "document broken": Loss("record.html could not be made: TypeError", prepare=break_html),
}


def interrupted_twice(project: Project, workers: str) -> Finished:
    """Ctrl-C while a check waits, and again while what it made is being removed."""
    process = project.start("-n", workers, "--bound", "page_seconds=4")
    for _ in range(2):
        project.until_it_hangs(process)
        process.send_signal(signal.SIGINT)
    return project.end(process)


def hung_up(project: Project, workers: str) -> Finished:
    """The terminal is closed while a check waits."""
    controller, terminal = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", _IN_TERMINAL, "-p", "no:hypothesispytest", "-n", workers],
        cwd=project.root,
        env=clean_environment() | project.environment,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    assert project.product.arrived.wait(_SECONDS)
    os.close(controller)
    code = process.wait(_SECONDS)
    return Finished(code, "", project.root / "reports" / "latest")


_IN_TERMINAL = (
    "import fcntl, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "import pytest; sys.exit(pytest.main(sys.argv[1:]))"
)


def beheaded(project: Project) -> Finished:
    """The controller of two workers is killed, and the record made of the journal when they have ended."""
    process = project.start("-n", "2")
    project.until_it_hangs(process)
    process.kill()
    process.communicate(timeout=_SECONDS)
    (folder,) = project.reports
    assert not (folder / "record.json").exists()
    done = subprocess.run(
        [sys.executable, "-c", _RECOVER, "record", "recover", str(folder)],
        capture_output=True,
        text=True,
        env=clean_environment(),
        timeout=_SECONDS,
    )
    return Finished(done.returncode, done.stdout + done.stderr, folder)


def lost(project: Project, loss: Loss) -> Finished:
    """A run that loses something on the way; the product is right."""
    loss.prepare(project)
    process = project.start("-n", loss.workers, file_bytes=loss.file_bytes)
    project.until_it_hangs(process)
    loss.meanwhile(project)
    project.product.over.set()
    return project.end(process)


def cut_off(project: Project, workers: str) -> Finished:
    """The budget is spent while checks wait for the product."""
    return project.run("-n", workers, "--budget", "30s")


def held(project: Project) -> Finished:
    """A check holds the loop that all of them are on."""
    holding = "__import__('time').sleep(60)"
    project.edit("tests/infra/test_things.py", "assert use.text == name", holding)
    return project.run("--bound", "check_seconds=3")


@dataclass(frozen=True)
class Scene:
    """A run that has ended, in whatever way, and how long it took."""

    project: Project
    run: Finished
    seconds: float


Scenes = Mapping[str, "Future[Scene]"]


@pytest.fixture(scope="module")
def scenes(make: Make) -> Iterator[Scenes]:
    """All of them, several at a time: they mostly wait."""
    played: dict[str, tuple[Project, Callable[[Project], Finished]]] = {}
    for name, workers in _WORKERS.items():
        stopping, waiting = make(use="hang", removal="hang"), make(use="hang")
        played[f"hurried {name}"] = (stopping, partial(interrupted_twice, workers=workers))
        played[f"cut off {name}"] = (waiting, partial(cut_off, workers=workers))
        closed = make(use="hang")
        played[f"hung up {name}"] = (closed, partial(hung_up, workers=workers))
    played |= {name: (make(use="hang"), partial(lost, loss=loss)) for name, loss in LOSSES.items()}
    played["beheaded"] = (make(use="hang"), beheaded)
    played["held"] = (make(), held)
    with ThreadPoolExecutor(4) as threads:
        yield {name: threads.submit(play, *scene) for name, scene in played.items()}


def play(project: Project, scene: Callable[[Project], Finished]) -> Scene:
    began = time.monotonic()
    return Scene(project, scene(project), time.monotonic() - began)


@pytest.fixture(params=_WORKERS)
def hurried(request: pytest.FixtureRequest, scenes: Scenes) -> Scene:
    """A run that was told twice to end."""
    return scenes[f"hurried {request.param}"].result()


def test_a_second_ctrl_c_cuts_the_clean_up_short_and_no_more(hurried: Scene) -> None:
    run = hurried.run
    assert (run.code, run.record["how"], run.record["verdict"]) == (2, "interrupted", "BLOCKED")
    assert run.outcomes["thing.made"] == "passed"


def test_what_was_not_removed_then_is_in_the_record(hurried: Scene) -> None:
    things = set(hurried.project.product.things)
    assert {left["id"] for left in hurried.run.record["leftovers"]} == things
    assert things


@pytest.mark.parametrize("workers", _WORKERS)
def test_a_closed_terminal_leaves_a_record_and_nothing_behind(scenes: Scenes, workers: str) -> None:
    scene = scenes[f"hung up {workers}"].result()
    run, product = scene.run, scene.project.product
    assert (run.code, run.record["how"], run.record["verdict"]) == (2, "interrupted", "BLOCKED")
    assert (len(product.made), product.things) == (1, {})


def test_the_record_of_a_killed_run_is_made_of_its_journal(scenes: Scenes) -> None:
    run = scenes["beheaded"].result().run
    assert (run.code, run.record["how"], run.record["verdict"]) == (30, "recovered", "BLOCKED")
    assert run.outcomes["thing.made"] == "passed"
    assert run.outcomes["thing.used"] == "not run"
    because = run.record["decision"]["because"]
    assert "The run did not come to its end: this record was made from its journal." in because


@pytest.mark.parametrize("name", LOSSES)
def test_what_could_not_be_written_down_is_told_and_is_no_go(scenes: Scenes, name: str) -> None:
    run = scenes[name].result().run
    assert run.code == 30
    assert "BLOCKED" in run.out
    assert LOSSES[name].told in " ".join(run.out.split())
    assert "INTERNALERROR" not in run.out


@pytest.mark.parametrize("name", ["folder removed", "document broken"])
def test_the_other_documents_are_written(scenes: Scenes, name: str) -> None:
    run = scenes[name].result().run
    assert run.record["verdict"] == "BLOCKED"
    assert run.outcomes["thing.used"] == "passed"
    assert (run.folder / "record.md").exists()
    kinds = {json.loads(line)["kind"] for line in (run.folder / "journal.jsonl").open()}
    assert {"run", "plan", "attempt", "check", "end"} <= kinds


@pytest.mark.parametrize("name", ["disk full", "disk full for workers"])
def test_on_a_full_disk_all_checks_run_and_the_journal_can_be_read(
    scenes: Scenes, name: str
) -> None:
    run = scenes[name].result().run
    assert (run.folder / "journal.jsonl").stat().st_size <= LOSSES["disk full"].file_bytes
    assert f"`postdeploy record recover {Path('reports')}" in run.out
    assert "13 passed" in run.out


def test_a_folder_that_cannot_be_made_is_told_before_anything_runs(make: Make) -> None:
    project = make()
    (project.root / "file").write_text("")
    run = project.run("--reports", "file/reports")
    assert (run.code, dict(project.product.asked)) == (4, {})
    assert "--reports" in run.out
    assert "cannot be made: Not a directory" in run.out
    assert "Traceback" not in run.out


@pytest.fixture(params=_WORKERS)
def without_time(request: pytest.FixtureRequest, scenes: Scenes) -> Scene:
    """A run that had no more time."""
    return scenes[f"cut off {request.param}"].result()


def test_what_the_budget_cuts_off_is_not_run_and_no_go(without_time: Scene) -> None:
    run = without_time.run
    assert (run.code, run.record["verdict"]) == (30, "BLOCKED")
    assert run.outcomes["thing.used"] == "not run"
    assert run.outcomes["thing.made"] == "passed"
    told = "The time budget of 30s was spent: 1 item not run."
    assert told in run.record["decision"]["because"]
    assert without_time.seconds < 100  # what it waits for takes 120


def test_there_is_time_to_clean_up_in_the_budget(without_time: Scene) -> None:
    product = without_time.project.product
    assert (len(product.made), product.things) == (1, {})
    assert without_time.run.record["leftovers"] == []


def test_a_check_that_holds_the_loop_does_not_hold_the_run(scenes: Scenes) -> None:
    scene = scenes["held"].result()
    assert (scene.run.code, scene.run.record["verdict"]) == (30, "BLOCKED")
    assert scene.run.outcomes["thing.used"] == "blocked"
    assert "has not moved for 3 s" in scene.run.items["thing.used"]["note"]
    assert scene.seconds < 55  # the check holds it for 60


def test_a_soak_that_would_spend_the_budget_is_refused(make: Make) -> None:
    run = make().run("--budget", "10m", "--soak", "10m")
    assert run.code == 4
    assert "--budget: 10m leave no time for a soak of 10m" in run.out
