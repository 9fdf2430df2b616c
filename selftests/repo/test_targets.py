"""Every system's data can be read for each of its environments, and every item has a check or a person."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from postdeploy.checklist import Checklist, load_checklist
from postdeploy.errors import Problem
from postdeploy.probes.aws.logs import any_of
from postdeploy.settings import load_settings, variable
from postdeploy.target import Model, Target
from postdeploy.target_file import environments, load_target, production, read_toml

ROOT = Path(__file__).resolve().parents[2]
TARGETS, CHECKLISTS = ROOT / "targets", ROOT / "checklists"
SYSTEMS = sorted(path.stem for path in TARGETS.glob("*.toml"))
PLACES = [(system, name) for system in SYSTEMS for name in environments(TARGETS, system)]
EVERYWHERE = {"lexiscan", "balancer", "flight-rescheduler", "qivr", "qumis"}
UNFILLED = ("still-open.invalid", "0" * 12)


def read(system: str, name: str) -> tuple[Target, Checklist, list[Problem]]:
    still_open: list[Problem] = []
    target = load_target(TARGETS, system, name, None, still_open)
    return target, load_checklist(CHECKLISTS, system, target.environment), still_open


def test_the_five_systems_are_there() -> None:
    assert set(SYSTEMS) >= EVERYWHERE


@pytest.mark.parametrize(("system", "name"), PLACES)
def test_an_environment_can_be_read_and_has_something_to_look_at(system: str, name: str) -> None:
    target, checklist, _ = read(system, name)
    assert target.system == read_toml(TARGETS / f"{system}.toml")["system"] == checklist.system
    assert [item for item in checklist.items if item.applicable]


@pytest.mark.parametrize(("system", "name"), PLACES)
def test_what_is_open_is_told_and_nothing_else_stands_in_its_place(system: str, name: str) -> None:
    target, _, still_open = read(system, name)
    standing = [text for text in texts(target.environment) if text.startswith(UNFILLED)]
    assert bool(still_open) >= bool(standing)
    assert [one for one in still_open if not one.mend or name not in one.where] == []


@pytest.mark.parametrize(("system", "name"), PLACES)
def test_cloudwatch_takes_the_filter_of_each_log_group(system: str, name: str) -> None:
    target, _, _ = read(system, name)
    aws = target.environment.aws
    groups = aws.log_groups.values() if aws else ()
    assert [group.name for group in groups if len(any_of(group.patterns)) > 1024] == []


def texts(value: Any) -> Iterator[str]:
    """Every text in a model, however deep."""
    if isinstance(value, Model):
        value = {name: getattr(value, name) for name in type(value).model_fields}
    if isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, tuple | list):
        for part in value:
            yield from texts(part)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("system", SYSTEMS)
def test_production_is_protected_and_is_what_production_smoke_means(system: str) -> None:
    name = production(TARGETS, system)
    assert read(system, name)[0].environment.protected
    assert [n for n in environments(TARGETS, system) if n.startswith("prod")] == [name]


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_sandbox_needs_nothing_that_is_not_there(
    system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, _, still_open = read(system, "sandbox")
    assert still_open == []
    assert f"--system {system}" in " ".join(target.environment.launch) or system == "qumis"
    for name in target.environment.secrets:
        monkeypatch.delenv(variable(target, name), raising=False)
    load_settings(target, ROOT)


def test_sandboxes_announce_themselves_in_places_of_their_own() -> None:
    places = [read(system, "sandbox")[0].environment.discovery for system in SYSTEMS]
    assert len(set(places)) == len(SYSTEMS)


@cache
def covered() -> frozenset[str]:
    """What the checks' `covers` marks say."""
    return frozenset(
        str(argument.value)
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.covers"
        for argument in node.args
        if isinstance(argument, ast.Constant)
    )


def answers(covers: str, item: str) -> bool:
    """Whether a check with that mark answers the item: by its name, or as one entry of a table."""
    parts = [re.escape(part) for part in covers.split("{name}")]
    return re.fullmatch("[^ ]+".join(parts), item) is not None


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_item_has_a_check_or_is_answered_by_a_person(system: str) -> None:
    command = "import sys; from postdeploy.cli import main; sys.exit(main())"
    asked = ["checklist", "coverage", "--system", system, "--env", "sandbox"]
    done = subprocess.run(
        [sys.executable, "-c", command, *asked],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    alone = [line for line in done.stdout.splitlines() if line.startswith("no check yet")]
    assert (alone, done.stderr, done.returncode) == ([], "", 0)


@pytest.mark.parametrize("system", SYSTEMS)
def test_what_a_person_answers_for_has_no_check(system: str) -> None:
    items = read_toml(CHECKLISTS / f"{system}.toml")["items"]
    by_hand = {str(item["id"]) for item in items if item.get("by_hand")}
    assert {item for item in by_hand for mark in covered() if answers(mark, item)} == set()


@pytest.mark.parametrize("system", SYSTEMS)
def test_critical_failure_indicators_are_raised_by_something(system: str) -> None:
    raised = [
        i["indicator"]
        for i in read_toml(CHECKLISTS / f"{system}.toml")["items"]
        if "indicator" in i
    ]
    assert raised
