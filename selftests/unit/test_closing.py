"""The end of a run: the record on disk, the exit code, and what happens when the disk refuses."""

from __future__ import annotations

import errno
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from postdeploy import cli
from postdeploy.closing import close
from postdeploy.record import writers
from postdeploy.record.writers import html
from postdeploy.record.writers.files import write_file
from selftests.unit.sample_journal import attempt, check_entry, end_entry, journal_of


def begun(folder: Path, entries: list[Any]) -> Path:
    """A run's folder with its journal."""
    folder.mkdir(parents=True)
    lines = [json.dumps(entry) for entry in entries]
    (folder / "journal.jsonl").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return begun(tmp_path / "reports" / "r1", journal_of([attempt("a")]))


def test_the_record_is_written_in_every_form_and_latest_points_to_it(folder: Path) -> None:
    assert close(folder, [], 0).exit_code == 0
    names = {path.name for path in (folder.parent / "latest").iterdir()}
    assert {"record.json", "record.md", "record.html", "junit.xml"} <= names


def test_latest_moves_on_to_the_newest_run(folder: Path) -> None:
    close(folder, [], 0)
    newer = begun(folder.parent / "r2", journal_of([attempt("a")]))
    close(newer, [], 0)
    assert (folder.parent / "latest").resolve() == newer
    assert sorted(path.name for path in folder.parent.iterdir()) == ["latest", "r1", "r2"]


@pytest.mark.parametrize(("pytest_exit", "code"), [(0, 1), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5)])
def test_pytests_own_codes_outweigh_the_verdict(
    tmp_path: Path, pytest_exit: int, code: int
) -> None:
    entries = journal_of([attempt("a", "failed")], end=end_entry(pytest_exit=pytest_exit))
    assert close(begun(tmp_path / "r1", entries), [], pytest_exit).exit_code == code


@pytest.fixture
def filling(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Makes a disk that takes so many documents of a run's folder, and is full from then on."""

    def fill(after: int) -> None:
        left = iter(range(after))

        def write(path: Path, text: str) -> None:
            if next(left, None) is None:
                raise OSError(errno.ENOSPC, "No space left on device")
            write_file(path, text)

        monkeypatch.setattr(writers, "write_file", write)

    return fill


def test_a_record_that_cannot_be_written_is_no_go_and_says_how_to_make_it_later(
    folder: Path, filling: Callable[[int], None]
) -> None:
    filling(0)
    closing = close(folder, [], 0)
    assert closing.exit_code == 30
    assert "record.json could not be written: No space left on device" in closing.trouble
    assert f"postdeploy record recover {folder}" in closing.trouble
    (told,) = re.findall(r"Meanwhile it is in (\S+)\.", closing.trouble)
    record = json.loads((Path(told) / "record.json").read_text())
    shutil.rmtree(told)
    assert record["verdict"] == "BLOCKED"


def test_no_go_stays_on_a_disk_that_is_full_after_it_was_written(
    folder: Path, filling: Callable[[int], None]
) -> None:
    filling(1)
    assert close(folder, [], 0).exit_code == 30
    assert not (folder / "record.json").exists()


def test_a_document_that_cannot_be_made_keeps_no_other_and_forbids_a_go(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html, "render", None)
    closing = close(folder, [], 0)
    assert (closing.exit_code, closing.record.verdict) == (30, "BLOCKED")
    assert "record.html could not be made" in closing.record.decision.because
    assert json.loads((folder / "record.json").read_text())["verdict"] == "BLOCKED"
    assert (folder / "junit.xml").exists()


def test_answers_that_only_a_report_carried_are_in_the_record(folder: Path) -> None:
    known, lost = attempt("a"), attempt("a", "failed", attempt=2)
    record = close(folder, [known, lost], 1).record
    (item,) = record.rows[0].items
    assert [one.outcome for one in item.attempts] == ["passed", "failed"]


def test_only_passed_checks_tell_how_long_they_take(tmp_path: Path) -> None:
    checks = [check_entry("a"), check_entry("b", "failed")]
    entries = journal_of([attempt("a", check="a")], others=checks)
    assert close(begun(tmp_path / "r1", entries), [], 0).durations == {"a": 1.0}


def test_a_record_can_be_shown_again_and_ends_with_its_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = begun(tmp_path / "r1", journal_of([attempt("a", "failed", note="it is wrong")]))
    close(folder, [], 1)
    assert cli.main(["record", "show", str(folder)]) == 1
    assert "it is wrong" in capsys.readouterr().out


def test_the_record_of_a_killed_run_is_made_from_its_journal_and_is_no_go(tmp_path: Path) -> None:
    folder = begun(tmp_path / "r1", journal_of([attempt("a")])[:-1])
    assert cli.main(["record", "recover", str(folder)]) == 30
    record = json.loads((folder / "record.json").read_text())
    assert (record["verdict"], record["how"]) == ("BLOCKED", "recovered")


def test_recovering_a_run_that_ended_changes_nothing(folder: Path) -> None:
    before = close(folder, [], 0).record
    assert cli.main(["record", "recover", str(folder)]) == 0
    assert close(folder, [], 0).record == before


@pytest.mark.parametrize("command", ["show", "recover"])
def test_a_folder_without_a_run_is_told_with_the_mend(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert cli.main(["record", command, str(tmp_path)]) == 4
    assert "is not there" in capsys.readouterr().err
