"""A finished run looks back and is kept; whatever goes wrong with that, its verdict stays as it is."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from postdeploy.closing import Closing, close
from postdeploy.errors import ConfigError
from postdeploy.history import remembering
from postdeploy.history.archive import Archive
from postdeploy.history.conclusion import conclude
from postdeploy.history.folder import Folder
from postdeploy.history.place import Place, find_place
from postdeploy.history.remembering import Memory
from postdeploy.outcome import Outcome, Verdict
from postdeploy.record.builder import build_record
from postdeploy.record.journal import Journal, read_journal
from selftests.unit.sample_history import FIRST
from selftests.unit.sample_journal import attempt, journal_of


def end(root: Path, number: int, outcome: str = "passed", **changes: Any) -> Closing:
    """A run that has ended, with its journal and its record on disk."""
    folder = root / "reports" / f"r{number}"
    folder.mkdir(parents=True)
    started = FIRST.replace(day=number + 1).isoformat()
    entries = journal_of(
        [attempt("a", outcome)], **({"run_id": folder.name, "started": started} | changes)
    )
    (folder / "journal.jsonl").write_text("\n".join(json.dumps(entry) for entry in entries) + "\n")
    return close(folder, [], 0)


def remembered(ended: Closing, where: Path) -> Closing:
    """The run after it has been concluded, as a session does it."""
    run = Run(ended)
    conclude(run, Place(folder=where))
    assert run.outcome is not None
    return run.outcome


class Run:
    """A run that has ended; its search finds `exposed`."""

    def __init__(self, ended: Closing, exposed: bool = False) -> None:
        self.folder = ended.folder
        self.outcome: Closing | None = ended
        self.searched: list[str] = []
        self._exposed = exposed

    @property
    def notes(self) -> Run:
        return self

    def write(self, entry: Mapping[str, Any]) -> None:
        with Journal(self.folder / "journal.jsonl") as journal:
            journal.append(entry)

    def remake(self, when: datetime | None) -> None:
        self.outcome = close(self.folder, [], 0)
        assert when in (None, self.outcome.record.ended)

    def search(self) -> None:
        self.searched.append((self.folder / "record.json").read_text())
        if self._exposed:
            self.write({"kind": "secrecy", "text": "x is withheld."})
            self.remake(None)


@pytest.fixture
def where(tmp_path: Path) -> Path:
    return tmp_path / "history"


def test_a_finished_run_is_kept_and_the_next_one_knows_of_it(tmp_path: Path, where: Path) -> None:
    remembered(end(tmp_path, 0), where)
    second = remembered(end(tmp_path, 1, "failed"), where)
    (item,) = second.record.items
    assert item.history is not None
    assert item.history.course == "new red"
    on_disk = json.loads((second.folder / "record.json").read_text())
    assert on_disk["history"]["new_red"] == ["a"]
    assert on_disk["history"]["previous"]["run_id"] == "r0"
    assert [run.run_id for run in Archive(Folder(where)).find().runs] == ["r0", "r1"]


def test_the_kept_record_is_the_one_on_disk(tmp_path: Path, where: Path) -> None:
    remembered(end(tmp_path, 0), where)
    second = remembered(end(tmp_path, 1), where)
    newest = Archive(Folder(where)).find().entries[-1]
    assert Archive(Folder(where)).record(newest) == (second.folder / "record.json").read_bytes()


def test_the_record_can_be_made_again_from_the_journal_alone(tmp_path: Path, where: Path) -> None:
    remembered(end(tmp_path, 0), where)
    second = remembered(end(tmp_path, 1, "failed"), where)
    where.rename(tmp_path / "gone")
    assert build_record(read_journal(second.folder / "journal.jsonl")) == second.record


def test_a_partial_run_looks_back_and_is_not_kept(tmp_path: Path, where: Path) -> None:
    remembered(end(tmp_path, 0, "failed"), where)
    second = remembered(end(tmp_path, 1, "failed", partial=True), where)
    assert second.record.items[0].history is not None
    assert len(Archive(Folder(where)).find().runs) == 1


def test_what_was_said_of_an_outcome_is_not_said_of_another(tmp_path: Path, where: Path) -> None:
    remembered(end(tmp_path, 0, "failed"), where)
    second = remembered(end(tmp_path, 1, "blocked"), where)
    assert second.record.items[0].history is not None
    entries = read_journal(second.folder / "journal.jsonl")
    person = {"kind": "attestation", "item": "a", "by": "Ada", "at": "2026-11-03T00:00:00Z"}
    (item,) = build_record([*entries, person]).items
    assert (item.outcome, item.history) == (Outcome.ATTESTED, None)


def in_the_way(where: Path) -> None:
    where.write_text("a file where the folder should be")


def read_only_records(where: Path) -> None:
    where.mkdir()
    (where / "records").write_text("a file in the way")


@pytest.mark.parametrize("obstacle", [in_the_way, read_only_records])
@pytest.mark.parametrize(("outcome", "verdict"), [("passed", "GO"), ("failed", "NO-GO")])
def test_a_run_that_cannot_be_kept_says_so_and_has_the_verdict_it_had(
    tmp_path: Path, where: Path, obstacle: Any, outcome: str, verdict: str
) -> None:
    obstacle(where)
    ended = end(tmp_path, 0, outcome)
    closing = remembered(ended, where)
    assert (closing.record.verdict, closing.exit_code) == (verdict, ended.exit_code)
    (told,) = [text for text in closing.record.decision.warnings if "is not kept" in text]
    assert str(where) in told
    assert told in (closing.folder / "record.md").read_text().replace("\\", "")


@pytest.fixture
def silent(where: Path) -> Iterator[Path]:
    """A history whose first run's file never answers."""
    place = where / "index" / "qumis" / "staging.jsonl"
    place.parent.mkdir(parents=True)
    os.mkfifo(place)
    yield place
    writer = os.open(place, os.O_RDWR | os.O_NONBLOCK)  # let whoever still waits go
    os.close(writer)


