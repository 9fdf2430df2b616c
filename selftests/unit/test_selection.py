"""Which items a check answers, which checks a run takes, and what it says of the others."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from postdeploy.checklist import Checklist, load_checklist
from postdeploy.facts import Stage
from postdeploy.selection import (
    MARKERS,
    covers,
    has_nothing_to_look_at,
    mistakes,
    plan,
    split,
    ticket,
)
from postdeploy.target import Environment

CHECKS = """
import pytest

@pytest.mark.closing
@pytest.mark.readonly
@pytest.mark.covers("end")
async def test_end(flow):
    pass

@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.covers("a", "b")
async def test_a_and_b(flow):
    '''A and B are right.

    And more.
    '''

@pytest.mark.writes("thing")
@pytest.mark.covers("b")
async def test_b(flow):
    pass

@pytest.mark.prod_smoke
@pytest.mark.covers("link.{name}")
@pytest.mark.each("links")
@pytest.mark.parametrize("name", ["one", "two"])
async def test_link(flow, name):
    '''Each link leads on.'''

@pytest.mark.covers("tile.{name}")
@pytest.mark.each("tiles")
@pytest.mark.parametrize("name", [None])
async def test_tile(flow, name):
    pass

@pytest.mark.covers("extra")
async def test_extra(flow):
    pass
"""
ITEMS = {"a": "", "b": "", "end": "", "alone": "", "extra": "opt = 'extras'"}
EACH = {"link.{name}": "links", "tile.{name}": "tiles"}


@pytest.fixture
def checklist(tmp_path: Path) -> Checklist:
    text = 'system = "demo"\n[[rows]]\nid = "1"\ntitle = "All"\n'
    wanted = ITEMS | {name: f"each = '{table}'" for name, table in EACH.items()}
    for name, more in wanted.items():
        text += f'[[items]]\nid = "{name}"\nrow = "1"\nweight = "F"\ntitle = "{name}"\n{more}\n'
    (tmp_path / "demo.toml").write_text(text)
    links = {name: {"path": f"/{name}", "heading": name} for name in ("one", "two")}
    environment = Environment.model_validate({"links": links, "features": {"extras": False}})
    return load_checklist(tmp_path, "demo", environment)


@pytest.fixture
def checks(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> dict[str, pytest.Function]:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyprojecttoml(f"[tool.pytest.ini_options]\nmarkers = {json.dumps(MARKERS)}")
    return {item.name: cast(pytest.Function, item) for item in pytester.getitems(CHECKS)}


def names(items: list[pytest.Item]) -> list[str]:
    return [item.name for item in items]


def test_a_template_is_filled_in_with_the_entry(checks: dict[str, pytest.Function]) -> None:
    assert covers(checks["test_a_and_b"]) == ("a", "b")
    assert covers(checks["test_link[two]"]) == ("link.two",)


def test_a_check_of_an_empty_table_has_nothing_to_look_at(
    checks: dict[str, pytest.Function],
) -> None:
    assert [name for name, item in checks.items() if has_nothing_to_look_at(item)] == [
        "test_tile[None]"
    ]


def test_right_checks_have_no_mistakes(
    checks: dict[str, pytest.Function], checklist: Checklist
) -> None:
    assert list(mistakes(checks.values(), checklist.declared)) == []


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({}, ["test_a_and_b", "test_b", "test_link[one]", "test_link[two]", "test_end"]),
        ({"only_production": True}, ["test_a_and_b", "test_link[one]", "test_link[two]"]),
        ({"read_only": True}, ["test_a_and_b", "test_end"]),
        ({"only_production": True, "read_only": True}, ["test_a_and_b"]),
    ],
    ids=str,
)
def test_a_run_takes_what_it_may_and_the_closing_ones_last(
    checks: dict[str, pytest.Function],
    checklist: Checklist,
    options: dict[str, bool],
    kept: list[str],
) -> None:
    scope = {"only_production": False, "read_only": False, **options}
    parts = split(list(checks.values()), checklist, **scope)
    assert names(parts.kept) == kept
    assert names(parts.not_applicable) == ["test_tile[None]", "test_extra"]
    assert len(parts.kept) + len(parts.out_of_scope) == 5


def planned(
    checks: dict[str, pytest.Function], checklist: Checklist, **scope: Any
) -> dict[str, Any]:
    collected = list(checks.values())
    kept = split(collected, checklist, only_production=False, read_only=True).kept
    return {item["id"]: item for item in plan(checklist, collected, kept, **scope)["items"]}


def test_only_what_is_in_scope_is_required(
    checks: dict[str, pytest.Function], checklist: Checklist
) -> None:
    items = planned(checks, checklist, whole=True)
    required = {name for name, item in items.items() if item["required"]}
    assert required == {"a", "b", "end", "alone"}, "what has no check cannot be out of scope"
    assert items["link.one"]["why"] == "outside this run's scope"


def test_an_item_without_a_check_is_told_when_all_were_collected(
    checks: dict[str, pytest.Function], checklist: Checklist
) -> None:
    whole = planned(checks, checklist, whole=True)
    assert {name for name, item in whole.items() if not item["covered"]} == {"alone"}
    part = planned(checks, checklist, whole=False)
    assert {name for name, item in part.items() if not item["covered"]} == set()


def test_what_a_person_answers_for_needs_no_check_and_is_in_every_scope(
    checks: dict[str, pytest.Function], checklist: Checklist
) -> None:
    by_hand = [replace(i, by_hand=True) if i.id == "alone" else i for i in checklist.items]
    known = replace(checklist, items=tuple(by_hand))
    item = planned(checks, known, whole=True)["alone"]
    assert (item["covered"], item["required"], item["why"]) == (True, True, "")


def test_the_plan_names_every_check_of_an_item(
    checks: dict[str, pytest.Function], checklist: Checklist
) -> None:
    named = planned(checks, checklist, whole=True)["b"]["checks"]
    assert [name.rpartition("::")[2] for name in named] == ["test_a_and_b", "test_b"]


def test_a_ticket_is_titled_by_the_first_line_and_the_entry(
    checks: dict[str, pytest.Function], checklist: Checklist
) -> None:
    assert ticket(checks["test_a_and_b"], checklist, 1).title == "A and B are right."
    assert ticket(checks["test_link[two]"], checklist, 1).title == "Each link leads on. (two)"
    assert ticket(checks["test_b"], checklist, 1).title == "test_b"


def test_a_ticket_leaves_out_what_is_not_applicable(
    checks: dict[str, pytest.Function], checklist: Checklist
) -> None:
    assert ticket(checks["test_extra"], checklist, 1).covers == ()
    assert ticket(checks["test_end"], checklist, 1).stage is Stage.CLOSING


def test_a_waived_item_keeps_no_soak_from_beginning(
    checks: dict[str, pytest.Function], checklist: Checklist
) -> None:
    assert "b" not in ticket(checks["test_b"], checklist, 1).light
    assert "b" in ticket(checks["test_b"], checklist, 1, ["b"]).light
