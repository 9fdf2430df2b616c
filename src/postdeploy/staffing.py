"""As whom each process of a run works: its test users, chosen before anything is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from postdeploy.division import Shard, parse_shard
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


def make_rota(
    target: Target, settings: Settings, folder: str, workers: int, shard: str = ""
) -> Rota:
    """Hold a user of each role for each worker. Raises ConfigError where other runs leave too few."""
    part = parse_shard(shard)
    rota = Rota(Desk(Path(folder), target, _of_shard(settings, part)), workers)
    shared = [role for role, pool in settings.pools.items() if part and len(pool) < part.of]
    if shared:
        rota.notes.append(
            f"the pool of {', '.join(shared)} has fewer users than there are shards, and shards on"
            " other machines may work as the same people"
        )
    return rota


def people(
    target: Target,
    settings: Settings,
    folder: str,
    numbers: Mapping[str, int],
    shard: str = "",
) -> People:
    """The test users of one process; `numbers` says which of each role it was given."""
    mine = {role: settings.person(role, number) for role, number in numbers.items()}
    return People(mine, Desk(Path(folder), target, _of_shard(settings, parse_shard(shard))))


def _of_shard(settings: Settings, shard: Shard | None) -> Settings:
    """Shards on other machines know nothing of leases here: each has users of its own, if there are enough."""
    if shard is None:
        return settings
    pools = {
        role: pool[shard.index - 1 :: shard.of] if len(pool) >= shard.of else pool
        for role, pool in settings.pools.items()
    }
    return replace(settings, pools=pools)
