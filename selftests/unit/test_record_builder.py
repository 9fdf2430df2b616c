"""The record says of each item what the journal says, and loses nothing."""

from typing import Any

import pytest

from postdeploy.outcome import Outcome, Verdict
from postdeploy.record.builder import build_record
from postdeploy.record.merging import JournalError
from postdeploy.record.model import Item, Record
from selftests.unit.sample_journal import (
    attempt,
    check_entry,
    end_entry,
    item,
    journal_of,
    plan_entry,
    run_entry,
)


def only_item(record: Record) -> Item:
    (found,) = record.items
    return found


@pytest.mark.parametrize(
    ("course", "expected"),
    [
        (["passed"], "passed"),
        (["failed"], "failed"),
        (["failed", "passed"], "flaky"),
        (["passed", "failed"], "failed"),
        (["failed", "blocked"], "failed"),
        (["failed", "not run"], "failed"),
        (["blocked", "failed"], "failed"),
        (["blocked", "passed"], "passed"),
        (["passed", "blocked"], "blocked"),
        (["failed", "failed", "passed"], "flaky"),
        (["flaky"], "flaky"),
        (["failed", "flaky"], "flaky"),
        (["flaky", "passed"], "flaky"),
        (["flaky", "failed"], "failed"),
    ],
)
def test_attempts_of_one_check_add_up(course: list[str], expected: str) -> None:
    attempts = [attempt("a", outcome, attempt=n) for n, outcome in enumerate(course, start=1)]
    found = only_item(build_record(journal_of(attempts)))
    assert found.outcome == expected
    assert [one.outcome for one in found.attempts] == course


@pytest.mark.parametrize("order", [1, -1])
def test_worst_of_several_checks_wins(order: int) -> None:
    attempts = [attempt("a", "passed", check="one"), attempt("a", "failed", check="two")]
    assert only_item(build_record(journal_of(attempts[::order]))).outcome is Outcome.FAILED


def test_worst_of_several_observations_in_one_attempt_wins() -> None:
    attempts = [
        attempt("a", "failed", uid="1", check="c", note="admin may not"),
        attempt("a", "passed", uid="2", check="c"),
    ]
    found = only_item(build_record(journal_of(attempts)))
    assert (found.outcome, found.note) == (Outcome.FAILED, "admin may not")


def test_attempt_that_arrives_twice_counts_once() -> None:
    twice = [attempt("a", "failed"), attempt("a", "failed")]
    assert len(only_item(build_record(journal_of(twice))).attempts) == 1


@pytest.mark.parametrize(
    ("changes", "outcome", "note"),
    [
        ({"applicable": False, "why": "no charts here"}, "not applicable", "no charts here"),
        ({"covered": False}, "not run", "no check yet"),
        ({}, "not run", "never reached"),
    ],
)
def test_item_without_attempt_says_why(changes: dict[str, Any], outcome: str, note: str) -> None:
    journal = journal_of([attempt("a")], items=[item("a"), item("b", **changes)])
    found = build_record(journal).items[1]
    assert (found.outcome, found.note) == (outcome, note)


def test_item_that_was_not_selected_is_not_run() -> None:
    plan = plan_entry([item("a"), item("b")], selected=["a"])
    record = build_record([run_entry(), plan, attempt("a"), end_entry()])
    assert (record.items[1].outcome, record.items[1].note) == (Outcome.NOT_RUN, "selected away")


@pytest.mark.parametrize(("status", "outcome"), [("passed", "not run"), ("failed", "blocked")])
def test_check_that_is_silent_about_an_item_does_not_pass_it(status: str, outcome: str) -> None:
    journal = journal_of(
        [attempt("a", check="speaks")],
        items=[item("a", checks=["speaks", "silent"])],
        others=[check_entry("speaks"), check_entry("silent", status)],
    )
    assert only_item(build_record(journal)).outcome == outcome


@pytest.mark.parametrize("others", [[], [attempt("b", check="lost")]], ids=["none", "elsewhere"])
def test_a_selected_check_without_an_end_is_not_covered_by_another(others: list[Any]) -> None:
    items = [item("a", checks=["speaks", "lost", "deselected"]), item("b", checks=["lost"])]
    plan = plan_entry(items, checks=["speaks", "lost"])
    told = [attempt("a", check="speaks"), *others, check_entry("speaks"), end_entry()]
    found = build_record([run_entry(), plan, *told]).items[0]
    assert (found.outcome, found.note) == ("not run", "the check did not come to its end")
    assert [one.check for one in found.attempts] == ["speaks", "lost"]


def test_an_answer_without_the_end_of_its_check_counts() -> None:
    plan = plan_entry([item("a", checks=["speaks"])], checks=["speaks"])
    told = [run_entry(), plan, attempt("a", check="speaks"), end_entry()]
    assert only_item(build_record(told)).outcome == "passed"


def test_failure_at_an_item_outside_the_checklist_is_kept() -> None:
    record = build_record(journal_of([attempt("a"), attempt("x", "failed")], items=[item("a")]))
    assert record.rows[-1].title == "Not in the checklist"
    assert record.verdict is Verdict.NO_GO


def test_item_speaks_by_the_attempt_that_made_its_outcome() -> None:
    shot = {"kind": "screenshot", "title": "the page", "path": "evidence/a.png"}
    bad = attempt("a", "failed", expected="200", observed="502", evidence=[shot])
    found = only_item(build_record(journal_of([attempt("a", check="one"), bad])))
    assert (found.expected, found.observed) == ("200", "502")
    assert found.note == "expected 200; observed 502"
    assert found.evidence[0].path == "evidence/a.png"


