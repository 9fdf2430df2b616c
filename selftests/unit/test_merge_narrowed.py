"""Runs that were given paths do not know what they left out: merging them never makes a GO of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from postdeploy import cli
from postdeploy.merge import merge_runs
from postdeploy.record.builder import build_record
from postdeploy.record.journal import Journal
from postdeploy.record.seal import seal
from selftests.unit.sample_journal import attempt, end_entry, item, plan_entry, run_entry

PATHS = {"markers": "", "keyword": "", "paths": ["tests/smoke"]}
LEFT_OUT = {"required": False, "why": "outside this run's scope"}


def entries(name: str, items: list[dict[str, Any]], **outcomes: str) -> list[dict[str, Any]]:
    """A run's journal; `paths` in its name: it was given paths."""
    narrowed = {"selection": PATHS, "partial": True} if "paths" in name else {}
    return [
        run_entry(run_id=name, **narrowed),
        plan_entry(items, selected=list(outcomes)),
        *(attempt(one, how, uid=f"{name}-{one}") for one, how in outcomes.items()),
        end_entry(pytest_exit=int(set(outcomes.values()) > {"passed"})),
    ]


def written(folder: Path, told: list[dict[str, Any]]) -> Path:
    with Journal(folder / "journal.jsonl") as journal:
        for entry in told:
            journal.append(entry)
    seal(folder, "run")
    return folder


def given(reports: Path, name: str, items: list[dict[str, Any]], **outcomes: str) -> Path:
    (reports / name).mkdir()
    return written(reports / name, entries(name, items, **outcomes))


def of_paths(reports: Path, name: str = "paths") -> Path:
    """A run of one file: of item b, which it did not collect, it requires nothing."""
    return given(reports, name, [item("a"), item("b", **LEFT_OUT)], a="passed")


@pytest.mark.parametrize("names", [["paths"], ["paths-1", "paths-2"]])
def test_runs_that_were_all_given_paths_are_refused(
    tmp_path: Path, names: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [str(of_paths(tmp_path, name)) for name in names]
    assert cli.main(["record", "merge", *folders]) == 4
    assert "was narrowed by paths (tests/smoke)" in capsys.readouterr().err
    assert len(list(tmp_path.iterdir())) == len(names)


def test_journals_of_runs_that_were_all_given_paths_are_partial() -> None:
    told = entries("paths", [item("a"), item("b", **LEFT_OUT)], a="passed")
    record = build_record([*told, *told])
    assert (record.verdict, record.partial) == (None, True)


@pytest.mark.parametrize("turned", [False, True], ids=["paths last", "paths first"])
@pytest.mark.parametrize(
    "lacking",
    [item("b"), item("b", covered=False, why="no check yet")],
    ids=["blocked", "no check"],
)
def test_what_a_whole_run_requires_a_run_of_paths_does_not_waive(
    tmp_path: Path, turned: bool, lacking: dict[str, Any]
) -> None:
    seen = {"a": "passed"} | ({"b": "blocked"} if lacking["covered"] else {})
    folders = [given(tmp_path, "whole", [item("a"), lacking], **seen), of_paths(tmp_path)]
    record = merge_runs(folders[::-1] if turned else folders).record
    assert (record.verdict, record.decision.rests_on) == ("BLOCKED", ("b",))


def test_a_whole_run_and_one_of_paths_are_a_go_where_both_saw_nothing_wrong(
    tmp_path: Path,
) -> None:
    whole = given(tmp_path, "whole", [item("a"), item("b")], a="passed", b="passed")
    assert merge_runs([whole, of_paths(tmp_path)]).record.verdict == "GO"
