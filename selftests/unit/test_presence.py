"""A run's mark tells every other run on its machine whether it is alive, for as long as its process lives."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from postdeploy.presence import Presence, Standing, machine
from postdeploy.target import Environment, Target
from selftests.unit.leftover_product import MINE

OTHER = "261121-101501-4f2b"
_HOLD = """
import sys
from pathlib import Path
from postdeploy.presence import Presence
from postdeploy.target import Environment, Target
target = Target(system="demo", title="", name="sandbox", file="", environment=Environment())
folder, run_id, worker = sys.argv[1:]
assert Presence(Path(folder), target).announce(run_id, worker, Path(folder) / "reports")
print("held", flush=True)
sys.stdin.read()
"""


def target(url: str = "") -> Target:
    urls = {"api": url} if url else {}
    environment = Environment(urls=urls)
    return Target(system="demo", title="", name="sandbox", file="", environment=environment)


@pytest.fixture
def presence(tmp_path: Path) -> Presence:
    return Presence(tmp_path, target())


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that is a worker of a run."""
    command = [sys.executable, "-c", _HOLD, str(tmp_path), OTHER, "gw0"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_run_is_alive_until_its_process_is_killed(
    presence: Presence, holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert (presence.standing(OTHER), presence.dead()) == (Standing.ALIVE, [])
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert presence.standing(OTHER) is Standing.DEAD
    (trace,) = presence.dead()
    assert (trace.run_id, trace.folder) == (OTHER, tmp_path / "reports")


def test_a_run_lives_as_long_as_one_of_its_workers(
    presence: Presence, holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    controller = Presence(tmp_path, target())
    controller.announce(OTHER, "", tmp_path)
    controller.leave(clean=False)
    assert presence.standing(OTHER) is Standing.ALIVE
    holder.kill()
    holder.wait()
    assert presence.standing(OTHER) is Standing.DEAD


def test_one_that_ended_in_order_leaves_no_mark(presence: Presence, tmp_path: Path) -> None:
    mine = Presence(tmp_path, target())
    mine.announce(MINE, "", tmp_path)
    assert presence.standing(MINE) is Standing.ALIVE
    mine.leave(clean=True)
    assert (presence.standing(MINE), list(tmp_path.iterdir())) == (Standing.UNKNOWN, [])


def test_one_that_left_something_behind_can_be_swept_at_once(
    presence: Presence, tmp_path: Path
) -> None:
    mine = Presence(tmp_path, target())
    mine.announce(MINE, "", tmp_path)
    mine.leave(clean=False)
    assert presence.standing(MINE) is Standing.DEAD


def test_nobody_knows_of_runs_without_a_mark(presence: Presence) -> None:
    assert presence.standing(OTHER) is Standing.UNKNOWN
    assert Presence(None, target()).standing(OTHER) is Standing.UNKNOWN


def test_the_mark_of_another_machine_proves_nothing(presence: Presence, tmp_path: Path) -> None:
    told = {"machine": f"not {machine()}", "reports": str(tmp_path)}
    (tmp_path / f"{OTHER}.run").write_text(json.dumps(told))
    assert (presence.standing(OTHER), presence.dead()) == (Standing.UNKNOWN, [])


@pytest.mark.parametrize("text", ["", "{", "[]"])
def test_a_mark_that_is_just_being_written_is_a_live_runs(
    text: str, presence: Presence, tmp_path: Path
) -> None:
    (tmp_path / f"{OTHER}.run").write_text(text)
    assert presence.standing(OTHER) is Standing.ALIVE


def test_ledgers_of_another_deployment_are_left_alone(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    holder.kill()
    holder.wait()
    assert Presence(tmp_path, target("http://127.0.0.1:1")).dead() == []


def test_no_two_runs_of_one_id_are_at_work(presence: Presence, tmp_path: Path) -> None:
    presence.announce(MINE, "", tmp_path)
    with pytest.raises(FileExistsError):
        Presence(tmp_path, target()).announce(MINE, "", tmp_path)
