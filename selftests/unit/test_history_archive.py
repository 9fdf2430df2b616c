"""Records are kept once, found again, and nothing else that lies there does any harm."""

from __future__ import annotations

import gzip
import json
import os
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from postdeploy.history import kept as kept_form
from postdeploy.history.archive import Archive
from postdeploy.history.bucket import Bucket
from postdeploy.history.folder import Folder
from postdeploy.history.store import HistoryError, Store
from postdeploy.outcome import Verdict
from postdeploy.record.model import Record
from postdeploy.record.writers import json as json_writer
from selftests.unit.sample_history import FIRST, kept, record_of

BUCKET = "kept-runs"


@pytest.fixture(params=["folder", "bucket"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Store]:
    """A folder, and a bucket of moto's."""
    if request.param == "folder":
        yield Folder(tmp_path / "history")
        return
    for name, value in (("ACCESS_KEY_ID", "sandbox"), ("SECRET_ACCESS_KEY", "sandbox")):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        where = {"LocationConstraint": "eu-central-1"}
        boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)
        yield Bucket(BUCKET, "post/deploy")


def test_a_kept_run_is_found_again_with_its_record(store: Store) -> None:
    record = record_of(0, "failed", reason="nightly")
    assert Archive(store).keep(record, "https://ci.example/runs/7")
    (entry,) = Archive(store).find("qumis", "prod").entries
    run = entry.run
    assert (run.run_id, run.verdict, run.reason) == ("r0", Verdict.NO_GO, "nightly")
    assert (run.items, run.outcomes, run.link) == (("a",), "F", "https://ci.example/runs/7")
    assert Record.model_validate_json(Archive(store).record(entry)) == record


def test_runs_are_found_by_system_and_environment_oldest_first(store: Store) -> None:
    archive = Archive(store)
    for number in (2, 0, 1):
        archive.keep(record_of(number))
    archive.keep(record_of(3, environment="prod-eu"))
    archive.keep(record_of(4, system="qivr"))
    assert [run.run_id for run in archive.find("qumis", "prod").runs] == ["r0", "r1", "r2"]
    assert [run.run_id for run in archive.find("qumis").runs] == ["r0", "r1", "r2", "r3"]
    assert [run.run_id for run in archive.find(environment="prod").runs] == ["r0", "r1", "r2", "r4"]
    assert len(archive.find().runs) == 5


def test_of_each_place_only_the_last_are_read_when_so_many_are_asked_for(store: Store) -> None:
    archive = Archive(store)
    for number in range(5):
        archive.keep(record_of(number))
    found = archive.find("qumis", "prod", last=2)
    assert ([run.run_id for run in found.runs], found.older) == (
        ["r3", "r4"],
        {("qumis", "prod"): 3},
    )


def test_keeping_the_same_record_again_adds_nothing(store: Store) -> None:
    archive = Archive(store)
    assert archive.keep(record_of(0))
    before = {name: store.read(name) for name in store.names("r")}
    assert not archive.keep(record_of(0), "another link")
    assert {name: store.read(name) for name in store.names("r")} == before


def test_nothing_is_ever_overwritten(store: Store) -> None:
    assert store.add("runs/x/y/z.json", b"first")
    assert not store.add("runs/x/y/z.json", b"second")
    assert store.read("runs/x/y/z.json") == b"first"


def test_a_record_that_was_completed_afterwards_takes_the_place_of_its_run(store: Store) -> None:
    archive = Archive(store)
    archive.keep(record_of(0, "failed"))
    archive.keep(record_of(0, "passed"))
    assert [run.verdict for run in archive.find("qumis", "prod").runs] == [Verdict.GO]
    assert len(store.names("records/qumis/prod/")) == 2


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is no kept run"),
        (b"\x00\xff not json", "is no kept run"),
        (b"[1, 2]", "is no kept run"),
        (b'{"schema_version": 1}', "is no kept run"),
        (b'{"schema_version": 2, "all": "new"}', "is of schema version 2"),
        (b'{"schema_version": 1e999}', "is no kept run"),
        (b"[" * 100_000, "is no kept run"),
    ],
    ids=["empty", "binary", "list", "bare", "newer", "infinite", "deep"],
)
def test_what_is_no_kept_run_is_named_and_passed_over(
    tmp_path: Path, content: bytes, why: str
) -> None:
    store = Folder(tmp_path)
    archive = Archive(store)
    archive.keep(record_of(1))
    name = "runs/qumis/prod/20261101T020000Z-r0-0123456789ab.json"
    store.add(name, content)
    found = archive.find("qumis", "prod")
    assert [run.run_id for run in found.runs] == ["r1"]
    (told,) = found.passed_over
    assert told.startswith(f"{name} {why}")


