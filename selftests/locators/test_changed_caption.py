"""A changed caption is found by the doctor, and adapting to it touches the target file alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from selftests.locators.lived_in import ROOT, live_in, sandbox

CHECK = "tests/e2e/qumis/test_single_policy_analysis.py"
OLD, NEW = 'analysis = "Generate analysis"', 'analysis = "Create report"'
pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def renamed() -> Iterator[Mapping[str, str]]:
    """A sandbox in which one button has another caption."""
    with sandbox("web.caption-renamed") as announced:
        live_in(announced)
        yield announced


def run(
    announced: Mapping[str, str], *command: str, seconds: float
) -> subprocess.CompletedProcess[str]:
    """A command of the project's, against that sandbox."""
    named = {"POSTDEPLOY_SANDBOX": f"{announced['control']}/addresses.json"}
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, **named, "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def doctor(announced: Mapping[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    """`postdeploy doctor --locators`."""
    main = "import sys; from postdeploy.cli import main; sys.exit(main())"
    arguments = ("doctor", "--locators", "--env", "sandbox", *options)
    return run(announced, "-c", main, *arguments, seconds=180)


def outcomes(announced: Mapping[str, str], targets: Path, reports: Path) -> dict[str, str]:
    """What the flow of one report comes to, item by item, with the target file in that folder."""
    done = run(
        announced,
        *("-m", "pytest", CHECK, "--env", "sandbox", "-q", "-p", "no:cacheprovider"),
        *("-o", f"postdeploy_targets={targets}", f"--reports={reports}"),
        *("--bound", "page_seconds=5"),
        seconds=180,
    )
    record = reports / "latest" / "record.json"
    assert record.is_file(), done.stdout + done.stderr
    rows = json.loads(record.read_text(encoding="utf-8"))["rows"]
    items = [item for row in rows for item in row["items"]]
    return {one["id"]: one["outcome"] for one in items if one["id"].startswith("analysis.")}


def test_every_locator_fits_a_healthy_product_that_is_in_use() -> None:
    with sandbox() as announced:
        live_in(announced)
        done = doctor(announced, "--json")
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    odd = [row for row in rows if row["wrong"] or row["state"] == "not reached"]
    assert odd == []
    assert done.returncode == 0, done.stderr
    pages = {row["page"] for row in rows if row["state"] == "OK"}
    assert {"login", "home", "viewer", "search", "report: custom", "chat, kept"} <= pages


def test_the_doctor_names_the_locator_and_what_it_may_be_called_now(
    renamed: Mapping[str, str],
) -> None:
    done = doctor(renamed)
    assert done.returncode == 1, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    told = " ".join(done.stdout.split())
    assert "none analysis button: button 'Generate analysis' (0)" in told
    assert "label: reports.generate.analysis nearest: button 'Create report'" in told
    assert "1 none" in told.rpartition("locators on")[2]


def test_a_changed_caption_is_adapted_to_by_one_label(
    renamed: Mapping[str, str], tmp_path: Path
) -> None:
    before = outcomes(renamed, ROOT / "targets", tmp_path / "before")
    assert before["analysis.loads"] == "failed"
    assert set(before.values()) == {"failed", "blocked"}
    text = (ROOT / "targets" / "qumis.toml").read_text(encoding="utf-8")
    assert text.count(OLD) == 1
    (tmp_path / "targets").mkdir()
    (tmp_path / "targets" / "qumis.toml").write_text(text.replace(OLD, NEW), encoding="utf-8")
    after = outcomes(renamed, tmp_path / "targets", tmp_path / "after")
    assert set(after.values()) == {"passed"}
