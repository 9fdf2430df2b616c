"""As whom each process of a run works: its test users, chosen before anything is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from postdeploy.leases import Desk, People, Rota, folder_for_all
from postdeploy.settings import Settings
from postdeploy.target import Target


def worker_count(config: pytest.Config) -> int:
    """How many processes run checks: those of xdist, or this one."""
    if config.getoption("dist", "no") == "no":
        return 1
    counts = (str(spec).partition("*")[0] for spec in config.getoption("tx"))
    return sum(int(count) if count.isdigit() else 1 for count in counts)


def lease_folder(run_folder: Path, *, own_deployment: bool) -> Path:
    """Where leases are noted: of a deployment that nobody else can know beside the run, else for all runs."""
    return run_folder if own_deployment else folder_for_all(run_folder)


def make_rota(target: Target, settings: Settings, folder: str, workers: int) -> Rota:
    """Hold a user of each role for each worker. Raises ConfigError where other runs leave too few."""
    return Rota(Desk(Path(folder), target, settings), workers)


def people(target: Target, settings: Settings, folder: str, numbers: Mapping[str, int]) -> People:
    """The test users of one process; `numbers` says which of each role it was given."""
    mine = {role: settings.person(role, number) for role, number in numbers.items()}
    return People(mine, Desk(Path(folder), target, settings))
