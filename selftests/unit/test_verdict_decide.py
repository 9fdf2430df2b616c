"""The verdict is the worst of what was seen, and doubt is never a GO."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postdeploy.outcome import EXIT_CODES, Outcome, Verdict, Weight
from postdeploy.record.builder import build_record
from postdeploy.record.model import Item
from postdeploy.record.verdict import Facts, decide
from selftests.unit.sample_journal import (
    attempt,
    check_entry,
    end_entry,
    item,
    journal_of,
)

SEVERITY = [Verdict.GO, Verdict.BLOCKED, Verdict.NO_GO, Verdict.ROLLBACK]
BASE = Item(id="base", title="base", weight=Weight.F, required=True, outcome=Outcome.PASSED)


def one(weight: str, outcome: Outcome, *, required: bool = True) -> Item:
    name = f"{weight}-{outcome.value}"
    return Item(id=name, title=name, weight=Weight(weight), required=required, outcome=outcome)


TABLE = {
    ("R", Outcome.FAILED): Verdict.ROLLBACK,
    ("F", Outcome.FAILED): Verdict.NO_GO,
    ("W", Outcome.FAILED): Verdict.GO,
    ("B", Outcome.FAILED): Verdict.BLOCKED,
    **{(w, Outcome.BLOCKED): Verdict.BLOCKED for w in "RFB"},
    **{(w, Outcome.NOT_RUN): Verdict.BLOCKED for w in "RFB"},
    ("W", Outcome.BLOCKED): Verdict.GO,
    ("W", Outcome.NOT_RUN): Verdict.GO,
}


@pytest.mark.parametrize(("weight", "outcome"), list(product("RFWB", Outcome)))
def test_verdict_of_each_weight_and_outcome(weight: str, outcome: Outcome) -> None:
    decided = decide(Facts(items=[BASE, one(weight, outcome)]))
    assert decided.verdict is TABLE.get((weight, outcome), Verdict.GO)
    assert decided.verdict is not None
    assert decided.exit_code == EXIT_CODES[decided.verdict]


ITEMS = st.lists(
    st.builds(one, st.sampled_from("RFWB"), st.sampled_from(list(Outcome)), required=st.booleans()),
    max_size=8,
)


@given(items=ITEMS, more=ITEMS)
def test_more_failures_never_make_the_verdict_better(items: list[Item], more: list[Item]) -> None:
    worse = [*items, *(found for found in more if found.outcome is Outcome.FAILED)]
    before, after = decide(Facts(items=items)).verdict, decide(Facts(items=worse)).verdict
    assert before is not None
    assert after is not None
    assert SEVERITY.index(after) >= SEVERITY.index(before)


@given(items=ITEMS)
def test_go_means_that_every_required_item_is_answered_for(items: list[Item]) -> None:
    if decide(Facts(items=items)).verdict is Verdict.GO:
        open_ = (Outcome.FAILED, Outcome.BLOCKED, Outcome.NOT_RUN)
        weighty = [found for found in items if found.required and found.weight is not Weight.W]
        assert weighty
        assert not [found for found in weighty if found.outcome in open_]


@given(items=ITEMS)
def test_rollback_needs_a_failure_of_the_product(items: list[Item]) -> None:
    decided = decide(Facts(items=items, trouble=["The network was away."]))
    failed = {found.id for found in items if found.outcome is Outcome.FAILED}
    if decided.verdict is Verdict.ROLLBACK:
        assert decided.rests_on
        assert set(decided.rests_on) <= failed
    assert decided.verdict is not Verdict.GO


@pytest.mark.parametrize(
    "items",
    [
        [],
        [one("F", Outcome.NOT_APPLICABLE, required=False)],
        [one("F", Outcome.PASSED, required=False)],
        [one("B", Outcome.PASSED)],
        [one("W", Outcome.PASSED)],
    ],
    ids=[
        "no items",
        "nothing applicable",
        "nothing required",
        "preconditions only",
        "warnings only",
    ],
)
def test_nothing_observed_is_never_a_go(items: list[Item]) -> None:
    decided = decide(Facts(items=items))
    assert (decided.verdict, decided.because) == (
        Verdict.BLOCKED,
        "No required item was observed.",
    )


def test_worst_wins_and_rests_on_its_own_items() -> None:
    items = [one("F", Outcome.FAILED), one("R", Outcome.FAILED), one("F", Outcome.BLOCKED)]
    decided = decide(Facts(items=items))
    assert decided.rests_on == ("R-failed",)
    assert decided.because == "1 failure that calls for a rollback: R-failed."


def test_warning_item_that_fails_is_listed_on_a_go() -> None:
    decided = decide(Facts(items=[BASE, one("W", Outcome.FAILED)]))
    assert decided.verdict is Verdict.GO
    assert decided.warnings == ("W-failed failed",)


@pytest.mark.parametrize(
    ("gate", "pytest_exit", "code"),
    [(False, 0, 0), (False, 1, 1), (True, 0, 30), (False, None, 30)],
)
def test_partial_run_has_no_verdict(gate: bool, pytest_exit: int | None, code: int) -> None:
    facts = Facts(
        items=[BASE], partial=True, partial_why="-k vault", gate=gate, pytest_exit=pytest_exit
    )
    decided = decide(facts)
    assert (decided.verdict, decided.exit_code) == (None, code)
    assert decided.because == "Partial run, no verdict: -k vault."


def test_partial_run_still_says_what_failed() -> None:
    decided = decide(Facts(items=[one("R", Outcome.FAILED)], partial=True, partial_why="--lf"))
    assert decided.verdict is None
    assert decided.because.startswith("Partial run, no verdict: --lf. 1 failure")
    assert decided.rests_on == ("R-failed",)


def verdict_of(*others: dict[str, Any], end: dict[str, Any] | None = None, **run: Any) -> str:
    record = build_record(journal_of([attempt("a")], others=others, end=end, **run))
    return str(record.verdict)


def test_good_run_is_a_go() -> None:
    assert verdict_of() == "GO"


@pytest.mark.parametrize(
    "end",
    [
        end_entry(how="interrupted", pytest_exit=2),
        end_entry(how="terminated"),
        end_entry(how="recovered", pytest_exit=None),
        end_entry(pytest_exit=1),
        *(end_entry(pytest_exit=code) for code in (2, 3, 4, 5)),
    ],
    ids=lambda end: f"{end['how']}-{end['pytest_exit']}",
)
def test_run_that_did_not_end_well_is_blocked(end: dict[str, Any]) -> None:
    assert verdict_of(end=end) == "BLOCKED"


def test_run_without_an_end_is_blocked() -> None:
    record = build_record(journal_of([attempt("a")])[:-1])
    assert record.verdict is Verdict.BLOCKED
    assert "did not come to its end" in record.decision.because


def test_interrupted_run_with_a_failure_keeps_the_failure() -> None:
    end = end_entry(how="interrupted", pytest_exit=2)
    record = build_record(journal_of([attempt("a", "failed")], end=end))
    assert record.verdict is Verdict.NO_GO
    assert "The run was interrupted before its end." in record.decision.warnings


def test_check_that_breaks_outside_its_items_is_blocked() -> None:
    assert verdict_of(check_entry("tests/e2e/test_x.py::test_x", "failed")) == "BLOCKED"


@pytest.mark.parametrize(
    "damaged",
    [{"kind": "attempt", "item": "a"}, {"kind": "unreadable", "text": "journal line 7"}],
    ids=["not whole", "not readable"],
)
def test_damaged_entry_that_may_have_held_a_failure_is_blocked(damaged: dict[str, Any]) -> None:
    assert verdict_of(damaged) == "BLOCKED"


def test_unknown_kind_of_entry_is_a_warning_only() -> None:
    record = build_record(journal_of([attempt("a")], others=[{"kind": "novelty"}]))
    assert record.verdict is Verdict.GO
    assert "novelty" in record.decision.warnings[0]


def identity(when: str, version: str, deployment: str = "d-1") -> dict[str, Any]:
    seen = {"versions": {"api": version}, "deployments": {"api": deployment}}
    return {"kind": "identity", "when": when, **seen}


@pytest.mark.parametrize(
    ("expected", "start", "end", "verdict"),
    [
        ("4f2a9c1", "2026.11.3-4f2a9c1", "2026.11.3-4f2a9c1", "GO"),
        ("4f2a9c1d00", "4f2a9c1", "4f2a9c1", "GO"),
        ("4f2a9c1", "2026.11.2-1111111", "2026.11.2-1111111", "BLOCKED"),
        ("2", "2026.11.2", "2026.11.2", "BLOCKED"),
        ("4f2a9c1", "4f2a9c1", "2222222", "BLOCKED"),
    ],
)
def test_other_version_than_expected_is_blocked(
    expected: str, start: str, end: str, verdict: str
) -> None:
    looks = identity("start", start), identity("end", end)
    assert verdict_of(*looks, version_expected={"api": expected}) == verdict


def test_expected_version_that_nobody_looked_at_is_blocked() -> None:
    assert verdict_of(version_expected={"api": "4f2a9c1"}) == "BLOCKED"


def test_deployment_that_changes_under_the_run_is_blocked() -> None:
    looks = identity("start", "1", "d-1"), identity("end", "1", "d-2")
    assert verdict_of(*looks) == "BLOCKED"


def test_item_without_a_check_is_listed_and_forbids_a_go() -> None:
    journal = journal_of([attempt("a")], items=[item("a"), item("b", covered=False)])
    record = build_record(journal)
    assert record.verdict is Verdict.BLOCKED
    assert record.decision.rests_on == ("b",)
    assert record.decision.warnings == ("1 item without a check yet: b.",)
