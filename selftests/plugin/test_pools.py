"""Workers, and runs on one machine, work as different test users; too few of them are told at the start."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from selftests.plugin.conftest import Make
from selftests.plugin.project import Finished, Project


def with_members(project: Project, count: int) -> Project:
    """The project with a role, so many users of it, and a place for leases of its own."""
    role = '[defaults.roles]\nmember = { organisation = "own" }\n\n[defaults.bounds]'
    project.edit("targets/demo.toml", "[defaults.bounds]", role)
    project.environment["XDG_STATE_HOME"] = str(project.root / "state")
    for number in range(1, count + 1):
        user = "DEMO_SANDBOX_MEMBER" + (f"_{number}" if number > 1 else "")
        project.environment |= {
            f"{user}_EMAIL": f"m{number}@harbor.example",
            f"{user}_PASSWORD": f"pass-word-{number}",
            f"{user}_TOTP_SECRET": f"TOTPSECRET{number}",
        }
    return project


def worked_as(folder: Path) -> dict[str, int]:
    """Which member each process of a run worked as."""
    log = (folder / "run.log").read_text()
    found = re.findall(
        r"^(\S+|this run) works as member m\d@\S+ \(number (\d)\)", log, re.MULTILINE
    )
    return {worker: int(number) for worker, number in found}


def test_a_worker_that_replaces_a_dead_one_works_as_its_user(make: Make) -> None:
    """And two that live work as two people: a third one would have nobody to work as."""
    run = with_members(make(roll="crash"), 2).run("-n", "2")
    workers = worked_as(run.folder)
    # The check that ends its worker may have been begun ahead of its turn: then it ends the next one, too.
    dead = re.findall(r"replacing crashed worker (gw\d)", run.out)
    replaced = {f"gw{number}": worker for number, worker in enumerate(dead, start=2)}
    assert workers["gw0"] != workers["gw1"]
    assert "gw2" in workers
    assert {new: workers[new] for new in replaced if new in workers} == {
        new: workers[old] for new, old in replaced.items() if new in workers
    }


def test_fewer_users_than_workers_are_told_before_anything_runs(make: Make) -> None:
    project = with_members(make(), 2)
    run = project.run("-n", "3")
    assert (
        "role member: 3 workers need 3 test users, and its pool has 2. Add "
        "DEMO_SANDBOX_MEMBER_3_EMAIL, DEMO_SANDBOX_MEMBER_3_PASSWORD, "
        "DEMO_SANDBOX_MEMBER_3_TOTP_SECRET, or run with -n 2"
    ) in run.out
    assert (run.code, project.reports, dict(project.product.asked)) == (4, [], {})


@pytest.fixture(scope="module")
def beside(make: Make) -> dict[str, Finished]:
    """Runs that begin while another one, of one process, is at work as the first of two users."""
    project = with_members(make(use="hang"), 2)
    first = project.start()
    project.until_it_hangs(first)
    runs = {"two workers": project.run("-n", "2"), "one process": one_more(project)}
    for part in ("EMAIL", "PASSWORD", "TOTP_SECRET"):
        del project.environment[f"DEMO_SANDBOX_MEMBER_2_{part}"]
    runs["one user"] = one_more(project)
    project.product.over.set()
    assert project.end(first).code == 0
    return runs


def one_more(project: Project) -> Finished:
    """A run that does not wait for what the first one waits for; the next one's is the latest soon."""
    run = project.run("tests/smoke")
    run.folder = run.folder.resolve()
    return run


def test_a_run_beside_another_works_as_somebody_else(beside: dict[str, Finished]) -> None:
    assert worked_as(beside["one process"].folder) == {"this run": 2}


def test_a_run_with_workers_is_refused_where_others_leave_too_few(
    beside: dict[str, Finished],
) -> None:
    run = beside["two workers"]
    assert run.code == 4
    assert "its pool has 2, of which other runs on this machine hold 1" in run.out


def test_a_run_of_one_process_shares_the_only_user_and_says_so(
    beside: dict[str, Finished],
) -> None:
    warning = "another run on this machine works as the same member at the same time"
    with_it, without = beside["one user"], beside["one process"]
    assert worked_as(with_it.folder) == {"this run": 1}
    assert warning in with_it.record["decision"]["warnings"]
    assert warning not in without.record["decision"]["warnings"]
