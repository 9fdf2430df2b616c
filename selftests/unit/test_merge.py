"""Merged records lose nothing: no attempt, no missing shard, and no doubt about what was looked at."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from postdeploy import cli
from postdeploy.closing import close
from postdeploy.merge import merge_runs
from postdeploy.record.journal import Journal
from postdeploy.record.model import Record
from postdeploy.record.seal import seal
from postdeploy.record.verifying import verify
from postdeploy.secrecy import publish
from selftests.unit.sample_journal import (
    attempt,
    check_entry,
    end_entry,
    item,
    plan_entry,
    run_entry,
)

CHECKS = {"a": 1, "b": 2, "c": 3, "d": 1}
"""Which shard each item's check is in; that of `id` is in each."""
SHOT = {"kind": "screenshot", "title": "the page", "path": "evidence/shot.png"}


def shard(
    reports: Path,
    index: int,
    of: int = 3,
    *,
    outcomes: dict[str, str] | None = None,
    name: str = "",
    identity: dict[str, Any] | None = None,
    checks: dict[str, int] | None = None,
    ended: bool = True,
    **run: Any,
) -> Path:
    """A shard's folder: its journal, its evidence and its seal."""
    outcomes, placed = outcomes or {}, checks or CHECKS
    mine = [one for one, place in placed.items() if place == index]
    others = [one for one in placed if one not in mine]
    run_id = name or f"run-{index}"
    entries: list[dict[str, Any]] = [
        run_entry(run_id=run_id, shard={"index": index, "of": of}, gate=True, **run),
        plan_entry([item(one, checks=[one]) for one in [*placed, "id"]], selected=[*mine, "id"])
        | {"checks": [*mine, "id"]},
        {"kind": "shard", "index": index, "of": of, "checks": [*mine, "id"], "others": others},
        {"kind": "identity", "when": "start", "versions": {"api": "v1"}, "deployments": {"api": "d1"}}
        | (identity or {}),
        *(_saw(one, outcomes.get(one, "passed"), run_id) for one in [*mine, "id"]),
    ]  # fmt: skip
    entries += [end_entry(pytest_exit=int("failed" in outcomes.values()))] if ended else []
    folder = reports / run_id
    (folder / "evidence").mkdir(parents=True)
    (folder / "evidence" / "shot.png").write_bytes(run_id.encode())
    with Journal(folder / "journal.jsonl") as journal:
        for entry in entries:
            journal.append(entry)
        for one in [*mine, "id"]:
            status = outcomes.get(one, "passed")
            check = "passed" if status == "passed" else "failed"
            journal.append(check_entry(one, check, evidence=[SHOT]))
    if ended:
        seal(folder, "run")
    return folder


def _saw(name: str, outcome: str, run_id: str) -> dict[str, Any]:
    return attempt(name, outcome, check=name, uid=f"{run_id}-{name}", evidence=[SHOT], worker="gw0")


def shards(reports: Path, **more: Any) -> list[Path]:
    return [shard(reports, number, **more) for number in (1, 2, 3)]


def merged(folders: list[Path], out: Path | None = None) -> Record:
    return merge_runs(folders, out).record


def test_a_shard_has_no_verdict_by_itself(tmp_path: Path) -> None:
    record = close(shard(tmp_path, 2), [], 0).record
    assert (record.verdict, record.exit_code, record.shard) == (None, 30, "shard 2 of 3")
    assert "shard 2 of 3 has no verdict by itself" in record.decision.because


def test_shards_that_add_up_are_one_run(tmp_path: Path) -> None:
    closing = merge_runs(shards(tmp_path))
    record = closing.record
    assert (record.verdict, closing.exit_code, record.partial) == ("GO", 0, False)
    assert record.merged_from == ("run-1", "run-2", "run-3")
    assert len(record.items) == 5
    assert record.run_id == closing.folder.name
    assert (tmp_path / "latest").resolve() == closing.folder
    assert verify(closing.folder).problems == ()


def test_every_attempt_is_kept_and_told_by_its_shard(tmp_path: Path) -> None:
    record = merged(shards(tmp_path))
    attempts = {one.id: [made.worker for made in one.attempts] for one in record.items}
    assert attempts["id"] == ["shard 1 of 3 gw0", "shard 2 of 3 gw0", "shard 3 of 3 gw0"]
    assert attempts["c"] == ["shard 3 of 3 gw0"]


