"""A divided run looks at everything once, and all its parts divide it alike."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from postdeploy.division import Part, Place, Shard, divided, parse_shard, read_durations, taken
from postdeploy.errors import ConfigError
from postdeploy.record.builder import build_record
from postdeploy.record.writers.json import render
from selftests.unit.sample_journal import attempt, check_entry, journal_of

ROOT = Path(__file__).resolve().parents[2]
NAMES = some.text("abcdef[]-:/é", min_size=1, max_size=12)
PARTS = some.dictionaries(NAMES, some.sampled_from(Place), max_size=40)
TOOK = some.dictionaries(NAMES, some.floats(0, 600), max_size=40)


@given(places=PARTS, took=TOOK, shards=some.integers(1, 9), order=some.randoms())
@settings(max_examples=80, deadline=None)
def test_each_check_is_in_exactly_one_shard_however_they_are_listed(
    places: dict[str, Place], took: dict[str, float], shards: int, order: object
) -> None:
    parts = [Part(name, place) for name, place in places.items()]
    mixed = list(parts)
    order.shuffle(mixed)  # type: ignore[attr-defined]
    mine = [taken(mixed, took, Shard(number + 1, shards)) for number in range(shards)]
    assert tuple(mine) == divided(parts, took, shards)
    for part in parts:
        there = [number for number, checks in enumerate(mine) if part.id in checks]
        if part.place is Place.EVERYWHERE:
            assert there == list(range(shards))
        else:
            assert len(there) == 1
        if part.place is Place.TOGETHER:
            assert there == [shards - 1]


@given(took=some.lists(some.floats(0.1, 60), min_size=8, max_size=40), shards=some.integers(2, 4))
@settings(max_examples=60, deadline=None)
def test_no_shard_has_more_to_do_than_an_even_part_and_one_check(
    took: list[float], shards: int
) -> None:
    costs = {f"c{number}": seconds for number, seconds in enumerate(took)}
    bins = divided([Part(name) for name in costs], costs, shards)
    longest = max(sum(costs[name] for name in names) for names in bins)
    assert longest <= sum(took) / shards + max(took) + 1e-6


def test_without_durations_shards_have_as_many_checks() -> None:
    bins = divided([Part(f"c{number}") for number in range(10)], {}, 3)
    assert sorted(len(one) for one in bins) == [3, 3, 4]


def test_what_the_closing_checks_take_leaves_room_beside_them() -> None:
    parts = [Part("soak", Place.TOGETHER), *(Part(f"c{number}") for number in range(6))]
    first, last = divided(parts, {"soak": 6.0, **{f"c{n}": 1.0 for n in range(6)}}, 2)
    assert (len(first), set(last)) == (6, {"soak"})


def _printed(code: str, seed: str) -> str:
    env = {"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=env).stdout


def test_other_processes_divide_alike() -> None:
    code = (
        "from postdeploy.division import *; import json;"
        "bins = divided([Part(f'c{n}') for n in range(50)], {f'c{n}': n % 7 / 3 for n in range(50)}, 4);"
        "print(json.dumps([sorted(one) for one in bins]))"
    )
    told = [_printed(code, seed) for seed in ("1", "2")]
    assert told[0] == told[1]


@pytest.mark.parametrize(
    "text", ["2", "0/4", "5/4", "2/0", "a/b", "1/65", "-1/2", "1/2/3", "٢/٤", " 1/2"]
)
def test_what_is_no_part_of_a_run_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="no part of a run"):
        parse_shard(text)


def test_a_shard_is_written_as_which_of_how_many() -> None:
    assert parse_shard("2/4") == Shard(2, 4)
    assert parse_shard("") is None


def test_durations_are_read_from_a_record_and_from_what_pytest_keeps(tmp_path: Path) -> None:
    checks = [check_entry("one"), check_entry("two", "failed")]
    record = build_record(journal_of([attempt("a", check="one")], others=checks))
    (tmp_path / "record.json").write_text(render(record))
    (tmp_path / "durations").write_text(json.dumps({"one": 1, "three": 2.5}))
    assert read_durations(tmp_path / "record.json") == {"one": 1.0}
    assert read_durations(tmp_path / "durations") == {"one": 1.0, "three": 2.5}


_NONE = ["", "{", "[]", "{}", '{"a": "x"}', '{"a": -1}', '{"a": true}', '{"a": NaN}']
_NONE += ['{"checks": [{"check": "a"}]}', '{"checks": []}', '{"checks": 3}']


@pytest.mark.parametrize("content", _NONE)
def test_what_holds_no_durations_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "durations").write_text(content)
    with pytest.raises(ConfigError):
        read_durations(tmp_path / "durations")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_durations(tmp_path / "absent")


def _marks(function: ast.AsyncFunctionDef) -> set[str]:
    return {ast.unparse(mark).split("(")[0] for mark in function.decorator_list}


def test_what_judges_its_own_process_runs_in_every_shard() -> None:
    functions = [
        node
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.AsyncFunctionDef)
    ]
    own = [one for one in functions if "pytest.mark.every_shard" in _marks(one)]
    covered = " ".join(ast.unparse(mark) for one in own for mark in one.decorator_list)
    assert all(item in covered for item in ("'pre.identity'", "'release.{name}'"))
    last = [one.name for one in functions if "pytest.mark.last" in _marks(one)]
    assert last
    assert set(last) <= {one.name for one in own}