def test_foreign_files_are_named_and_passed_over(store: Store) -> None:
    archive = Archive(store)
    archive.keep(record_of(0))
    store.add("runs/qumis/prod/notes.txt", b"by hand")
    store.add("runs/elsewhere.json", b"{}")
    assert len(archive.find().runs) == 1
    assert {text.split()[0] for text in archive.find().passed_over} == {
        "runs/qumis/prod/notes.txt",
        "runs/elsewhere.json",
    }


def test_a_run_of_another_environment_is_not_taken_for_this_ones_past(tmp_path: Path) -> None:
    store = Folder(tmp_path)
    line = kept_form.dump(kept(0, "F", environment="qa"))
    store.add("runs/qumis/prod/20261101T020000Z-r0-0123456789ab.json", line)
    found = Archive(store).find("qumis", "prod")
    assert found.runs == []
    assert found.passed_over[0].endswith("is of qumis/qa")


@pytest.mark.parametrize(
    "changes",
    [
        {"outcomes": "PP"},
        {"outcomes": "X"},
        {"seconds": [-1.0]},
        {"seconds": ["NaN"]},
        {"started": "yesterday"},
        {"started": "0001-01-01T00:00:00+14:00"},
        {"verdict": "MAYBE"},
    ],
    ids=str,
)
def test_a_compact_form_that_does_not_hold_together_is_refused(changes: dict[str, Any]) -> None:
    whole = json.loads(kept_form.dump(kept(0, "P")))
    assert kept_form.load(json.dumps(whole).encode()) == kept(0, "P")
    with pytest.raises(kept_form.Unreadable, match="is no kept run"):
        kept_form.load(json.dumps(whole | changes).encode())


def test_a_key_that_a_later_postdeploy_adds_is_passed_over() -> None:
    line = json.dumps(json.loads(kept_form.dump(kept(0, "P"))) | {"mood": "good"}).encode()
    assert kept_form.load(line) == kept(0, "P")


@pytest.mark.parametrize("name", ["../../etc", "..", ".hidden", "a/b", "a b", "ä", "%", "x" * 300])
def test_whatever_a_run_is_called_it_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    archive = Archive(Folder(tmp_path / "history"))
    archive.keep(record_of(0, run_id=name, system=name, environment=name))
    assert [run.run_id for run in archive.find(name, name).runs] == [name]
    assert [path.name for path in tmp_path.iterdir()] == ["history"]


