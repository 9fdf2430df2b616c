"""The terminal is calm on a GO, and on a failure says first what to look at."""

import re
import shlex

import pytest

from postdeploy.outcome import Outcome, Verdict, Weight
from postdeploy.record.builder import build_record
from postdeploy.record.model import EarlierRun, ItemHistory, Record, RunHistory
from postdeploy.record.writers.again import kept_options
from postdeploy.record.writers.terminal import render
from selftests.unit.sample_journal import attempt, end_entry, item, journal_of
from selftests.unit.sample_runs import sample_run

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module")
def red() -> Record:
    return build_record(sample_run(3, hostile=True))


def test_go_fits_a_small_window() -> None:
    text = render(build_record(sample_run(0)), 80, folder="reports/20261120-093000-7f3a")
    assert len(text.splitlines()) <= 24
    assert " GO  All 77 required items are answered for" in text
    assert "Run just these again" not in text


@pytest.mark.parametrize("width", [60, 80, 132])
@pytest.mark.parametrize("failures", [0, 3, 30])
def test_no_line_is_wider_than_the_window(failures: int, width: int) -> None:
    text = render(build_record(sample_run(failures, hostile=True)), width)
    too_long = [line for line in text.splitlines() if len(line) > width]
    # The command is left whole, because it is there to be copied.
    assert [line for line in too_long if not line.startswith("  pytest ")] == []


def test_failure_shows_expected_and_observed_before_the_rows(red: Record) -> None:
    text = render(red, 80)
    assert text.index("status Complete within 120 s") < text.index("0. Preconditions")
    assert "expected  status Complete within 120 s" in text
    assert "observed  status Processing after 120.4 s" in text
    assert "[ROLLBACK]" in text


def test_pictures_are_named_by_paths_that_can_be_copied() -> None:
    picture = {"kind": "screenshot", "title": "before", "path": "evidence/a.png"}
    journal = journal_of([attempt("a", "failed", evidence=[picture])])
    record = build_record(journal)
    assert "    see       reports/x/evidence/a.png" in render(record, 80, folder="reports/x")
    assert "    see       evidence/a.png" in render(record, 50, folder="/far/away/reports/261120")


@pytest.mark.parametrize("warnings", [0, 9])
def test_go_stays_on_one_screen_whatever_earlier_runs_say(warnings: int) -> None:
    record = build_record(sample_run(0))
    items = tuple(
        one.model_copy(update={"history": ItemHistory(outcome=one.outcome, told=("slower",))})
        for one in record.rows[0].items
    )
    rows = (record.rows[0].model_copy(update={"items": items}), *record.rows[1:])
    earlier = EarlierRun(run_id="261119-101010-aaaa", at=record.started, verdict=Verdict.GO)
    history = RunHistory(runs=20, first=earlier, previous=earlier, slower=tuple("abcdefgh"))
    said = tuple(f"warning {number}" for number in range(warnings))
    decision = record.decision.model_copy(update={"warnings": said})
    changes = {"rows": rows, "history": history, "decision": decision}
    text = render(record.model_copy(update=changes), 80, folder="reports/x")
    assert len(text.splitlines()) <= 20
    assert "Beside 20 earlier runs" in text
    assert bool(warnings) == ("warning" in text)


def test_verdict_is_the_last_thing_said(red: Record) -> None:
    assert render(red, 80).splitlines()[-1].startswith(" ROLLBACK  1 failure that calls")


def command_of(record: Record, folder: str = "") -> list[str]:
    text = render(record, 80, folder=folder)
    (command,) = [line for line in text.splitlines() if line.startswith("  pytest ")]
    return shlex.split(command)


def test_command_repeats_just_the_failed_items(red: Record) -> None:
    command = command_of(red)
    assert command[:7] == ["pytest", "-m", "prod_smoke", "--system", "qumis", "--env", "staging"]
    named = command[command.index("--items") + 1].split(",")
    grave = [one for one in red.items if one.weight is not Weight.W]
    bad = [one.id for one in grave if one.outcome in (Outcome.FAILED, Outcome.BLOCKED)]
    assert sorted(named) == sorted(bad)


def test_where_they_are_many_the_run_stands_for_them() -> None:
    many = build_record(sample_run(30))
    assert command_of(many, "reports/261120")[-2:] == ["--items", "run:reports/261120"]
    assert len(command_of(many)[-1].split(",")) > 24


def test_blocked_items_are_told_once_for_each_reason(red: Record) -> None:
    text = render(red, 80)
    assert text.count("⊘ blocked not reached: analysis.completes failed") == 1
    assert "2 items   analysis.summary, analysis.limits" in text


def test_many_failures_are_listed_without_details() -> None:
    text = render(build_record(sample_run(30)), 80)
    assert text.count("    expected  ") == 10
    assert text.count("✗ failed ") - text.count("✗ failed  ") == 30


def test_colour_adds_nothing_but_colour(red: Record) -> None:
    coloured = render(red, 80, colour=True)
    assert COLOUR.search(coloured)
    assert COLOUR.sub("", coloured) == render(red, 80)


def test_escape_sequences_of_the_product_do_not_reach_the_terminal(red: Record) -> None:
    assert "\x1b" not in render(red, 80)
    assert "\u202e" not in render(red, 80)


def test_what_a_shell_would_take_for_something_else_is_quoted() -> None:
    items = [item("a b;rm", checks=["t.py::a"])]
    journal = journal_of([attempt("a b;rm", "failed")], items=items)
    assert "--items 'a b;rm'" in render(build_record(journal), 80)


def test_required_item_that_did_not_run_is_named() -> None:
    journal = journal_of([attempt("a")], items=[item("a"), item("b", checks=["t.py::b"])])
    text = render(build_record(journal), 80)
    assert "· not run never reached" in text
    assert "BLOCKED  1 item did not run: b." in text


def test_partial_run_says_so() -> None:
    journal = journal_of([attempt("a")], partial=True, partial_why="-k vault", end=end_entry())
    assert render(build_record(journal), 80).splitlines()[-1] == (
        " PARTIAL  Partial run, no verdict: -k vault."
    )


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        ("pytest -m prod_smoke --env qa", []),
        (
            "pytest --bound a=1 --bound=b=2 --read-only -n 4",
            ["--bound", "a=1", "--bound=b=2", "--read-only"],
        ),
        ("pytest --expect-version api=1,web=2 -k vault", ["--expect-version", "api=1,web=2"]),
        ("pytest --shard 1/2 --reason 'why not' --reports out", ["--reports", "out"]),
        ("pytest --history s3://[redacted]/x --soak 5m", ["--soak", "5m"]),
        ("pytest --soak", []),
        ("pytest 'cut off", []),
        ("", []),
    ],
)
def test_what_decides_on_what_is_looked_at_is_kept(command: str, kept: list[str]) -> None:
    assert kept_options(command) == kept
