"""A run is kept, and the next one says what is new; a history that is out of reach costs no run its verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from selftests.plugin.conftest import Make
from selftests.plugin.project import Finished, Project


@pytest.fixture(scope="module")
def runs(make: Make) -> dict[str, Finished]:
    """Runs of one environment, one after another, and one that keeps its record where nothing can be kept."""
    project = make()
    project.environment["POSTDEPLOY_HISTORY"] = "kept"
    done = {"healthy": _run(project, "-n", "0")}
    project.product.states |= {"right": "wrong"}
    done["partial"] = _run(project, "-k", "right")
    done["red"] = _run(project, "-n", "2")
    (project.root / "obstacle").mkdir()
    (project.root / "obstacle" / "records").write_text("a file in the way")
    project.environment["POSTDEPLOY_HISTORY"] = "s3:no"
    project.product.states.clear()
    done["unkept"] = _run(project, "-n", "0", "--history", "obstacle")
    done["mistaken"] = _run(project)
    return done


def _run(project: Project, *arguments: str) -> Finished:
    run = project.run(*arguments)
    return Finished(run.code, run.out, run.folder.resolve())


def test_the_first_run_has_nothing_to_be_compared_with(runs: dict[str, Finished]) -> None:
    assert (runs["healthy"].code, runs["healthy"].record["history"]) == (0, None)


def test_the_next_run_says_what_is_new(runs: dict[str, Finished]) -> None:
    first, run = runs["healthy"].record, runs["red"]
    assert (run.code, run.record["verdict"]) == (1, "NO-GO")
    assert run.record["history"]["new_red"] == ["right"]
    assert run.record["history"]["previous"]["run_id"] == first["run_id"]
    assert f"(run {first['run_id']})" in run.items["right"]["history"]["told"][0]
    assert "Beside 1 earlier run" in run.out
    assert "new red: green until" in run.out
    assert "new red: green until" in (run.folder / "record.md").read_text()


def test_runs_with_a_verdict_are_kept_once_and_partial_ones_not(runs: dict[str, Finished]) -> None:
    root: Path = runs["red"].folder.parents[1]
    kept = sorted((root / "kept" / "runs" / "demo" / "sandbox").iterdir())
    ids = [path.name.split("-", 1)[1].rpartition("-")[0] for path in kept]
    assert ids == [runs["healthy"].record["run_id"], runs["red"].record["run_id"]]
    assert runs["partial"].record["verdict"] is None
    assert runs["partial"].record["history"]["new_red"] == ["right"]


def test_a_run_that_cannot_be_kept_says_so_and_is_go(runs: dict[str, Finished]) -> None:
    run = runs["unkept"]
    assert (run.code, run.record["verdict"]) == (0, "GO")
    warnings = " ".join(run.record["decision"]["warnings"])
    assert "The record is not kept in the history" in warnings
    assert "obstacle" in run.out


def test_a_place_that_is_none_is_a_mistake_before_anything_runs(runs: dict[str, Finished]) -> None:
    run = runs["mistaken"]
    assert run.code == 4
    assert "POSTDEPLOY_HISTORY: 's3:no'" in run.out