def test_a_history_that_does_not_answer_is_not_waited_for(
    tmp_path: Path, where: Path, silent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = end(tmp_path, 0)
    run = "runs/qumis/staging/20261031T020000Z-r9-0123456789ab.json"
    Folder(where).add(run, b"{}")
    monkeypatch.setattr(remembering, "SECONDS", 0.2)
    closing = remembered(ended, where)
    assert (closing.record.verdict, closing.exit_code) == (Verdict.GO, 0)
    told = " ".join(closing.record.decision.warnings)
    assert f"The history {where} could not be read: no answer within 0.2 s" in told
    assert silent.exists()
    # Whoever is left behind must not hold up the end of the process.
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "history")


def test_a_history_that_takes_forever_to_keep_a_run_is_not_waited_for(
    tmp_path: Path, where: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()
    monkeypatch.setattr(Folder, "add", lambda *_: over.wait())
    monkeypatch.setattr(remembering, "SECONDS", 0.2)
    closing = remembered(end(tmp_path, 0), where)
    over.set()
    assert (closing.record.verdict, closing.exit_code) == (Verdict.GO, 0)
    told = f"The record is not kept in the history {where}: no answer within 0.2 s"
    assert told in closing.record.decision.warnings


def test_only_a_record_that_was_searched_is_kept(tmp_path: Path, where: Path) -> None:
    remembered(end(tmp_path, 0), where)
    run = Run(end(tmp_path, 1, "failed"))
    conclude(run, Place(folder=where))
    newest = Archive(Folder(where)).find().entries[-1]
    assert [text.encode() for text in run.searched] == [Archive(Folder(where)).record(newest)]


def test_what_the_search_found_is_in_the_kept_record(tmp_path: Path, where: Path) -> None:
    run = Run(end(tmp_path, 0), exposed=True)
    conclude(run, Place(folder=where))
    assert [one.verdict for one in Archive(Folder(where)).find().runs] == [Verdict.BLOCKED]


def test_what_the_search_found_outlasts_a_failure_to_keep(tmp_path: Path, where: Path) -> None:
    read_only_records(where)
    run = Run(end(tmp_path, 0), exposed=True)
    conclude(run, Place(folder=where))
    assert run.outcome is not None
    assert run.outcome.record.verdict is Verdict.BLOCKED
    assert "is not kept in the history" in run.outcome.trouble
    assert len(run.searched) == 1


def test_a_record_made_again_for_a_warning_is_searched_again(tmp_path: Path, where: Path) -> None:
    read_only_records(where)
    run = Run(end(tmp_path, 0))
    conclude(run, Place(folder=where))
    assert "is not kept in the history" in run.searched[-1]
    assert len(run.searched) == 2


def test_without_a_history_a_run_is_only_searched(tmp_path: Path) -> None:
    run = Run(end(tmp_path, 0))
    conclude(run, None)
    assert len(run.searched) == 1


@pytest.mark.parametrize("name", ["look_back", "keep"])
def test_who_is_in_a_hurry_goes_without_the_history_and_not_without_the_search(
    tmp_path: Path, where: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def hurried(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(remembering.Memory, name, hurried)
    run = Run(end(tmp_path, 0))
    conclude(run, Place(folder=where))
    assert len(run.searched) == 1


def test_a_record_that_is_not_on_disk_is_not_kept(tmp_path: Path, where: Path) -> None:
    ended = end(tmp_path, 0)
    (ended.folder / "record.json").unlink()
    (told,) = Memory(Place(folder=where)).keep(ended.record, ended.folder)
    assert "is not on disk" in told["text"]
    assert not where.exists()


def test_strange_things_in_the_history_are_told_but_not_all_of_them(
    tmp_path: Path, where: Path
) -> None:
    for number in range(9):
        Folder(where).add(f"runs/qumis/staging/note-{number}.txt", b"")
    closing = remembered(end(tmp_path, 0), where)
    warnings = [text for text in closing.record.decision.warnings if "history" in text]
    assert len(warnings) == 4
    assert warnings[-1] == "In the history, 6 more things are no kept runs"
    assert closing.exit_code == 0


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("s3://kept-runs", "s3://kept-runs"),
        ("s3://kept-runs/", "s3://kept-runs"),
        ("s3://kept-runs/post/deploy/", "s3://kept-runs/post/deploy"),
        ("/var/history", "/var/history"),
        ("reports/history", "/project/reports/history"),
    ],
)
def test_a_place_is_a_folder_or_a_bucket(text: str, shown: str) -> None:
    assert str(find_place(text, Path("/project"))) == shown


@pytest.mark.parametrize(
    "text",
    [
        "s3://",
        "s3:/kept-runs",
        "s3:kept-runs",
        "s3://Kept_Runs/x",
        "s3:///x",
        "s3://kept-runs/a//b",
        "s3://kept-runs/../b",
        "gs://kept-runs",
        "https://kept-runs.example",
    ],
)
def test_a_place_that_is_none_is_told_with_the_setting(text: str) -> None:
    with pytest.raises(ConfigError, match="POSTDEPLOY_HISTORY"):
        find_place(text, Path("/project"))


def test_a_file_is_no_place(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    with pytest.raises(ConfigError, match="is no folder"):
        find_place("x", tmp_path)


def test_no_setting_is_no_history() -> None:
    assert find_place("", Path("/project")) is None
