"""A test user works for one holder at a time on this machine, and is free again when its holder ends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from postdeploy.errors import ConfigError
from postdeploy.leases import Desk, Lease, People, Rota, folder_for_all, too_few
from postdeploy.settings import Person, Settings
from postdeploy.target import Environment, Target

ROOT = Path(__file__).resolve().parents[2]
_HOLD = """
import sys
from pathlib import Path
from selftests.unit.test_leases import desk

held = []
for line in sys.stdin:
    lease = desk(Path(sys.argv[1]), 3).lend("member")
    held.append(lease)
    print(lease.person.number if lease else None, flush=True)
"""


def person(role: str, number: int) -> Person:
    secret = SecretStr("secret")
    return Person(role, f"{role}{number}@harbor.example", secret, secret, number)


def settings(**sizes: int) -> Settings:
    return Settings(
        {role: [person(role, n + 1) for n in range(size)] for role, size in sizes.items()}, {}
    )


def target(url: str = "http://127.0.0.1:1") -> Target:
    environment = Environment(urls={"app": url})
    return Target(
        system="demo", title="Demo", name="prod", file="demo.toml", environment=environment
    )


def desk(folder: Path, size: int, url: str = "http://127.0.0.1:1") -> Desk:
    return Desk(folder, target(url), settings(member=size))


def number(lease: Lease | None) -> int | None:
    return lease.person.number if lease else None


class Other:
    """Another process, which takes users when told to and holds them until it ends."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _HOLD, str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def take(self) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print("take", file=self.process.stdin, flush=True)
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def others(tmp_path: Path) -> Iterator[Callable[[], Other]]:
    started: list[Other] = []

    def start() -> Other:
        started.append(Other(tmp_path))
        return started[-1]

    yield start
    for other in started:
        other.kill()


def test_no_two_processes_hold_the_same_user(tmp_path: Path, others: Callable[[], Other]) -> None:
    one, two = others(), others()
    taken = [one.take(), two.take(), number(desk(tmp_path, 3).lend("member")), two.take()]
    assert taken == ["1", "2", 3, "None"]


def test_a_killed_process_holds_nobody(tmp_path: Path, others: Callable[[], Other]) -> None:
    other = others()
    assert other.take() == "1"
    other.kill()
    assert number(desk(tmp_path, 3).lend("member")) == 1


def test_two_holders_in_one_process_keep_apart_as_well(tmp_path: Path) -> None:
    first, second = (desk(tmp_path, 1).lend("member") for _ in range(2))
    assert (number(first), second) == (1, None)


def test_a_user_who_was_let_go_is_lent_again(tmp_path: Path) -> None:
    lease = desk(tmp_path, 1).lend("member")
    assert lease is not None
    lease.end()
    assert number(desk(tmp_path, 1).lend("member")) == 1


def test_nothing_is_left_when_all_were_let_go(tmp_path: Path) -> None:
    Rota(desk(tmp_path, 2), 2).end()
    assert list(tmp_path.iterdir()) == []


def test_who_opened_the_note_before_it_was_removed_takes_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = desk(tmp_path, 1).lend("member")
    opened = os.open

    def open_late(*args: Any) -> int:
        """The holder ends just between the opening of its file and the lock."""
        file = opened(*args)
        monkeypatch.setattr(os, "open", opened)
        assert first is not None
        first.end()
        return file

    monkeypatch.setattr(os, "open", open_late)
    second = desk(tmp_path, 1).lend("member")
    assert (number(second), desk(tmp_path, 1).lend("member")) == (1, None)


def test_another_deployment_has_users_of_its_own(tmp_path: Path) -> None:
    held = desk(tmp_path, 1).lend("member")
    other = desk(tmp_path, 1, "http://127.0.0.1:2").lend("member")
    assert (number(held), number(other)) == (1, 1)


def test_the_notes_name_nobody(tmp_path: Path) -> None:
    held = desk(tmp_path, 1).lend("member")
    (note,) = tmp_path.iterdir()
    assert held is not None
    assert "member" not in note.name
    assert note.read_bytes() == b""


def test_each_worker_works_as_somebody_else(tmp_path: Path) -> None:
    rota = Rota(Desk(tmp_path, target(), settings(member=3, admin=2)), 2)
    assert rota.assign("gw0") == {"member": 1, "admin": 1}
    assert rota.assign("gw1") == {"member": 2, "admin": 2}
    rota.end()


