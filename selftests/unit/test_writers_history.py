"""The record's documents say what earlier runs make of it, and no more than fits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from postdeploy.outcome import Outcome
from postdeploy.record.builder import build_record
from postdeploy.record.model import Record
from postdeploy.record.schema import record_schema
from postdeploy.record.writers import json as json_writer
from postdeploy.record.writers import markdown, terminal
from selftests.unit.sample_runs import FAILING, HOSTILE, sample_run

RUN = {"run_id": "261119-093000-11aa", "at": "2026-11-19T09:30:00Z", "verdict": "GO"}


def said(outcome: Outcome, course: str | None, *told: str) -> dict[str, Any]:
    return {"outcome": outcome.value, "course": course, "told": list(told)}


def record(**changes: Any) -> Record:
    """A run with three failures, beside twelve earlier ones."""
    new, old, *_ = FAILING
    items = {
        new: said(Outcome.FAILED, "new red", "new red: green until 2026-11-19 09:30"),
        old: said(Outcome.FAILED, "still red", f"still red since 2026-11-12 02:00 {HOSTILE}"),
        "chat.asks": said(Outcome.PASSED, None, "9.0 s, slower than its usual 1.5 to 2.6 s"),
        "chat.saves": said(Outcome.PASSED, "fixed", "fixed: red since 2026-11-12 02:00"),
    }
    run = {
        "runs": 12,
        "first": RUN,
        "previous": RUN,
        "new_red": [new],
        "still_red": [old],
        "fixed": ["chat.saves"],
        "slower": ["chat.asks"],
    }
    entry = {"kind": "history", "run": run | changes, "items": items}
    return build_record([*sample_run(3), entry])


SENTENCE = (
    "Beside 12 earlier runs (the last of them GO, 2026-11-19 09:30): "
    "1 new red, 1 still red, 1 fixed, 1 slower than usual."
)


def test_the_terminal_says_it_beside_each_failure_and_then_what_else_there_is() -> None:
    text = terminal.render(record(), width=80)
    flat = " ".join(text.split())
    assert SENTENCE in flat
    assert "history new red: green until 2026-11-19 09:30" in flat
    assert text.count("new red: green until") == 1
    fixed, slow = text.index("✓ chat.saves: fixed"), text.index("✓ chat.asks: 9.0 s")
    assert fixed < slow


@pytest.mark.parametrize("width", [40, 80, 132])
def test_the_terminal_keeps_to_its_width_and_escapes(width: int) -> None:
    text = terminal.render(record(), width=width)
    assert "\x1b" not in text
    told = [line for line in text.splitlines() if "history" in line or "chat." in line]
    assert told
    assert [line for line in told if len(line) > width] == []


def test_markdown_has_a_table_of_it() -> None:
    text = markdown.render(record())
    assert "## Beside earlier runs" in text
    assert "| `chat.asks` | ✓ passed | 9.0 s, slower than its usual 1.5 to 2.6 s |" in text
    assert "- Earlier runs: new red: green until 2026-11-19 09:30" in text
    assert "<script>" not in text


def test_since_when_the_verdict_holds_is_said_of_a_bad_one() -> None:
    since = RUN | {"verdict": "ROLLBACK", "at": "2026-11-18T02:00:00Z"}
    text = " ".join(terminal.render(record(verdict_since=since)).split())
    assert "ROLLBACK since 2026-11-18 02:00 (run 261119-093000-11aa)." in text


def test_a_run_without_a_history_says_nothing_of_it() -> None:
    plain = build_record(sample_run(3))
    assert "earlier run" not in terminal.render(plain) + markdown.render(plain)


def test_a_record_with_a_history_fits_its_schema(tmp_path: Path) -> None:
    text = json_writer.render(record())
    validator = jsonschema.Draft202012Validator(json.loads(record_schema()))
    assert list(validator.iter_errors(json.loads(text))) == []
    (tmp_path / "record.json").write_text(text)
    assert json_writer.read_record(tmp_path / "record.json") == record()


def test_the_last_word_of_the_history_counts() -> None:
    first = {"kind": "history", "run": {"runs": 1, "first": RUN, "previous": RUN}, "items": {}}
    second = {**first, "run": {"runs": 2, "first": RUN, "previous": RUN}}
    run = build_record([*sample_run(0), first, second]).history
    assert run is not None
    assert run.runs == 2


def test_a_damaged_history_forbids_no_go() -> None:
    entries = [*sample_run(0), {"kind": "history", "run": "nonsense"}]
    assert build_record(entries).verdict == build_record(sample_run(0)).verdict == "GO"
