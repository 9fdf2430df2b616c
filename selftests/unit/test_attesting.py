"""A person answers for what was not seen, never against what was; the journal only grows, and alterations are found."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from postdeploy import cli
from postdeploy.closing import close
from postdeploy.record.attesting import Words, attest
from postdeploy.record.journal import Journal, read_journal
from postdeploy.record.seal import journal_lines, seal
from postdeploy.record.verifying import verify
from selftests.unit.sample_journal import attempt, item, journal_of

BY_HAND = ("register", "upload", "questions", "billing", "admin")
SHOT = {"kind": "screenshot", "title": "the page", "path": "evidence/a.png"}


def run_of(folder: Path, entries: list[Any]) -> Path:
    """A run that has ended, with its record and its seal."""
    (folder / "evidence").mkdir(parents=True)
    (folder / "evidence" / "a.png").write_bytes(b"picture")
    (folder / "evidence" / "b.txt").write_bytes(b"text")
    with Journal(folder / "journal.jsonl") as journal:
        for entry in entries:
            journal.append(entry)
    close(folder, [], 0)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five items for people, one that was seen well, and one that nobody could see."""
    items = [item(name, by_hand=True) for name in BY_HAND]
    seen = [attempt("health", evidence=[SHOT]), attempt("sentry.context", "blocked", note="403")]
    planned = [*items, item("health", weight="R"), item("sentry.context", weight="R")]
    return run_of(tmp_path / "r1", journal_of(seen, items=planned))


def told(folder: Path) -> tuple[str, int]:
    record = json.loads((folder / "record.json").read_text())
    return record["verdict"], record["exit_code"]


def outcome(folder: Path, name: str) -> dict[str, Any]:
    record = json.loads((folder / "record.json").read_text())
    items = [one for row in record["rows"] for one in row["items"] if one["id"] == name]
    found: dict[str, Any] = items[0]
    return found


def say(folder: Path, name: str, *more: str, by: str = "Rita", note: str = "seen") -> int:
    words = ["--by", by, "--note", note, *more]
    return cli.main(["record", "attest", str(folder), name, *words])


def test_what_people_look_at_becomes_a_go_by_attestations_alone(folder: Path) -> None:
    codes = [say(folder, name) for name in (*BY_HAND, "sentry.context")]
    assert codes == [30] * 5 + [0]
    assert told(folder) == ("GO", 0)
    assert outcome(folder, "billing")["note"] == "Rita answers for it: seen"


@pytest.mark.parametrize(
    ("name", "verdict"), [("sentry.context", "ROLLBACK"), ("billing", "NO-GO")]
)
def test_what_a_person_saw_wrong_has_the_weight_of_its_item(
    folder: Path, name: str, verdict: str
) -> None:
    assert say(folder, name, "--failed", note="no context") == {"ROLLBACK": 20, "NO-GO": 1}[verdict]
    assert told(folder)[0] == verdict
    assert outcome(folder, name)["note"] == "Rita saw it wrong: no context"


def test_a_later_good_word_takes_nothing_back_and_both_are_shown(folder: Path) -> None:
    say(folder, "billing", "--failed", note="charged twice")
    assert say(folder, "billing", by="Ann", note="fine again") == 1
    found = outcome(folder, "billing")
    assert (found["outcome"], [one["by"] for one in found["attestations"]]) == (
        "failed",
        ["Rita", "Ann"],
    )
    warnings = json.loads((folder / "record.json").read_text())["decision"]["warnings"]
    assert "Ann attested billing, but what Rita saw wrong stands" in warnings
    assert "charged twice" in (folder / "record.html").read_text()
    assert "fine again" in (folder / "record.html").read_text()


def test_a_later_bad_word_outweighs_a_good_one(folder: Path) -> None:
    say(folder, "billing")
    assert say(folder, "billing", "--failed", by="Ann", note="not at all") == 1


def test_the_same_words_twice_are_one_entry(folder: Path) -> None:
    say(folder, "billing")
    before = (folder / "journal.jsonl").read_bytes()
    assert say(folder, "billing") == 30
    assert (folder / "journal.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("health", ["--by", "R", "--note", "n"], "was observed: passed"),
        ("health", ["--by", "R", "--note", "n", "--failed"], "was observed: passed"),
        ("sentry.contxt", ["--by", "R", "--note", "n"], "Did you mean 'sentry.context'?"),
        ("billing", ["--note", "n"], "--by: says nothing"),
        ("billing", ["--by", " \n", "--note", "\t"], "--note: says nothing"),
    ],
)
def test_what_cannot_be_attested_is_refused_and_nothing_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, options: list[str], message: str
) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert cli.main(["record", "attest", str(folder), name, *options]) == 4
    assert message in capsys.readouterr().err
    assert {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()} == before


def test_a_failure_that_was_observed_cannot_be_attested_away(tmp_path: Path) -> None:
    folder = run_of(tmp_path / "r1", journal_of([attempt("a", "failed")]))
    assert say(folder, "a") == 4
    assert told(folder) == ("NO-GO", 1)


def test_what_is_not_applicable_needs_no_answer(tmp_path: Path) -> None:
    items = [item("a"), item("b", applicable=False)]
    folder = run_of(tmp_path / "r1", journal_of([attempt("a")], items=items))
    assert say(folder, "b", "--failed") == 4


def test_a_waived_item_needs_no_good_word_and_takes_a_bad_one(tmp_path: Path) -> None:
    waiver = {"kind": "waiver", "item": "a", "reason": "x", "owner": "y", "until": "2027-01-01"}
    seen = [attempt("a", "blocked"), attempt("b")]
    folder = run_of(tmp_path / "r1", journal_of(seen, others=[waiver]))
    assert say(folder, "a") == 4
    assert say(folder, "a", "--failed") == 0
    assert outcome(folder, "a")["waiver"]["covers"] == "failed"