def damage(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(path.read_bytes()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with three kept runs."""
    archive = Archive(Folder(tmp_path))
    for number in range(3):
        archive.keep(record_of(number))
    return tmp_path


@pytest.mark.parametrize(
    "change",
    [
        lambda old: old[:0],
        lambda old: old[:-40],
        lambda old: old.replace(b'"outcomes":"P"', b'"outcomes":"F"'),
        lambda old: b"\x00" * 5000 + old,
        lambda old: old + b"00000000 x {}\n",
        lambda old: old.replace(b"\n", b""),
    ],
    ids=["empty", "torn", "changed", "zeros", "foreign", "one-line"],
)
def test_a_damaged_index_is_made_again(folder: Path, change: Callable[[bytes], bytes]) -> None:
    index = folder / "index" / "qumis" / "prod.jsonl"
    damage(index, change)
    found = Archive(Folder(folder)).find("qumis", "prod")
    assert [run.outcomes for run in found.runs] == ["P", "P", "P"]
    assert found.passed_over == ()
    reads: list[str] = []
    assert len(Archive(counted(Folder(folder), reads)).find("qumis", "prod").runs) == 3
    assert reads == []


def counted(store: Folder, reads: list[str]) -> Folder:
    """The store, which now notes what is read of it one by one."""
    read = store.read

    def noted(name: str) -> bytes:
        reads.append(name)
        return read(name)

    store.read = noted  # type: ignore[method-assign]
    return store


def test_a_missing_index_is_made_again(folder: Path) -> None:
    index = folder / "index" / "qumis" / "prod.jsonl"
    before = index.read_bytes()
    index.unlink()
    assert len(Archive(Folder(folder)).find("qumis", "prod").runs) == 3
    assert sorted(index.read_bytes().splitlines()) == sorted(before.splitlines())


def test_a_run_that_was_taken_out_of_the_folder_is_gone_from_the_index_too(folder: Path) -> None:
    next((folder / "runs" / "qumis" / "prod").glob("*-r1-*")).unlink()
    assert [run.run_id for run in Archive(Folder(folder)).find().runs] == ["r0", "r2"]


def test_a_folder_that_may_only_be_read_is_read(folder: Path) -> None:
    (folder / "index" / "qumis" / "prod.jsonl").unlink()
    (folder / "index" / "qumis").rmdir()
    (folder / "index").rmdir()
    (folder / "index").write_text("nothing can be made below a file")
    assert len(Archive(Folder(folder)).find().runs) == 3


def test_a_pipe_or_a_link_among_the_runs_is_not_opened(folder: Path) -> None:
    place = folder / "runs" / "qumis" / "prod"
    os.mkfifo(place / "20261109T020000Z-r9-0123456789ab.json")
    (place / "20261108T020000Z-r8-0123456789ab.json").symlink_to("/dev/zero")
    assert len(Archive(Folder(folder)).find("qumis", "prod").runs) == 3


def test_a_file_name_that_is_no_text_is_told(folder: Path) -> None:
    place = os.fsencode(folder / "runs" / "qumis" / "prod")
    with open(os.path.join(place, b"\xff\x1b[31m.json"), "wb"):  # noqa: PTH118, PTH123 - bytes
        pass
    (told,) = Archive(Folder(folder)).find().passed_over
    assert "is not named like a kept run" in told


def test_a_file_too_large_for_a_run_is_not_read(folder: Path) -> None:
    name = "20261109T020000Z-r9-0123456789ab.json"
    with (folder / "runs" / "qumis" / "prod" / name).open("wb") as file:
        file.truncate(8_000_000_000)
    assert Archive(Folder(folder)).find().passed_over == (f"runs/qumis/prod/{name} is too large",)


def test_a_damaged_record_is_told(folder: Path) -> None:
    (entry, *_) = Archive(Folder(folder)).find().entries
    damage(folder / entry.record, lambda old: old[:30])
    with pytest.raises(HistoryError, match="is damaged"):
        Archive(Folder(folder)).record(entry)


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert Archive(Folder(tmp_path / "none")).find().entries == []


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "records").write_text("a file in the way")
    with pytest.raises(HistoryError, match="records/qumis/prod"):
        Archive(Folder(tmp_path)).keep(record_of(0))


def test_runs_that_end_at_the_same_moment_are_all_kept(tmp_path: Path) -> None:
    records = [record_of(0, run_id=f"at-once-{number}") for number in range(24)]
    together = threading.Barrier(len(records))

    def keep(record: Record) -> None:
        together.wait()
        Archive(Folder(tmp_path)).keep(record)

    threads = [threading.Thread(target=keep, args=(record,)) for record in records]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reads: list[str] = []
    found = Archive(counted(Folder(tmp_path), reads)).find("qumis", "prod")
    assert {run.run_id for run in found.runs} == {record.run_id for record in records}
    assert reads == []
    assert not list(tmp_path.rglob(".adding-*"))


def test_the_same_record_kept_twice_at_the_same_moment_is_kept_once(tmp_path: Path) -> None:
    together, kept_by = threading.Barrier(12), []

    def keep() -> None:
        together.wait()
        kept_by.append(Archive(Folder(tmp_path)).keep(record_of(0)))

    threads = [threading.Thread(target=keep) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(kept_by) == [False] * 11 + [True]


def test_what_is_kept_is_what_was_written(tmp_path: Path) -> None:
    record = record_of(0)
    Archive(Folder(tmp_path)).keep(record)
    (path,) = (tmp_path / "records").rglob("*.gz")
    assert gzip.decompress(path.read_bytes()).decode() == json_writer.render(record)


def test_the_seconds_of_an_item_are_those_of_its_longest_step() -> None:
    run = kept_form.compact(record_of(0), FIRST + timedelta(minutes=5))
    assert run.took == {"a": 1.0}
    assert kept_form.compact(record_of(0, "failed"), FIRST).took == {"a": None}
