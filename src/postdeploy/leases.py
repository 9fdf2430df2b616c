"""Leases on test users: each works for one worker at a time on this machine, and is free when its holder ends."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from postdeploy.errors import ConfigError, Problem
from postdeploy.settings import Person, Settings, shell_value, user_variables
from postdeploy.target import Target

# Both kinds of lock belong to the open file, so that two holders in one process keep apart as well,
# and both end with the process, however it ends.
if sys.platform == "win32":
    import msvcrt

    def locked(file: int) -> bool:
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except PermissionError:  # somebody holds it
            return False
        return True

    def _remove(path: Path) -> None:
        """Nothing: here no file can be removed while it is open."""

else:
    import fcntl

    def locked(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # somebody holds it
            return False
        return True

    def _remove(path: Path) -> None:
        path.unlink(missing_ok=True)


class Lease:
    """A test user that nobody else on this machine holds, until `end` or the end of this process."""

    def __init__(self, person: Person, path: Path, file: int) -> None:
        self.person = person
        self._path = path
        self._file = file

    def end(self) -> None:
        """Let the user go; to be called once."""
        # Removed while it is held, so that only its holder ever removes a file; see Desk._try.
        _remove(self._path)
        os.close(self._file)


class Desk:
    """Lends the test users of one deployment."""

    def __init__(self, folder: Path, target: Target, settings: Settings) -> None:
        self.target = target
        self.pools = settings.pools
        self._folder = folder

    def lend(self, role: str, *, but: Iterable[Person] = ()) -> Lease | None:
        """The first user of `role` whom nobody holds and who is not in `but`; None when there is none."""
        excepted = {person.number for person in but}
        candidates = (person for person in self.pools[role] if person.number not in excepted)
        return next((lease for p in candidates if (lease := self._try(p))), None)

    def _try(self, person: Person) -> Lease | None:
        path = self._folder / self._name(person)
        while True:
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            held = locked(file)
            if held and _is_at(path, file):
                return Lease(person, path, file)
            os.close(file)
            if not held:
                return None
            # Its last holder removed it after it was opened here: whoever comes next makes it anew.

    def _name(self, person: Person) -> str:
        """Tells nobody who the user is, and is the same for every run against this deployment."""
        target = self.target
        where = (target.system, target.name, *sorted(target.environment.urls.values()))
        key = "\n".join((*where, person.role, person.email.strip().casefold()))
        return f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.lock"


def _is_at(path: Path, file: int) -> bool:
    """Whether the open file is still the one that others find there."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False


def folder_for_all(otherwise: Path) -> Path:
    """Where the runs of one account on this machine meet; `otherwise` where no such place can be written."""
    try:
        home = Path(shell_value("XDG_STATE_HOME") or Path.home() / ".local" / "state")
        folder = home / "postdeploy" / "leases"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except (OSError, RuntimeError):  # not writable, or an account without a home
        return otherwise
    return folder if os.access(folder, os.W_OK) else otherwise


class Rota:
    """Which worker works as whom: a user of each role for each worker, held as long as the run lasts."""

    def __init__(self, desk: Desk, workers: int) -> None:
        """Take the users. Raises ConfigError when other runs on this machine leave too few for the workers.

        A run of one process is never refused: where every user is held it takes the first one, as
        `notes` then tells.
        """
        self.notes: list[str] = []
        self._leases: list[Lease] = []
        self._free: dict[str, list[Person]] = {}
        self._working: dict[str, dict[str, Person]] = {}
        for role in desk.pools:
            self._free[role] = list(self._take(desk, role, workers))
        if workers == 1:
            self._share_where_none_is_free(desk)
        problems = [*_problems(desk.target, desk.pools, self._free, workers)]
        if problems:
            self.end()
            raise ConfigError(problems)

    def _take(self, desk: Desk, role: str, count: int) -> Iterator[Person]:
        for _ in range(count):
            lease = desk.lend(role)
            if lease is None:
                return
            self._leases.append(lease)
            yield lease.person

    def _share_where_none_is_free(self, desk: Desk) -> None:
        for role, free in self._free.items():
            if not free:
                free.append(desk.pools[role][0])
                self.notes.append(
                    f"another run on this machine works as the same {role} at the same time"
                )

    def assign(self, worker: str) -> dict[str, int]:
        """The numbers of the users, by role, that `worker` works as from now on."""
        mine = {role: free.pop(0) for role, free in self._free.items()}
        self._working[worker] = mine
        return {role: person.number for role, person in mine.items()}

    def held(self) -> dict[str, int]:
        """The numbers, by role, of a user of each role that this run holds."""
        mine = [lease.person for lease in reversed(self._leases)]
        return dict.fromkeys(self._free, 1) | {one.role: one.number for one in mine}

    def take_back(self, worker: str) -> None:
        """`worker` has ended: another one may work as its users."""
        for role, person in self._working.pop(worker, {}).items():
            self._free[role].insert(0, person)

    def end(self) -> None:
        """Let all users go."""
        while self._leases:
            self._leases.pop().end()


def too_few(target: Target, settings: Settings, workers: int) -> list[Problem]:
    """What to mend where a pool has fewer users than there are workers."""
    return [*_problems(target, settings.pools, settings.pools, workers)]


def _problems(
    target: Target,
    pools: Mapping[str, Sequence[Person]],
    free: Mapping[str, Sequence[Person]],
    workers: int,
) -> Iterator[Problem]:
    possible = min((len(users) for users in free.values()), default=workers)
    for role, users in free.items():
        pool, held = len(pools[role]), len(pools[role]) - len(users)
        if len(users) < workers:
            what = f"{workers} workers need {workers} test users, and its pool has {pool}"
            if held:
                what += f", of which other runs on this machine hold {held}"
            yield Problem(f"role {role}", what, _mend(target, role, pool, workers + held, possible))


def _mend(target: Target, role: str, pool: int, wanted: int, possible: int) -> str:
    names = ", ".join(user_variables(target, role, pool + 1))
    more = f"Add {names}" + (f" and so on up to number {wanted}" if wanted > pool + 1 else "")
    return f"{more}, or run with -n {possible if possible > 1 else 0}"


class People:
    """The test users of one process: one of each role for all its checks, and others while a check needs one."""

    def __init__(self, mine: Mapping[str, Person], desk: Desk | None = None) -> None:
        self._mine = dict(mine)
        self._desk = desk

    def of(self, role: str) -> Person:
        """The user of `role` whose session the checks share. Raises LookupError for an undeclared role."""
        if role not in self._mine:
            raise LookupError(f"the target file declares no role {role!r}")
        return self._mine[role]

    def spare(self, role: str) -> Lease | None:
        """Another user of `role`, for one check alone; None when the pool has none to spare just now."""
        mine = self.of(role)
        return self._desk.lend(role, but=[mine]) if self._desk is not None else None

    def told(self) -> str:
        """Who works for this process, for the log."""
        users = [f"{role} {p.email} (number {p.number})" for role, p in self._mine.items()]
        return ", ".join(users)