def test_evidence_of_one_name_stays_apart(tmp_path: Path) -> None:
    closing = merge_runs(shards(tmp_path))
    paths = [made.evidence[0].path for one in closing.record.items for made in one.attempts]
    told = {path: (closing.folder / str(path)).read_text() for path in paths}
    assert set(told.values()) == {"run-1", "run-2", "run-3"}
    assert {one.evidence[0].path for one in closing.record.checks} == set(told)
    assert all(run in str(path) for path, run in told.items())


@pytest.mark.parametrize("outcome", ["failed", "blocked"])
def test_what_one_shard_saw_another_does_not_take_back(tmp_path: Path, outcome: str) -> None:
    folders = [
        shard(tmp_path, 1, outcomes={"id": outcome}),
        shard(tmp_path, 2),
        shard(tmp_path, 3),
    ]
    record = merged(folders)
    assert next(one for one in record.items if one.id == "id").outcome == outcome
    assert record.verdict == {"failed": "NO-GO", "blocked": "BLOCKED"}[outcome]


@pytest.mark.parametrize("missing", [1, 2, 3])
def test_a_missing_shard_is_blocked_and_not_forgotten(tmp_path: Path, missing: int) -> None:
    folders = [folder for folder in shards(tmp_path) if folder.name != f"run-{missing}"]
    record = merged(folders)
    assert (record.verdict, record.exit_code, record.partial) == ("BLOCKED", 30, False)
    assert f"Shard {missing} of 3 is missing." in record.decision.because
    lost = [name for name, place in CHECKS.items() if place == missing]
    items = {one.id: one for one in record.items}
    assert [items[name].outcome for name in lost] == ["blocked"] * len(lost)
    assert items[lost[0]].note == f"in shard {missing} of 3, which is missing"


def test_a_failure_is_told_although_a_shard_is_missing(tmp_path: Path) -> None:
    folders = [shard(tmp_path, 1, outcomes={"a": "failed"}), shard(tmp_path, 2)]
    assert merged(folders).verdict == "NO-GO"


def test_one_shard_alone_does_not_become_a_go_by_merging(tmp_path: Path) -> None:
    record = merged([shard(tmp_path, 1)])
    assert record.verdict == "BLOCKED"
    assert "Shard 2 of 3 is missing. Shard 3 of 3 is missing." in record.decision.because


def test_an_item_of_which_one_check_is_in_a_missing_shard_is_not_passed(tmp_path: Path) -> None:
    folder = shard(tmp_path, 1, of=2, checks={"a": 1, "b": 2})
    lines = (folder / "journal.jsonl").read_text()
    two_checks = lines.replace('"checks":["a"]', '"checks":["a","b"]', 1)
    (folder / "journal.jsonl").write_text(two_checks)
    record = merged([folder])
    assert next(one for one in record.items if one.id == "a").outcome == "blocked"


def test_shards_that_were_divided_otherwise_do_not_add_up(tmp_path: Path) -> None:
    folders = [
        shard(tmp_path, 1, of=2, checks={"a": 1, "b": 2, "c": 2}),
        shard(tmp_path, 2, of=2, checks={"a": 1, "b": 1, "c": 2}),
    ]
    record = merged(folders)
    assert record.verdict == "BLOCKED"
    assert "The shards were not divided alike, so that 1 check ran in none" in (
        record.decision.because
    )


def _search(folder: Path, *withheld: str) -> None:
    """What a search for secrets leaves behind: the list of what has passed."""
    files = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    publish(folder, [name for name in files if name not in withheld])


def test_what_is_made_of_what_had_passed_may_go_out(tmp_path: Path) -> None:
    folders = shards(tmp_path)
    for folder in folders:
        (folder / "evidence" / "film.webm").write_bytes(b"not searched")
        _search(folder, "evidence/film.webm")
    whole = merge_runs(folders).folder
    told = set((whole / "publishable.txt").read_text().splitlines())
    assert {"record.html", "journal.jsonl", "evidence/run-2/shot.png"} <= told
    assert [path.name for path in whole.rglob("*.webm")] == []


