"""In a terminal: one line of progress, a calm screen on a GO, and on red a command that repeats just that."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from selftests.plugin.conftest import Make
from selftests.plugin.project import Finished, Project, clean_environment
from selftests.plugin.screen import InTerminal, Screen, start_in_terminal

HANGING_SECONDS = 3.0
NARROW = 32
RED = {"roll": "wrong", "seen": "wrong", "door": "wrong", "quick": "wrong"}
OPTIONS = ("--env", "sandbox", "--bound", "check_seconds=9", "--read-only", "-m", "prod_smoke")


@dataclass
class Seen:
    """A run and what a person saw of it."""

    project: Project
    code: int
    screen: Screen

    @property
    def text(self) -> str:
        return "\n".join(self.screen.read)


def _surroundings(project: Project, **more: str) -> dict[str, str]:
    kept = {k: v for k, v in clean_environment().items() if k not in ("COLUMNS", "NO_COLOR")}
    return {**kept, **project.environment, "TERM": "xterm", **more}


def _watch(project: Project, *arguments: str, columns: int = 80, **more: str) -> InTerminal:
    command = [sys.executable, "-m", "pytest", "-p", "no:hypothesispytest", *arguments]
    return start_in_terminal(command, project.root, _surroundings(project, **more), columns)


@pytest.fixture(scope="module")
def seen(make: Make) -> dict[str, Seen]:
    """All runs that are watched, at the same time."""
    projects = {
        "narrow": make(right="hang"),
        "red": make(bell="hang", **RED),
        "workers": make(right="hang"),
        "ci": make(),
        "own": make(roll="wrong"),
    }
    watched = {
        "narrow": _watch(projects["narrow"], columns=NARROW, NO_COLOR="1"),
        "red": _watch(projects["red"], *OPTIONS, columns=120),
        "workers": _watch(projects["workers"], "-n", "2"),
        "ci": _watch(projects["ci"], CI="true"),
        "own": _watch(projects["own"], "-rA"),
    }
    waits = [projects[name] for name in ("narrow", "red", "workers")]
    for project in waits:
        assert project.product.arrived.wait(60)
    for project in waits:
        threading.Timer(HANGING_SECONDS, project.product.over.set).start()
    ended = {name: one.end() for name, one in watched.items()}
    return {name: Seen(projects[name], *ended[name]) for name in projects}


PROGRESS = re.compile(r"(\d+)/(\d+) checks( · \d+ red)? · ([a-z]+) (\d+) s")


@pytest.mark.parametrize("name", ["narrow", "red", "workers"])
def test_what_runs_is_shown_with_its_seconds_and_what_is_done(
    seen: Mapping[str, Seen], name: str
) -> None:
    shown = [found for line in seen[name].screen.shown if (found := PROGRESS.match(line))]
    assert {found[4] for found in shown} >= {"observations"}
    assert max(int(found[5]) for found in shown) >= 2
    assert any(0 < int(found[1]) < int(found[2]) for found in shown)


@pytest.mark.parametrize("name", ["narrow", "red", "workers", "ci", "own"])
def test_no_progress_stays_on_the_screen_and_nothing_else_is_written_over(
    seen: Mapping[str, Seen], name: str
) -> None:
    screen = seen[name].screen
    assert [line for line in screen.read if PROGRESS.search(line)] == []
    assert screen.rubbish == []


def test_workers_begin_without_a_word(seen: Mapping[str, Seen]) -> None:
    said = [line for line in seen["workers"].screen.read if line]
    assert said[0].startswith("postdeploy: Demo sandbox")
    assert said[1].startswith("Demo · sandbox")


def test_the_live_line_is_cut_and_never_wraps(seen: Mapping[str, Seen]) -> None:
    shown = [line for line in seen["narrow"].screen.shown if " checks" in line]
    assert shown
    assert NARROW - 4 < max(map(len, shown)) < NARROW


def test_in_ci_nothing_is_written_over(seen: Mapping[str, Seen]) -> None:
    # A terminal makes a carriage return of each line's end itself.
    assert [line for line in seen["ci"].screen.shown if line not in seen["ci"].screen.read] == []


def test_a_go_is_one_calm_screen(seen: Mapping[str, Seen]) -> None:
    run = seen["ci"]
    assert run.code == 0
    assert len(run.screen.read) <= 24
    assert run.screen.wrapped == 0
    assert run.screen.read[0].startswith("postdeploy: Demo sandbox")
    assert " GO  All" in run.text
    for word in ("test session starts", "[100%]", "plugins:", "collected"):
        assert word not in run.text


def test_a_failure_is_told_once_and_first(seen: Mapping[str, Seen]) -> None:
    text = seen["red"].text
    assert seen["red"].code == 20
    assert text.count("this calls for a rollback") == 1
    assert "FAILURES" not in text
    assert "short test summary" not in text
    assert text.index("✗ failed roll [ROLLBACK]") < text.index("✗ failed quick")
    assert text.index("✗ failed quick") < text.index("⊘ blocked the probe may not look")
    assert text.index("⊘ blocked") < text.index("1. Observations") < text.index("Run just these")


def test_who_asks_for_pytests_own_words_gets_them(seen: Mapping[str, Seen]) -> None:
    assert "= FAILURES =" in seen["own"].text
    assert "PASSED tests/smoke/test_observations.py::test_right" in seen["own"].text
    assert "test session starts" in seen["own"].text


def _printed(text: str) -> str:
    """The command as it stands on the screen, which a terminal breaks where it is full."""
    _, _, rest = text.partition("Run just these again:\n  ")
    return "".join(rest.partition("\n\n")[0].split("\n"))


def _in_shell(run: Seen, command: str) -> Finished:
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=run.project.root,
        env={**_surroundings(run.project), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Finished(done.returncode, done.stdout + done.stderr, run.project.root / "reports/latest")


def test_the_printed_command_repeats_just_the_failed_items_checks(
    seen: Mapping[str, Seen],
) -> None:
    run = seen["red"]
    first = Path(run.project.root / "reports/latest").resolve()
    command = _printed(run.text)
    assert run.project.environment["DEMO_SANDBOX_TOKEN"] not in command
    listed = _in_shell(run, f"{command} -p no:hypothesispytest --collect-only -q")
    checks = re.findall(r"^tests/\S+::(\w+)", listed.out, re.MULTILINE)
    assert sorted(checks) == ["test_door", "test_quick", "test_roll", "test_seen"]
    run.project.product.states.clear()
    again = _in_shell(run, f"{command} -p no:hypothesispytest")
    assert again.folder.resolve() != first
    record = again.record
    assert (record["system"], record["environment"]) == ("demo", "sandbox")
    assert (record["scope"], record["partial_why"]) == ("read-only", "--items")
    assert "--bound check_seconds=9" in record["command"]
    # However well it goes, it is not the whole.
    assert (record["verdict"], record["partial"]) == (None, True)
    answered = {name for name, outcome in again.outcomes.items() if outcome == "passed"}
    assert answered == {"roll", "seen", "quick", "door.open", "door.room", "door.bell"}


def test_a_run_names_all_that_was_not_well_in_it(seen: Mapping[str, Seen]) -> None:
    project = seen["own"].project
    latest = (project.root / "reports/latest").resolve().name
    run = project.run("--items", f"run:reports/{latest}", "--collect-only", "-q")
    assert re.findall(r"^tests/\S+::(\w+)", run.out, re.MULTILINE) == ["test_roll"]