def test_a_worker_that_replaces_a_dead_one_works_as_its_users(tmp_path: Path) -> None:
    rota = Rota(desk(tmp_path, 2), 2)
    rota.assign("gw0")
    rota.assign("gw1")
    rota.take_back("gw0")
    assert rota.assign("gw2") == {"member": 1}
    rota.end()


def test_a_run_that_ended_holds_nobody(tmp_path: Path) -> None:
    Rota(desk(tmp_path, 2), 2).end()
    again = Rota(desk(tmp_path, 2), 2)
    assert again.assign("gw0") == {"member": 1}
    again.end()


def test_too_few_users_are_told_with_the_variables_to_add() -> None:
    (problem,) = too_few(target(), settings(member=4, admin=8), 8)
    assert str(problem) == (
        "role member: 8 workers need 8 test users, and its pool has 4. "
        "Add DEMO_PROD_MEMBER_5_EMAIL, DEMO_PROD_MEMBER_5_PASSWORD, DEMO_PROD_MEMBER_5_TOTP_SECRET "
        "and so on up to number 8, or run with -n 4"
    )


def test_every_pool_that_is_too_small_is_told_and_the_smallest_bounds_the_workers() -> None:
    told = [str(problem) for problem in too_few(target(), settings(member=2, admin=1), 3)]
    assert [line.split(":")[0] for line in told] == ["role member", "role admin"]
    assert all(line.endswith("or run with -n 0") for line in told)


def test_one_user_is_enough_for_one_process() -> None:
    assert too_few(target(), settings(member=1), 1) == []


def test_users_whom_another_run_holds_are_not_to_be_had(tmp_path: Path) -> None:
    other = Rota(desk(tmp_path, 3), 2)
    with pytest.raises(ConfigError) as told:
        Rota(desk(tmp_path, 3), 2)
    assert str(told.value).startswith(
        "role member: 2 workers need 2 test users, and its pool has 3, "
        "of which other runs on this machine hold 2. Add DEMO_PROD_MEMBER_4_EMAIL,"
    )
    other.end()


def test_a_refused_run_holds_nobody(tmp_path: Path) -> None:
    other = Rota(desk(tmp_path, 3), 2)
    with pytest.raises(ConfigError):
        Rota(desk(tmp_path, 3), 2)
    assert number(desk(tmp_path, 3).lend("member")) == 3
    other.end()


def test_a_run_of_one_process_is_never_refused_and_says_whom_it_shares(tmp_path: Path) -> None:
    other = Rota(desk(tmp_path, 1), 1)
    mine = Rota(desk(tmp_path, 1), 1)
    assert mine.assign("") == {"member": 1}
    assert mine.notes == ["another run on this machine works as the same member at the same time"]
    assert other.notes == []
    other.end()


def test_a_run_of_one_process_takes_a_user_whom_nobody_holds(tmp_path: Path) -> None:
    other = Rota(desk(tmp_path, 2), 1)
    mine = Rota(desk(tmp_path, 2), 1)
    assert (mine.assign(""), mine.notes) == ({"member": 2}, [])
    other.end()
    mine.end()


def test_a_spare_user_is_never_the_one_whose_session_is_shared(tmp_path: Path) -> None:
    """Not even where nobody holds that one: its holder, another run, has just ended."""
    people = People({"member": person("member", 1)}, desk(tmp_path, 2))
    spares = [people.spare("member") for _ in range(2)]
    assert [number(spare) for spare in spares] == [2, None]


def test_a_pool_of_one_has_nobody_to_spare(tmp_path: Path) -> None:
    assert People({"member": person("member", 1)}, desk(tmp_path, 1)).spare("member") is None


def test_an_undeclared_role_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="declares no role 'admin'"):
        People({"member": person("member", 1)}, desk(tmp_path, 1)).spare("admin")


def test_runs_of_one_account_meet_in_its_state_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert folder_for_all(tmp_path / "run") == tmp_path / "state" / "postdeploy" / "leases"


def test_where_there_is_no_such_place_leases_are_noted_beside_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert folder_for_all(tmp_path / "run") == tmp_path / "run"


def test_a_run_tells_whom_it_holds_whatever_its_workers_have_been_given(tmp_path: Path) -> None:
    other = Rota(desk(tmp_path, 3), 1)
    rota = Rota(desk(tmp_path, 3), 2)
    assert rota.held() == {"member": 2}
    rota.assign("gw0")
    assert rota.held() == {"member": 2}
    rota.end()
    other.end()