def test_what_is_made_of_what_nobody_searched_does_not_go_out(tmp_path: Path) -> None:
    folders = shards(tmp_path)
    for folder in folders[:2]:
        _search(folder)
    _search(folders[2], "journal.jsonl")
    assert not (merge_runs(folders).folder / "publishable.txt").exists()


def test_what_one_shard_could_not_see_a_retry_in_another_does_not_cover(tmp_path: Path) -> None:
    folders = [
        shard(tmp_path, 1, outcomes={"id": "blocked"}),
        shard(tmp_path, 2, outcomes={"id": "failed"}),
        shard(tmp_path, 3),
    ]
    with Journal(folders[1] / "journal.jsonl") as journal:
        journal.append({**_saw("id", "passed", "retry"), "attempt": 2})
    seal(folders[1], "run")
    assert next(one for one in merged(folders).items if one.id == "id").outcome == "blocked"


def test_a_check_that_said_nothing_in_one_shard_is_not_covered_by_another(tmp_path: Path) -> None:
    folders = shards(tmp_path)
    path = folders[1] / "journal.jsonl"
    kept = [line for line in path.read_bytes().splitlines() if b'"run-2-id"' not in line]
    path.write_bytes(b"\n".join(kept[:-1]) + b"\n")
    (folders[1] / "seal.json").unlink()
    seal(folders[1], "run")
    assert next(one for one in merged(folders).items if one.id == "id").outcome == "not run"


def test_a_check_without_an_end_in_one_shard_is_not_covered_by_another(tmp_path: Path) -> None:
    folders = [*shards(tmp_path)[:2], shard(tmp_path, 3, name="again", ended=False)]
    path = folders[1] / "journal.jsonl"
    kept = [line for line in path.read_bytes().splitlines() if b'"check":"id"' not in line]
    path.write_bytes(b"\n".join(kept[:-1]) + b"\n")
    assert next(one for one in merged(folders).items if one.id == "id").outcome == "not run"


def test_a_run_id_that_leads_elsewhere_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shard(tmp_path / "deep", 1)
    path = folder / "journal.jsonl"
    path.write_text(path.read_text().replace('"run_id":"run-1"', '"run_id":"../../x"'))
    assert cli.main(["record", "merge", str(folder)]) == 4
    assert "is no run id" in capsys.readouterr().err


def test_a_shard_that_was_killed_is_trouble(tmp_path: Path) -> None:
    folders = [*shards(tmp_path)[:2]]
    shutil.rmtree(tmp_path / "run-3")
    folders.append(shard(tmp_path, 3, ended=False))
    record = merged(folders)
    assert record.verdict == "BLOCKED"
    assert "The run did not come to its end" in record.decision.because


def test_two_last_words_of_one_shard_are_not_those_of_two(tmp_path: Path) -> None:
    folders = shards(tmp_path)
    shutil.rmtree(tmp_path / "run-3")
    folders[2] = shard(tmp_path, 3, ended=False)
    with Journal(folders[0] / "journal.jsonl") as journal:
        journal.append(end_entry())
    assert merged(folders).how == ""


def test_a_shard_that_was_narrowed_makes_the_whole_partial(tmp_path: Path) -> None:
    folders = [
        shard(tmp_path, 1, partial=True, partial_why="-k"),
        shard(tmp_path, 2),
        shard(tmp_path, 3),
    ]
    record = merged(folders)
    assert (record.verdict, record.partial, record.partial_why) == (None, True, "-k")


def test_a_shard_that_was_altered_is_no_go(tmp_path: Path) -> None:
    folders = shards(tmp_path, outcomes={"b": "blocked"})
    path = folders[1] / "journal.jsonl"
    path.write_text(path.read_text().replace('"outcome":"blocked"', '"outcome":"passed"', 1))
    record = merged(folders)
    assert record.verdict == "BLOCKED"
    assert "Shard 2 of 3 run-2: journal line 5 is changed." in record.decision.because


def test_a_shard_named_twice_counts_once(tmp_path: Path) -> None:
    folders = shards(tmp_path)
    copy = Path(shutil.copytree(folders[0], tmp_path / "copy"))
    record = merged([*folders, folders[0], copy])
    assert record.merged_from == ("run-1", "run-2", "run-3")
    assert [len(one.attempts) for one in record.items] == [1, 1, 1, 1, 3]


