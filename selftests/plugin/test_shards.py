"""A run that is divided looks at everything that a whole one looks at, and its records add up to the same verdict."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from postdeploy.record.verifying import verify
from selftests.plugin.conftest import Make
from selftests.plugin.project import Finished, Project

CHECKS = "tests/smoke/test_observations.py"
BY_HAND = """
[[items]]
id = "workflow"
row = "2"
weight = "F"
by_hand = true
title = "What only a person can try"
"""


def journal(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]


def division(folder: Path) -> Mapping[str, Any]:
    return next(entry for entry in journal(folder) if entry["kind"] == "shard")


def command(project: Project, *words: str) -> subprocess.CompletedProcess[str]:
    """`postdeploy …` in that project."""
    code = "import sys; from postdeploy.cli import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=project.root,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture(scope="module")
def divided(make: Make) -> tuple[Project, list[Path]]:
    """Three shards of one run, the second with workers; one check is red, and one item is for a person."""
    project = make(warn="wrong")
    with (project.root / "checklists" / "demo.toml").open("a") as checklist:
        checklist.write(BY_HAND)
    took = {f"{CHECKS}::test_right": 30.0, f"{CHECKS}::test_roll": 1.0, f"{CHECKS}::test_warn": 1.0}
    (project.root / "took.json").write_text(json.dumps(took))
    divide = ["--durations-file", "took.json", "--gate"]
    started = [
        project.start("--shard", f"{n}/3", "--reports", f"part{n}", *divide, "-n", "2" * (n == 2) or "0")
        for n in (1, 2, 3)
    ]  # fmt: skip
    ended = [project.end(process) for process in started]
    assert [run.code for run in ended] == [30, 30, 30], "\n".join(run.out for run in ended)
    return project, [project.root / f"part{n}" / "latest" for n in (1, 2, 3)]


def test_a_shard_says_that_it_has_no_verdict(divided: tuple[Project, list[Path]]) -> None:
    _, folders = divided
    for number, folder in enumerate(folders, start=1):
        record = json.loads((folder / "record.json").read_text())
        assert (record["verdict"], record["shard"]) == (None, f"shard {number} of 3")


def test_the_shards_take_every_check_once(divided: tuple[Project, list[Path]]) -> None:
    _, folders = divided
    taken = [division(folder)["checks"] for folder in folders]
    everything = {*taken[0], *division(folders[0])["others"]}
    assert sorted(check for checks in taken for check in checks) == sorted(everything)
    ran = [entry["check"] for folder in folders for entry in journal(folder) if entry["kind"] == "check"]  # fmt: skip
    assert sorted(ran) == sorted(everything)


def test_what_takes_long_is_alone(divided: tuple[Project, list[Path]]) -> None:
    _, folders = divided
    (alone,) = (checks for folder in folders if len(checks := division(folder)["checks"]) == 1)
    assert alone == [f"{CHECKS}::test_right"]


def test_merged_shards_are_as_one_run_and_a_person_makes_it_a_go(
    divided: tuple[Project, list[Path]],
) -> None:
    project, folders = divided
    merged = command(project, "record", "merge", *map(str, folders), "--out", "whole")
    assert merged.returncode == 30, merged.stderr
    record = json.loads((project.root / "whole" / "record.json").read_text())
    assert (record["verdict"], record["decision"]["rests_on"]) == ("BLOCKED", ["workflow"])
    outcomes = Finished(0, "", project.root / "whole").outcomes
    assert (outcomes["warn"], outcomes["thing.used"]) == ("failed", "passed")
    assert command(project, "gate", "whole").returncode == 30
    said = ["--by", "Rita", "--note", "tried it"]
    assert command(project, "record", "attest", "whole", "workflow", *said).returncode == 0
    assert command(project, "gate", "whole", "--max-age", "30m").returncode == 0
    assert command(project, "record", "verify", "whole").returncode == 0


def test_without_one_of_them_there_is_no_go(divided: tuple[Project, list[Path]]) -> None:
    project, folders = divided
    merged = command(project, "record", "merge", *map(str, folders[:2]), "--out", "two")
    assert merged.returncode == 30
    assert "Shard 3 of 3 is missing." in merged.stdout


def test_a_shard_leaves_the_durations_that_pytest_keeps_alone(
    divided: tuple[Project, list[Path]],
) -> None:
    project, _ = divided
    assert not list(project.root.rglob("postdeploy/durations"))


def test_a_run_is_sealed_when_it_ends(mixed: Finished) -> None:
    assert "Seal: " in mixed.out
    seals = [entry for entry in journal(mixed.folder) if entry["kind"] == "seal"]
    assert {"record.json", "record.html"} <= set(seals[-1]["files"])
    assert verify(mixed.folder).problems == ()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--shard", "5/4"], "--shard: '5/4' is no part of a run"),
        (["--durations-file", "took.json"], "--durations-file: divides nothing"),
        (["--shard", "1/2", "--durations-file", "absent.json"], "absent.json: cannot be read"),
    ],
)
def test_what_divides_nothing_is_refused(make: Make, options: list[str], message: str) -> None:
    run = make().run(*options)
    assert (run.code, message in run.out) == (4, True), run.out
