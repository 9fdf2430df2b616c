"""The last search of a run: what it withholds forbids a GO, is in the record, and is in no file that goes out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from postdeploy import cli, secrecy
from postdeploy.closing import Closing, close, search
from postdeploy.record.verifying import verify
from postdeploy.redact import Redactor
from selftests.unit.sample_journal import attempt, end_entry, journal_of

TOKEN = "tok-9f8e7d6c5b4a39281706f5e4"


def finished(folder: Path, *outcomes: str, pytest_exit: int = 0, **note: str) -> Closing:
    """A run whose record has been made."""
    folder.mkdir(parents=True)
    attempts = [attempt(f"i{number}", outcome) for number, outcome in enumerate(outcomes)]
    entries = journal_of(attempts, end=end_entry(pytest_exit=pytest_exit))
    entries += [{"kind": "warning", "text": text} for text in note.values()]
    lines = "".join(f"{json.dumps(entry)}\n" for entry in entries)
    (folder / "journal.jsonl").write_text(lines)
    return close(folder, [], pytest_exit)


def searched(closing: Closing) -> Closing:
    redactor = Redactor()
    redactor.learn(TOKEN, "bearer token")
    return search(closing, [], 0, redactor)


def record(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "record.json").read_text())
    return read


def publishable(folder: Path) -> set[str]:
    return set((folder / "publishable.txt").read_text().splitlines())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "reports" / "r1"


def test_where_nothing_is_found_the_record_stays_and_all_may_go_out(folder: Path) -> None:
    made = finished(folder, "passed")
    before = (folder / "record.json").read_bytes()
    closing = searched(made)
    assert (closing.exit_code, closing.trouble) == (0, "")
    assert (folder / "record.json").read_bytes() == before
    assert publishable(folder) == {path.name for path in folder.iterdir()}


def test_a_record_that_is_made_again_later_was_not_searched(folder: Path) -> None:
    searched(finished(folder, "passed"))
    close(folder, [], 0)
    assert not (folder / "publishable.txt").exists()


@pytest.mark.parametrize(("outcome", "code"), [("passed", 30), ("failed", 1)])
def test_a_find_forbids_a_go_and_takes_no_failure_back(
    folder: Path, outcome: str, code: int
) -> None:
    made = finished(folder, outcome)
    (folder / "kept.log").write_text(f"seen {TOKEN}")
    closing = searched(made)
    assert closing.exit_code == code == record(folder)["exit_code"]
    told = json.dumps(record(folder)["decision"])
    assert "kept.log is withheld: it holds a secret (bearer token)." in told
    assert "kept.log" not in publishable(folder)


def test_a_record_that_holds_a_secret_is_made_anew_without_it(folder: Path) -> None:
    closing = searched(finished(folder, "passed", note=f"seen {TOKEN}"))
    assert closing.exit_code == 30
    for name in ("journal.jsonl", "record.json", "record.md", "record.html"):
        assert TOKEN not in (folder / name).read_text()
        assert name in publishable(folder)
        assert f"{name} is withheld: it holds a secret (bearer token)." in str(record(folder))
    withheld = folder.parent / ".withheld" / "r1"
    assert TOKEN in (withheld / "record.json").read_text()
    assert "seen [redacted]" in record(folder)["decision"]["warnings"]


def test_a_record_that_cannot_be_cleaned_is_no_endless_loop(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = finished(folder, "passed", note=f"seen {TOKEN}")
    monkeypatch.setattr(Redactor, "clean_bytes", lambda _, data: data)
    closing = searched(made)
    assert closing.exit_code == 30
    assert "record.json is withheld" in closing.trouble
    assert publishable(folder).isdisjoint({"record.json", "journal.jsonl"})


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk does not take the list of what may go out."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(secrecy, "publish", refuse)


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize(
    ("outcome", "verdict", "code"), [("passed", "BLOCKED", 30), ("failed", "NO-GO", 1)]
)
def test_a_search_that_fails_is_no_search(
    folder: Path, outcome: str, verdict: str, code: int
) -> None:
    closing = searched(finished(folder, outcome))
    assert closing.exit_code == code
    assert "could not be searched for secrets" in closing.trouble
    assert not (folder / "publishable.txt").exists()
    assert (record(folder)["verdict"], record(folder)["exit_code"]) == (verdict, code)
    assert "could not be searched for secrets" in json.dumps(record(folder)["decision"])
    assert verify(folder).problems == ()


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("ask", [["gate"], ["record", "merge"], ["record", "recover"]], ids=str)
def test_nobody_hears_of_a_go_afterwards_that_was_not_searched(
    folder: Path, ask: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    searched(finished(folder, "passed"))
    assert cli.main([*ask, str(folder)]) == 30
    assert "GO:" not in capsys.readouterr().out.replace("NO-GO", "")


@pytest.mark.usefixtures("full")
def test_a_record_that_cannot_say_that_nobody_searched_has_no_seal(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = finished(folder, "passed")

    def refuse(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("postdeploy.closing._append", refuse)
    closing = searched(made)
    assert (closing.exit_code, closing.digest) == (30, "")
    assert not (folder / "seal.json").exists()
    monkeypatch.undo()
    assert cli.main(["gate", str(folder)]) == 30
    assert cli.main(["record", "merge", str(folder)]) == 30
