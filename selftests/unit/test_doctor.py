"""The doctor asks for a browser only where a system has pages, and names what a person answers for."""

from __future__ import annotations

from pathlib import Path

import pytest

from postdeploy import doctor
from postdeploy.doctor import examine
from postdeploy.target import Target
from postdeploy.trials.finding import Finding

TARGET = """
system = "demo"
[environments.sandbox]
discovery = "http://127.0.0.1:9/addresses.json"
endpoints.api = { url = "${sandbox.api}/health" }
"""
CHECKLIST = """
system = "demo"
[[rows]]
id = "1"
title = "1. All"
[[items]]
id = "health.{name}"
each = "endpoints"
row = "1"
weight = "R"
title = "{name} is well"
[[items]]
id = "workflow"
by_hand = true
row = "1"
weight = "F"
title = "It works"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder, text in (("targets", TARGET), ("checklists", CHECKLIST)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "demo.toml").write_text(text)
    return tmp_path


def found(root: Path) -> dict[str, Finding]:
    return {finding.what: finding for finding in examine(root, "demo", "sandbox")}


def test_a_system_without_pages_needs_no_browser(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def browser(target: Target, root: Path) -> Finding:
        raise AssertionError(f"a browser was looked for: {target.system} {root}")

    monkeypatch.setattr(doctor, "_a_browser", browser)
    machine = {"waivers", "python", "reports folder", "lease folder", "leftover ledgers", "proxy"}
    assert set(found(root)) == {"files", "settings", *machine}


def test_what_a_person_answers_for_is_counted(root: Path) -> None:
    assert found(root)["files"].told.endswith("(2 items, 1 of them answered by a person)")
