"""The checklist is fit to be read by people, and the documents keep up with the project's files."""

from __future__ import annotations

import os
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHECKLISTS = sorted((ROOT / "checklists").glob("*.toml"))


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=; ]", requirement)[0].lower() for requirement in requirements}


def test_there_is_a_checklist() -> None:
    assert CHECKLISTS


@pytest.mark.parametrize("path", CHECKLISTS, ids=lambda path: path.stem)
def test_each_item_has_a_title_of_its_own_and_says_what_to_do(path: Path) -> None:
    items = _toml(path)["items"]
    titles = Counter(item["title"] for item in items)
    assert [title for title, count in titles.items() if count > 1] == []
    assert [item["id"] for item in items if not item.get("remediation", "").endswith(".")] == []


@pytest.mark.parametrize("path", CHECKLISTS, ids=lambda path: path.stem)
def test_only_what_calls_for_a_rollback_raises_an_indicator(path: Path) -> None:
    items = _toml(path)["items"]
    assert [i["id"] for i in items if "indicator" in i and i["weight"] != "R"] == []


def test_the_qumis_checklist_raises_all_six_indicators() -> None:
    items = _toml(ROOT / "checklists" / "qumis.toml")["items"]
    assert len({item["indicator"] for item in items if "indicator" in item}) == 6


def test_every_dependency_has_its_line_and_its_pin() -> None:
    project = _toml(ROOT / "pyproject.toml")["project"]
    extras = project["optional-dependencies"]
    declared = _names([*project["dependencies"], *extras["sandbox"], *extras["dev"]])
    told = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert declared - set(re.findall(r"[a-z][a-z0-9-]+(?:\.[a-z]+)*", told)) == set()
    assert declared - _names(pinned) == set()


def test_workflows_name_actions_by_commit_alone() -> None:
    workflows = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    used = [use for path in workflows for use in re.findall(r"uses: (\S+)", path.read_text())]
    assert used
    loose = [use for use in used if not re.search(r"^\./|@[0-9a-f]{40}$", use)]
    assert loose == []


@pytest.mark.parametrize("path", [".ci/run", "scripts/setup", "scripts/smoke"])
def test_scripts_can_be_executed(path: str) -> None:
    assert os.access(ROOT / path, os.X_OK)
