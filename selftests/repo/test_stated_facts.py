"""What the smaller systems' own documents state stands in their target files: each environment, name and bound."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from postdeploy.target import Environment
from postdeploy.target_file import environments, load_target

TARGETS = Path(__file__).resolve().parents[2] / "targets"
STATED = tomllib.loads(Path(__file__).with_name("stated_facts.toml").read_text(encoding="utf-8"))
ENVIRONMENTS = {
    "lexiscan": {"staging", "production"},
    "balancer": {"development", "staging", "production"},
    "flight-rescheduler": {"development", "production"},
    "qivr": {"development", "staging", "production"},
}
APART = {"sandbox"}
FACTS = [
    (system, name, key, fact)
    for system, of_system in STATED.items()
    for name, facts in of_system.items()
    for key, fact in facts.items()
]


@cache
def declared(system: str, name: str) -> Environment:
    return load_target(TARGETS, system, name, None, []).environment


def values(value: Any, key: str) -> list[Any]:
    """What stands under a dotted key; `*` are all entries of a table."""
    part, _, rest = key.partition(".")
    if not part:
        return [list(value) if isinstance(value, tuple) else value]
    if not isinstance(value, dict):
        return values(getattr(value, part), rest)
    entries = value.values() if part == "*" else [value[part]]
    return [found for entry in entries for found in values(entry, rest)]


@pytest.mark.parametrize("system", ENVIRONMENTS)
def test_every_environment_is_there(system: str) -> None:
    assert set(environments(TARGETS, system)) == ENVIRONMENTS[system] | APART


@pytest.mark.parametrize(("system", "name", "key", "fact"), FACTS)
def test_a_stated_fact_is_declared(system: str, name: str, key: str, fact: Any) -> None:
    found = values(declared(system, name), key)
    assert found
    assert [one for one in found if one != fact] == []


@pytest.mark.parametrize("name", ["staging", "production"])
def test_development_sign_in_is_refused_where_others_work(name: str) -> None:
    assert "development-sign-in" in declared("qivr", name).guards["tenant"].refusals
    assert "development-sign-in" not in declared("qivr", "development").guards["tenant"].refusals
