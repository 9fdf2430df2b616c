"""The terminal is calm on a GO, and on a failure says first what to look at."""

import re

import pytest

from postdeploy.record.builder import build_record
from postdeploy.record.model import Record
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


def test_verdict_is_the_last_thing_said(red: Record) -> None:
    assert render(red, 80).splitlines()[-1].startswith(" ROLLBACK  1 failure that calls")


def test_command_repeats_just_the_failed_checks(red: Record) -> None:
    (command,) = [line for line in render(red, 80).splitlines() if line.startswith("  pytest ")]
    assert command.split()[:5] == ["pytest", "--system", "qumis", "--env", "staging"]
    assert sorted(command.split()[5:]) == [
        "tests/e2e/test_analysis.py::test_analysis_works",
        "tests/e2e/test_perf.py::test_perf_works",
        "tests/e2e/test_vault.py::test_vault_works",
    ]


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


def test_parametrised_node_id_is_quoted() -> None:
    journal = journal_of([attempt("a", "failed", check="tests/t.py::test_x[a b;rm]")])
    assert "'tests/t.py::test_x[a b;rm]'" in render(build_record(journal), 80)


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