def test_a_shard_that_was_run_again_takes_nothing_back(tmp_path: Path) -> None:
    folders = [
        shard(tmp_path, 1),
        shard(tmp_path, 2, outcomes={"b": "failed"}),
        shard(tmp_path, 3),
        shard(tmp_path, 2, name="again"),
    ]
    record = merged(folders)
    assert record.verdict == "NO-GO"
    assert [made.outcome for one in record.items if one.id == "b" for made in one.attempts] == [
        "failed",
        "passed",
    ]


def test_a_shard_that_saw_no_deployment_is_no_go(tmp_path: Path) -> None:
    folders = [shard(tmp_path, 1), shard(tmp_path, 2, identity={"kind": "warning", "text": "x"})]
    folders.append(shard(tmp_path, 3))
    record = merged(folders)
    assert "Shard 2 of 3 did not see which deployment it looked at." in record.decision.because
    assert record.verdict == "BLOCKED"


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"system": "lexiscan"}, "is of another system (shard 1 of 2 run-1: qumis; shard 2"),
        ({"environment": "prod"}, "is of another environment"),
        ({"scope": "read-only"}, "is of another scope"),
        ({"version_expected": {"api": "v2"}}, "is of another expected version"),
        ({"of": 3}, "is of another number of shards"),
        ({"identity": {"versions": {"api": "v2"}}}, "another deployment: version of api (shard 1"),
        ({"identity": {"deployments": {"api": "d2"}}}, "another deployment: deployment of api"),
        ({"checks": {"a": 1, "x": 2}}, "has another checklist than shard 1 of 2 run-1"),
    ],
)
def test_records_of_different_deployments_are_refused(
    tmp_path: Path, other: dict[str, Any], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    usual: dict[str, Any] = {"of": 2, "checks": {"a": 1, "b": 2}}
    first = shard(tmp_path, 1, **usual)
    second = shard(tmp_path, 2, **{**usual, **other})
    assert cli.main(["record", "merge", str(first), str(second)]) == 4
    assert message in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run-1", "run-2"]


def test_a_deployment_that_changed_under_one_shard_is_trouble_of_the_whole(tmp_path: Path) -> None:
    folders = shards(tmp_path)
    shutil.rmtree(tmp_path / "run-1")
    entry = {"kind": "identity", "when": "end", "versions": {"api": "v2"}}
    folders[0] = shard(tmp_path, 1, ended=False)
    with Journal(folders[0] / "journal.jsonl") as journal:
        journal.append(entry)
        journal.append(end_entry())
    seal(folders[0], "run")
    assert "The version of api changed during the run: v1 to v2." in (
        merged(folders).decision.because
    )


def test_an_attestation_in_a_shard_counts_in_the_whole(tmp_path: Path) -> None:
    folders = shards(tmp_path, outcomes={"b": "blocked"})
    said = ["b", "--by", "Rita", "--note", "seen"]
    cli.main(["record", "attest", str(folders[1]), *said])
    closing = merge_runs(folders)
    assert closing.record.verdict == "GO"
    assert verify(closing.folder).problems == ()


def test_a_merged_record_can_be_attested_and_is_not_merged_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    closing = merge_runs(shards(tmp_path, outcomes={"b": "blocked"}), tmp_path / "whole" / "one")
    assert closing.exit_code == 30
    whole = str(closing.folder)
    assert cli.main(["record", "attest", whole, "b", "--by", "R", "--note", "n"]) == 0
    assert cli.main(["record", "merge", whole]) == 4
    assert "is a merged record already" in capsys.readouterr().err
    assert not (tmp_path / "whole" / "latest").exists()


def test_nothing_is_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = [str(folder) for folder in shards(tmp_path)]
    assert cli.main(["record", "merge", *folders, "--out", folders[0]]) == 4
    assert "is not empty" in capsys.readouterr().err


def test_folders_without_a_run_are_told_all_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = [tmp_path / "one", tmp_path / "two"]
    assert cli.main(["record", "merge", *map(str, empty)]) == 4
    assert capsys.readouterr().err.count("is not there") == 2


def test_the_command_ends_with_the_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = shards(tmp_path, outcomes={"c": "failed"})
    assert cli.main(["record", "merge", *map(str, folders)]) == 1
    assert capsys.readouterr().out.startswith("NO-GO: 1 item failed: c.")