def test_row_takes_the_worst_and_names_the_first_failures() -> None:
    attempts = [attempt(name, "failed", note="broke") for name in "abcde"] + [attempt("f")]
    (row,) = build_record(journal_of(attempts)).rows
    assert row.status is Outcome.FAILED
    assert row.notes == "Of 6: 5 failed, 1 passed. a: broke. b: broke. c: broke. and 2 more."
    assert (row.tester, row.timestamp is not None) == ("Rita Release", True)


def test_row_is_unfinished_while_an_item_has_no_check() -> None:
    journal = journal_of([attempt("a")], items=[item("a"), item("b", covered=False)])
    assert build_record(journal).rows[0].status is Outcome.NOT_RUN


def test_row_is_not_spoilt_by_an_item_outside_the_scope() -> None:
    journal = journal_of([attempt("a")], items=[item("a"), item("b", required=False)])
    assert build_record(journal).rows[0].status is Outcome.PASSED


def test_counts_name_every_outcome() -> None:
    counts = build_record(journal_of([attempt("a"), attempt("b", "failed")])).counts
    assert (counts[Outcome.PASSED], counts[Outcome.FAILED], counts[Outcome.FLAKY]) == (1, 1, 0)
    assert set(counts) == set(Outcome)


def test_journal_without_a_run_is_refused() -> None:
    with pytest.raises(JournalError, match="no entry of kind run"):
        build_record([attempt("a")])


def test_journals_of_two_environments_are_refused() -> None:
    mixture = [run_entry(), run_entry(environment="prod")]
    with pytest.raises(JournalError, match="qumis/prod, qumis/staging"):
        build_record(mixture)


def test_shards_that_add_up_are_not_partial() -> None:
    items = [item("a"), item("b")]
    record = build_record(
        [
            *[run_entry(partial=True), plan_entry(items, selected=["a"]), attempt("a")],
            *[end_entry(), run_entry(partial=True), plan_entry(items, selected=["b"])],
            *[attempt("b"), end_entry()],
        ]
    )
    assert (record.partial, record.verdict) == (False, Verdict.GO)
    assert len(record.items) == 2


def test_shards_that_leave_an_item_out_are_partial() -> None:
    plan = plan_entry([item("a"), item("b")], selected=["a"])
    shard = [run_entry(partial=True), plan, attempt("a"), end_entry()]
    record = build_record([*shard, *shard])
    assert (record.partial, record.verdict) == (True, None)


def test_attestation_answers_for_what_was_not_seen() -> None:
    words = {"kind": "attestation", "item": "a", "by": "Ann", "at": "2026-11-20T12:00:00Z"}
    record = build_record(journal_of([attempt("a", "blocked"), attempt("b")], others=[words]))
    assert record.items[0].outcome is Outcome.ATTESTED
    assert record.rows[0].tester == "Rita Release, Ann"
    assert record.verdict is Verdict.GO


def test_attestation_does_not_overrule_a_failure() -> None:
    words = {"kind": "attestation", "item": "a", "by": "Ann", "at": "2026-11-20T12:00:00Z"}
    record = build_record(journal_of([attempt("a", "failed")], others=[words]))
    assert record.verdict is Verdict.NO_GO
    assert "Ann attested a, but what was observed stands" in record.decision.warnings


@pytest.mark.parametrize(
    ("until", "verdict"), [("2026-11-20", Verdict.GO), ("2026-11-19", Verdict.NO_GO)]
)
def test_waiver_holds_until_the_end_of_its_day(until: str, verdict: Verdict) -> None:
    waiver = {"kind": "waiver", "item": "a", "reason": "known", "owner": "Ann", "until": until}
    attempts = [attempt("a", "failed"), attempt("b")]
    record = build_record(journal_of(attempts, others=[waiver]))
    assert record.verdict is verdict
    assert record.waivers[0].used is (verdict is Verdict.GO)


def test_indicators_are_raised_clear_or_unknown() -> None:
    items = [
        item("health.api", indicator="5xx", weight="R"),
        item("jobs.five", indicator="jobs", weight="R"),
        item("login.sso", indicator="sign-in", weight="R"),
        item("chat.asks", indicator="model", weight="R", applicable=False),
    ]
    attempts = [
        attempt("health.api", "failed"),
        attempt("jobs.five"),
        attempt("login.sso", "blocked"),
    ]
    journal = journal_of(attempts, items=items)
    journal[1] = plan_entry(
        items,
        rows=[
            {"id": "2", "title": "Two"},
            {"id": "13", "title": "13. Critical failure indicators"},
        ],
    )
    record = build_record(journal)
    states = {one.title: one.state for one in record.indicators}
    assert states == {"5xx": "raised", "jobs": "clear", "sign-in": "unknown", "model": "unknown"}
    assert record.rows[1].status is Outcome.FAILED
    assert "5xx: raised (failed: health.api)" in record.rows[1].notes


def test_waived_failure_still_raises_its_indicator() -> None:
    waiver = {"kind": "waiver", "item": "a", "reason": "x", "owner": "y", "until": "2027-01-01"}
    journal = journal_of(
        [attempt("a", "failed")], items=[item("a", indicator="i")], others=[waiver]
    )
    assert build_record(journal).indicators[0].state == "raised"


def test_what_a_person_answers_for_is_open_until_somebody_does() -> None:
    journal = journal_of([], items=[item("a", by_hand=True)])
    found = only_item(build_record(journal))
    assert (found.outcome, found.required) == (Outcome.BLOCKED, True)
    assert found.note.startswith("answered by a person: ")
    said = {"kind": "attestation", "item": "a", "by": "Rita", "at": "2026-11-20T10:00:00+00:00"}
    assert only_item(build_record([*journal, said])).outcome is Outcome.ATTESTED
