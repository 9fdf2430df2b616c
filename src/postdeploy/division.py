"""Divides the checks of a run over shards: on several machines alike, from the same file of durations."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from statistics import median
from typing import Any

from postdeploy.errors import ConfigError, Problem

AT_MOST = 64


@dataclass(frozen=True)
class Shard:
    """One part of a run: its number, from 1, and of how many."""

    index: int
    of: int

    def __str__(self) -> str:
        return f"{self.index} of {self.of}"


class Place(Enum):
    """Where a check belongs when a run is divided."""

    ANYWHERE = "anywhere"
    TOGETHER = "together"
    """With the soak and the closing checks, which begin when the flows of their process have ended."""
    EVERYWHERE = "everywhere"
    """In each shard, for it judges what its own process did or looked at."""


@dataclass(frozen=True)
class Part:
    """A check to be placed: it is never divided itself, so that all its items stay together."""

    id: str
    place: Place = Place.ANYWHERE


def parse_shard(text: str) -> Shard | None:
    """`2/4` as a shard; None for "". Raises ConfigError for anything else."""
    if not text:
        return None
    found = re.fullmatch(r"([0-9]{1,3})/([0-9]{1,3})", text)
    if found is None or not 1 <= int(found[1]) <= int(found[2]) <= AT_MOST:
        mend = f"Write which of how many, for example 2/4; at most {AT_MOST}"
        raise ConfigError([Problem("--shard", f"{text!r} is no part of a run", mend)])
    return Shard(int(found[1]), int(found[2]))


def read_durations(path: Path) -> dict[str, float]:
    """Check → seconds, from a record.json, or from a JSON object of numbers.

    Raises ConfigError when the file is neither.
    """
    mend = "Name the record.json of an earlier run, or a JSON object of node ids and seconds"
    try:
        read = json.loads(path.read_bytes())
    except OSError as error:
        what = f"cannot be read: {error.strerror or error}"
        raise ConfigError([Problem(f"--durations-file {path}", what, mend)]) from None
    except ValueError as error:
        raise ConfigError([Problem(str(path), f"is no JSON: {error}", mend)]) from None
    took = _of_record(read) if isinstance(read, dict) and "checks" in read else read
    if (
        not took
        or not isinstance(took, dict)
        or not all(_is_duration(value) for value in took.values())
    ):
        raise ConfigError([Problem(str(path), "holds no durations", mend)])
    return {str(name): float(value) for name, value in took.items()}


def _is_duration(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e6


def _of_record(record: Mapping[str, Any]) -> object:
    """Of the checks that passed, as they stand in a record: the others say nothing about next time."""
    try:
        return {
            str(one["check"]): max(_seconds(one["started"], one["ended"]), 0.0)
            for one in record["checks"]
            if one["status"] == "passed" and one["started"] and one["ended"]
        }
    except (KeyError, TypeError, ValueError):
        return None


def _seconds(started: str, ended: str) -> float:
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds()


def taken(parts: Iterable[Part], took: Mapping[str, float], shard: Shard) -> frozenset[str]:
    """The checks that this shard takes."""
    return divided(list(parts), took, shard.of)[shard.index - 1]


def divided(
    parts: Sequence[Part], took: Mapping[str, float], shards: int
) -> tuple[frozenset[str], ...]:
    """The checks of each shard: the longest first, each where least is to be done so far.

    What belongs together is in the last shard. A check that has no duration yet counts as much as the median one.
    """
    usual = median(took.values()) if took else 1.0
    cost = {part.id: took.get(part.id, usual) for part in parts}
    everywhere = {part.id for part in parts if part.place is Place.EVERYWHERE}
    together = {part.id for part in parts if part.place is Place.TOGETHER}
    bins = [set(everywhere) for _ in range(shards)]
    bins[-1] |= together
    load = [0.0] * shards
    load[-1] = sum(cost[name] for name in sorted(together))
    rest = {part.id for part in parts} - everywhere - together
    for name in sorted(rest, key=lambda name: (-cost[name], name)):
        least = min(range(shards), key=lambda number: (load[number], number))
        bins[least].add(name)
        load[least] += cost[name]
    return tuple(frozenset(one) for one in bins)
