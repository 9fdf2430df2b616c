"""Records that are made after their runs have ended have a past as well, and become one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from postdeploy import cli
from postdeploy.history.archive import Archive
from postdeploy.history.folder import Folder
from postdeploy.record.journal import Journal, read_journal
from postdeploy.record.seal import seal
from postdeploy.record.verifying import verify
from postdeploy.secrecy import PUBLISHABLE, publish
from selftests.unit.sample_journal import end_entry, item, plan_entry, run_entry
from selftests.unit.test_merge import shard


def runs(where: Path) -> list[tuple[str, str]]:
    """Of each kept run, the id and the verdict."""
    found = Archive(Folder(where)).find()
    assert found.passed_over == ()
    return [(run.run_id, str(run.verdict)) for run in found.runs]


def merge(root: Path, where: Path, name: str, **more: object) -> Path:
    """Two shards, merged into `<root>/<name>`, which the history `where` is told of."""
    given = []
    for number in (1, 2):
        told = {"name": f"{name}-{number}", "checks": {"a": 1, "b": 2}} | more
        given.append(shard(root / "shards", number, of=2, **told))  # type: ignore[arg-type]
        publish(given[-1], ["journal.jsonl"])
    out = root / name
    asked = ["--out", str(out), "--history", str(where)]
    cli.main(["record", "merge", *(str(one) for one in given), *asked])
    assert (out / "record.json").is_file()
    return out


@pytest.fixture
def where(tmp_path: Path) -> Path:
    return tmp_path / "history"


def test_a_merged_record_knows_its_past_and_is_kept(tmp_path: Path, where: Path) -> None:
    merge(tmp_path, where, "first", started="2026-03-01T10:00:00Z")
    red = merge(tmp_path, where, "second", started="2026-03-02T10:00:00Z", outcomes={"b": "failed"})
    record = json.loads((red / "record.json").read_text())
    assert record["history"]["new_red"] == ["b"]
    assert [verdict for _, verdict in runs(where)] == ["GO", record["verdict"]]
    assert verify(red).problems == ()
    assert "record.json" in (red / PUBLISHABLE).read_text().split()


def test_what_one_shard_was_told_of_its_past_says_nothing_of_the_whole(tmp_path: Path) -> None:
    first = shard(tmp_path, 1, of=1, checks={"a": 1}, ended=False)
    before = {"run_id": "r0", "at": "2026-03-01T10:00:00Z"}
    earlier = {"runs": 1, "first": before, "previous": before}
    said = {"outcome": "passed", "course": "fixed", "told": ["fixed"]}
    with Journal(first / "journal.jsonl") as journal:
        journal.append({"kind": "history", "run": earlier, "items": {"a": said}})
        journal.append(end_entry())
    seal(first, "run")
    assert cli.main(["record", "merge", str(first), "--out", str(tmp_path / "merged")]) == 0
    record = json.loads((tmp_path / "merged" / "record.json").read_text())
    assert [item["history"] for row in record["rows"] for item in row["items"]] == [None, None]
    kinds = [entry["kind"] for entry in read_journal(tmp_path / "merged" / "journal.jsonl")]
    assert "history" not in kinds


def test_an_attested_record_takes_the_place_of_the_one_before(tmp_path: Path, where: Path) -> None:
    folder = merge(tmp_path, where, "run", outcomes={"b": "blocked"})
    before = runs(where)
    words = ["--by", "Rita", "--note", "seen", "--history", str(where)]
    assert cli.main(["record", "attest", str(folder), "b", *words]) == 0
    assert before == [(before[0][0], "BLOCKED")]
    assert runs(where) == [(before[0][0], "GO")]


def test_a_killed_run_is_kept_once_it_is_recovered(tmp_path: Path, where: Path) -> None:
    killed = tmp_path / "killed"
    killed.mkdir()
    with Journal(killed / "journal.jsonl") as journal:
        journal.append(run_entry())
        journal.append(plan_entry([item("a", checks=["a"])]))
    assert cli.main(["record", "recover", str(killed), "--history", str(where)]) == 30
    assert [verdict for _, verdict in runs(where)] == ["BLOCKED"]


def test_a_history_that_takes_nothing_changes_no_verdict(
    tmp_path: Path, where: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (where / "runs").parent.mkdir()
    (where / "runs").write_text("no folder")
    (where / "records").write_text("no folder")
    out = merge(tmp_path, where, "run")
    assert json.loads((out / "record.json").read_text())["verdict"] == "GO"
    assert "is not kept in the history" in capsys.readouterr().err


def test_a_history_that_is_none_is_told_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = shard(tmp_path, 1, of=1, checks={"a": 1})
    out = tmp_path / "merged"
    asked = ["record", "merge", str(one), "--out", str(out), "--history", "ftp://x"]
    assert cli.main(asked) == 4
    assert "POSTDEPLOY_HISTORY" in capsys.readouterr().err
    assert not out.exists()
