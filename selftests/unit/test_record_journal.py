"""The journal survives several writers and a process that dies in mid-write."""

import subprocess
import sys
from pathlib import Path

from postdeploy.record.journal import Journal, read_journal

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
