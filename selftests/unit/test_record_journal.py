"""The journal survives several writers and a process that dies in mid-write."""

import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from postdeploy.notebook import Notebook
from postdeploy.record.journal import Journal, read_journal
from selftests.unit.small_runs import make_run

WRITER = """
import sys
from pathlib import Path
from postdeploy.record.journal import Journal
journal = Journal(Path(sys.argv[1]))
for number in range(200):
    journal.append({"kind": "warning", "text": sys.argv[2] * 500, "number": number})
"""


def test_entries_come_back_in_order(tmp_path: Path) -> None:
    with Journal(tmp_path / "deep" / "journal.jsonl", durable=True) as journal:
        journal.append({"kind": "warning", "text": "one\ntwo \u2028 three"})
        journal.append({"kind": "warning", "text": "lone surrogate \udc80"})
    texts = [entry["text"] for entry in read_journal(tmp_path / "deep" / "journal.jsonl")]
    assert texts[0] == "one\ntwo \u2028 three"
    assert len(texts) == 2


def test_lines_of_several_processes_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    command = [sys.executable, "-c", WRITER, str(path)]
    writers = [subprocess.Popen([*command, letter]) for letter in "abc"]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    entries = read_journal(path)
    assert len(entries) == 600
    assert all(len(set(entry["text"])) == 1 for entry in entries)


def test_torn_last_line_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"kind": "warning", "text": "whole"}\n{"kind": "warn')
    assert [entry["text"] for entry in read_journal(path)] == ["whole"]


def test_entry_after_a_torn_line_is_not_lost_and_the_tear_is_told(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"kind": "warn')
    with Journal(path) as journal:
        journal.append({"kind": "warning", "text": "after"})
    assert [entry["kind"] for entry in read_journal(path)] == ["unreadable", "warning"]


def test_every_text_is_cleaned_before_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path, clean=lambda text: text.replace("hunter2", "[redacted]")) as journal:
        journal.append({"kind": "attempt", "evidence": [{"text": "password hunter2"}]})
    assert "hunter2" not in path.read_text()
    assert "[redacted]" in path.read_text()


def test_the_run_itself_writes_nothing_down_that_is_a_secret(tmp_path: Path) -> None:
    """However it would be escaped in a line of JSON: the last search of the files would find it, and too late."""
    secret = 'pa"ss\\w\u00f6rd/\n\u2028 <x>&'
    run = make_run(tmp_path)
    run.redactor.learn(secret, "password")
    told = [secret, secret[:-1] + "\udc80 " + secret, json.dumps(secret), quote(secret, safe="")]
    run.write({"kind": "attempt", "observed": told, "evidence": [{"text": secret}]})
    run.warn(f"it said {secret}")
    notebook = Notebook(tmp_path, run.redactor)
    notebook.write({"kind": "warning", "text": secret})
    written = (tmp_path / "journal.jsonl").read_bytes()
    assert written.count(b"\n") == 3
    assert run.redactor.kinds_in(written) == set()
    for form in (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
        assert form.encode() not in written
    assert all(secret not in str(entry) for entry in read_journal(tmp_path / "journal.jsonl"))


def test_what_is_told_of_the_journal_is_what_was_said(tmp_path: Path) -> None:
    """Redaction takes out secrets, and nothing of what stands beside them."""
    run = make_run(tmp_path)
    run.redactor.learn("hunter2-hunter2", "password")
    run.warn('before "hunter2-hunter2" \\ after \u00fc\n\u2028 end')
    entry = read_journal(tmp_path / "journal.jsonl")[0]
    # As it is: a search for a word through the file must not have to know how it would be escaped.
    assert "after ü".encode() in (tmp_path / "journal.jsonl").read_bytes()
    assert re.fullmatch(r'before "[^"]*" \\ after \u00fc\n\u2028 end', entry["text"])
    assert (entry["kind"], "hunter2" in entry["text"]) == ("warning", False)


def test_a_secret_in_halves_of_characters_is_none_the_less_one(tmp_path: Path) -> None:
    """A page's script can hand over a character in two halves; the journal puts them together."""
    run = make_run(tmp_path)
    run.redactor.learn("pass\U0001f600word", "password")
    run.warn("it is pass\ud83d\ude00word, and \ud83d alone")
    text = read_journal(tmp_path / "journal.jsonl")[0]["text"]
    assert "pass\U0001f600word" not in text
    assert text.startswith("it is ")
    assert text.endswith(" alone")