def test_nothing_that_was_written_is_altered_and_every_entry_is_chained(folder: Path) -> None:
    before = (folder / "journal.jsonl").read_bytes()
    say(folder, "billing")
    after = (folder / "journal.jsonl").read_bytes()
    assert after.startswith(before)
    added = [json.loads(line) for line in journal_lines(after[len(before) :])]
    assert [entry["kind"] for entry in added] == ["attestation", "seal"]
    assert all(entry["previous"] and entry["at"] for entry in added)
    assert verify(folder).problems == ()


def test_every_document_is_written_anew(folder: Path) -> None:
    for name in BY_HAND:
        say(folder, name, by="Wilhelmina")
    documents = ("record.json", "record.md", "record.html", "junit.xml")
    assert all("Wilhelmina" in (folder / name).read_text() for name in documents[:3])
    assert 'errors="1"' in (folder / "junit.xml").read_text()


def test_words_are_one_line_and_stay_text(folder: Path) -> None:
    say(folder, "billing", by="Ri\nta\x1b[31m", note="<script>x</script>\n| y")
    assert outcome(folder, "billing")["attestation"]["by"] == "Ri ta"
    assert "<script>x" not in (folder / "record.html").read_text()


def test_latest_stays_where_it_was(folder: Path) -> None:
    newer = run_of(folder.parent / "r2", journal_of([attempt("a")]))
    say(folder, "billing")
    assert (folder.parent / "latest").resolve() == newer


def test_a_partial_run_has_no_verdict_after_it_either(tmp_path: Path) -> None:
    seen = [attempt("a", "blocked"), attempt("b")]
    entries = journal_of(seen, partial=True, partial_why="-k", gate=True)
    folder = run_of(tmp_path / "r1", entries)
    assert say(folder, "a") == 30
    assert json.loads((folder / "record.json").read_text())["verdict"] is None


def test_a_run_that_has_not_ended_is_recovered_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "r1"
    with Journal(folder / "journal.jsonl") as journal:
        for entry in journal_of([attempt("a", "blocked"), attempt("b")])[:-1]:
            journal.append(entry)
    assert say(folder, "a") == 4
    assert "postdeploy record recover" in capsys.readouterr().err
    assert cli.main(["record", "verify", str(folder)]) == 1
    assert "never sealed: the run was killed, or is still going on" in capsys.readouterr().out
    assert cli.main(["record", "recover", str(folder)]) == 30
    assert say(folder, "a") == 30  # what a killed run did not reach, nobody attests
    assert verify(folder).problems == ()
    assert [by for _, by in verify(folder).sealed] == ["recover", "attest"]


def test_a_folder_without_a_journal_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "journal.jsonl").unlink()
    assert say(folder, "billing") == 4
    assert "without its journal no record can be made anew" in capsys.readouterr().err


def test_evidence_that_was_pruned_does_not_stop_a_person_and_stays_missing(folder: Path) -> None:
    (folder / "evidence" / "a.png").unlink()
    assert say(folder, "billing") == 30
    assert verify(folder).problems == ("evidence/a.png is not there any more",)


def test_observations_that_the_journal_lost_are_not_lost_by_an_attestation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "r1"
    with Journal(folder / "journal.jsonl") as journal:
        for entry in journal_of([attempt("a", "blocked"), attempt("b")]):
            journal.append(entry)
    close(folder, [attempt("b", "failed", attempt=2)], 1)
    assert say(folder, "a") == 4
    assert "tells of 1 observations that the journal does not hold" in capsys.readouterr().err


def _attest(folder: Path, name: str) -> None:
    attest(folder, Words(name, "Rita", "seen"))


def test_two_people_at_once_are_both_heard(folder: Path) -> None:
    people = [multiprocessing.Process(target=_attest, args=(folder, name)) for name in BY_HAND]
    for person in people:
        person.start()
    for person in people:
        person.join(60)
    assert [outcome(folder, name)["outcome"] for name in BY_HAND] == ["attested"] * 5
    assert verify(folder).problems == ()


def test_a_seal_is_not_made_twice_of_the_same(folder: Path) -> None:
    before = (folder / "journal.jsonl").read_bytes()
    digest = seal(folder, "recover")
    assert (folder / "journal.jsonl").read_bytes() == before
    assert digest == verify(folder).digest


def test_the_last_word_of_a_worker_is_sealed_as_well(tmp_path: Path) -> None:
    folder = run_of(tmp_path / "r1", journal_of([attempt("a")]))
    with Journal(folder / "journal.jsonl") as journal:
        journal.append(attempt("a", attempt=2))
    close(folder, [], 0)
    assert verify(folder).problems == ()
    assert len(verify(folder).sealed) == 2


def test_a_damaged_attestation_may_have_held_a_failure() -> None:
    from postdeploy.record.builder import build_record

    damaged = {"kind": "attestation", "item": "a", "by": "Ann", "at": "yesterday"}
    record = build_record([*journal_of([attempt("a")]), damaged])
    assert record.verdict == "BLOCKED"


def test_a_bad_word_in_one_shard_outweighs_a_check_of_another() -> None:
    from postdeploy.record.builder import build_record

    said = {"kind": "attestation", "item": "a", "by": "Ann", "at": "2026-11-20T12:00:00Z"}
    entries = journal_of([attempt("a"), attempt("b")], others=[{**said, "failed": True}])
    assert build_record(entries).verdict == "NO-GO"


def test_kinds_of_entries_of_seals_are_known(folder: Path) -> None:
    from postdeploy.record.builder import build_record

    assert build_record(read_journal(folder / "journal.jsonl")).decision.warnings == ()
