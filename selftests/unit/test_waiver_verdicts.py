"""What waivers do to a verdict: they set failures aside one by one, openly, and never more than that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postdeploy.outcome import Outcome, Verdict, Weight
from postdeploy.record.builder import build_record
from postdeploy.record.model import Item, Record
from postdeploy.record.writers import github, html, json, junit, markdown, slack
from postdeploy.record.writers.terminal import render
from selftests.unit.sample_journal import (
    Entry,
    attempt,
    check_entry,
    item,
    journal_of,
    plan_entry,
    run_entry,
)

DAY = "2026-11-20"
"""The day on which the sample runs start."""


def waiver(name: str, **changes: Any) -> Entry:
    return {
        "kind": "waiver",
        "item": name,
        "reason": "known, QUM-1234",
        "owner": "Rita Release",
        "until": "2026-12-01",
        "source": "waivers/qumis.toml, entry 1 (line 3)",
        "critical_allowed": False,
        **changes,
    }


def record_of(outcomes: dict[str, str], *waivers: Entry, **run: Any) -> Record:
    return build_record(
        journal_of([attempt(n, o) for n, o in outcomes.items()], others=waivers, **run)
    )


@pytest.fixture(scope="module")
def waived() -> Record:
    outcomes = {"a": "failed", "b": "blocked", "c": "passed"}
    return record_of(outcomes, waiver("a", until="2026-12-05"), waiver("b"))


SAID = "GO with 2 waivers, the next ends on 2026-12-01"


def test_a_go_says_by_how_many_waivers_it_is_one(waived: Record) -> None:
    assert (waived.verdict, waived.exit_code) == (Verdict.GO, 0)
    assert waived.decision.told == SAID
    assert (waived.decision.waivers, str(waived.decision.next_waiver_ends)) == (2, "2026-12-01")
    assert waived.decision.because == "All 3 required items are answered for, 2 of them waived."
    assert waived.decision.warnings == (
        "a failed, waived until 2026-12-05 by Rita Release: known, QUM-1234",
        "b could not be observed, waived until 2026-12-01 by Rita Release: known, QUM-1234",
    )


def test_every_document_says_so(waived: Record, tmp_path: Path) -> None:
    page = html.render(waived, tmp_path)
    assert "<h1>GO <small>with 2 waivers, the next ends on 2026-12-01</small></h1>" in page
    assert f"<title>{SAID}" in page
    assert f"# {SAID} – " in markdown.render(waived)
    assert f"# {SAID} – " in github.summary(waived)
    assert SAID in github.annotations(waived)[0].replace("%2C", ",")
    assert SAID in slack.message(waived)["blocks"][0]["text"]["text"]
    assert f'"told": "{SAID}"' in json.render(waived)
    assert SAID in junit.render(waived)
    for width in (40, 60, 80):
        lines = render(waived, width)
        assert SAID in " ".join(lines.split())
        assert max(map(len, lines.splitlines())) <= width


def test_one_waiver_is_told_in_the_singular() -> None:
    record = record_of({"a": "failed", "c": "passed"}, waiver("a"))
    assert record.decision.told == "GO with 1 waiver, which ends on 2026-12-01"


def test_what_is_waived_keeps_what_was_seen() -> None:
    evidence = [{"kind": "text", "title": "Seen", "text": "the page says Try again"}]
    failed = attempt("a", "failed", note="wrong", observed="Try again", evidence=evidence)
    record = build_record(journal_of([failed, attempt("c")], others=[waiver("a")]))
    (found, _) = record.items
    assert (found.outcome, found.note, found.observed) == (Outcome.WAIVED, "wrong", "Try again")
    assert found.attempts[0].outcome is Outcome.FAILED
    assert found.evidence[0].text == "the page says Try again"


def test_a_waiver_that_was_not_needed_forbids_a_go() -> None:
    record = record_of({"a": "passed", "c": "passed"}, waiver("a"))
    assert (record.verdict, record.exit_code) == (Verdict.BLOCKED, 30)
    assert record.decision.because == (
        "The waiver of a was not needed, for the item passed."
        " Take it out: waivers/qumis.toml, entry 1 (line 3)."
    )
    assert record.waivers[0].state == "needless"


def test_a_waiver_that_was_not_needed_takes_no_failure_back() -> None:
    record = record_of({"a": "passed", "c": "failed"}, waiver("a"))
    assert record.verdict is Verdict.NO_GO
    assert "was not needed" in record.decision.warnings[0]


def test_a_waiver_that_ended_forbids_a_go() -> None:
    record = record_of({"a": "passed", "c": "passed"}, waiver("a", until="2026-11-19"))
    assert record.verdict is Verdict.BLOCKED
    assert "ended on 2026-11-19 and counts no more" in record.decision.because


def test_a_partial_run_makes_no_error_of_a_waiver_that_was_not_needed() -> None:
    record = record_of({"a": "passed"}, waiver("a"), partial=True, partial_why="-k a")
    assert (record.verdict, record.exit_code) == (None, 0)
    assert "was not needed" in record.decision.warnings[0]


@pytest.mark.parametrize(
    "planned",
    [
        item("a", applicable=False, why="no such thing here"),
        item("a", required=False, why="outside this run's scope"),
    ],
    ids=["not applicable", "outside the scope"],
)
def test_an_item_that_was_not_looked_at_makes_no_error_of_its_waiver(planned: Entry) -> None:
    journal = journal_of([attempt("c")], items=[planned, item("c")], others=[waiver("a")])
    record = build_record(journal)
    assert (record.verdict, record.decision.warnings) == (Verdict.GO, ())
    assert record.waivers[0].state == "spare"


@pytest.mark.parametrize("first", ["failed", "blocked"])
def test_a_flaky_item_makes_no_error_of_its_waiver(first: str) -> None:
    attempts = [attempt("a", first), attempt("a", attempt=2), attempt("c")]
    record = build_record(journal_of(attempts, others=[waiver("a")]))
    assert record.verdict is Verdict.GO
    assert "the waiver of a was not needed this time" in record.decision.warnings[0]
    assert record.decision.told == "GO"


def test_an_item_of_which_only_a_part_was_looked_at_makes_no_error_of_its_waiver() -> None:
    """Its second check, outside the scope, may be the one that fails."""
    planned = item("a", checks=["one", "two"])
    attempts = [attempt("a", check="one"), attempt("c")]
    record = build_record(journal_of(attempts, items=[planned, item("c")], others=[waiver("a")]))
    assert (record.verdict, record.waivers[0].state) == (Verdict.GO, "spare")


@pytest.mark.parametrize("outcome", ["failed", "blocked"])
def test_waivers_alone_are_no_ground_for_a_go(outcome: str) -> None:
    record = record_of({"a": outcome, "b": outcome}, waiver("a"), waiver("b"))
    assert (record.verdict, record.decision.because) == (
        Verdict.BLOCKED,
        "No required item was observed.",
    )


def test_what_did_not_run_is_not_waived() -> None:
    journal = journal_of([attempt("c")], items=[item("a"), item("c")], others=[waiver("a")])
    assert build_record(journal).verdict is Verdict.BLOCKED
    cut_off = journal_of([attempt("a", "not run"), attempt("c")], others=[waiver("a")])
    assert build_record(cut_off).verdict is Verdict.BLOCKED


def test_what_stands_behind_a_waived_gate_needs_a_waiver_of_its_own() -> None:
    outcomes = {"gate": "failed", "room": "blocked", "c": "passed"}
    assert record_of(outcomes, waiver("gate")).verdict is Verdict.BLOCKED
    assert record_of(outcomes, waiver("gate"), waiver("room")).verdict is Verdict.GO


@pytest.mark.parametrize(("weight", "verdict"), [("R", Verdict.ROLLBACK), ("B", Verdict.BLOCKED)])
def test_critical_items_need_leave_of_their_own(weight: str, verdict: Verdict) -> None:
    def run(allowed: bool) -> Record:
        items = [item("a", weight=weight), item("c")]
        attempts = [attempt("a", "failed"), attempt("c")]
        entry = waiver("a", critical_allowed=allowed)
        return build_record(journal_of(attempts, items=items, others=[entry]))

    assert run(allowed=False).verdict is verdict
    assert run(allowed=False).waivers[0].state == "refused"
    assert run(allowed=True).decision.told.startswith("GO with 1 waiver")
    assert f"a [{weight}] failed, waived" in run(allowed=True).decision.warnings[0]


def test_an_answer_by_a_person_comes_before_the_waiver() -> None:
    said = {"kind": "attestation", "item": "a", "by": "Rita", "at": f"{DAY}T10:00:00+00:00"}
    journal = journal_of([attempt("a", "blocked"), attempt("c")], others=[waiver("a"), said])
    record = build_record(journal)
    assert record.items[0].outcome is Outcome.ATTESTED
    assert (record.verdict, record.decision.told) == (Verdict.GO, "GO")


def shards(first: list[Entry], second: list[Entry]) -> Record:
    """Two shards of a run, each under its own waivers."""
    planned = [item("a"), item("c")]
    journal = [run_entry(), *first, plan_entry(planned, selected=["a"]), attempt("a", "failed")]
    journal += [run_entry(), *second, plan_entry(planned, selected=["c"]), attempt("c")]
    ends = [{"kind": "end", "ended": f"{DAY}T10:00:00+00:00", "how": "finished"}] * 2
    return build_record([*journal, *ends])


def test_shards_under_the_same_waivers_are_one_run() -> None:
    assert shards([waiver("a")], [waiver("a", source="elsewhere")]).decision.waivers == 1
    assert shards([waiver("a")], [waiver("a")]).verdict is Verdict.GO


@pytest.mark.parametrize("other", [[], [waiver("a", until="2026-12-02")]], ids=["none", "another"])
def test_shards_that_do_not_agree_on_a_waiver_have_none(other: list[Entry]) -> None:
    for record in (shards([waiver("a")], other), shards(other, [waiver("a")])):
        assert record.verdict is Verdict.NO_GO
        assert "The shards do not agree on the waivers of a" in record.decision.warnings[0]


def test_trouble_of_the_run_itself_is_not_waived() -> None:
    broken = check_entry("tests/e2e/test_x.py::test_x", "failed")
    record = record_of({"a": "failed", "c": "passed"}, waiver("a"), broken)
    assert record.verdict is Verdict.BLOCKED


NAMES = st.sampled_from("abcdef")
SEEN = ("passed", "failed", "blocked", "not run", "flaky")
PLANNED = st.fixed_dictionaries(
    {
        "weight": st.sampled_from("RFWB"),
        "required": st.booleans(),
        "outcomes": st.lists(st.sampled_from(SEEN), max_size=2),
    }
)
WAIVERS = st.builds(
    waiver,
    NAMES,
    until=st.sampled_from(["2026-11-19", DAY, "2026-12-01"]),
    critical_allowed=st.booleans(),
)


def made(plan: dict[str, dict[str, Any]], waivers: list[Entry]) -> Record:
    items = [item(n, weight=one["weight"], required=one["required"]) for n, one in plan.items()]
    attempts = [
        attempt(name, outcome, attempt=number)
        for name, one in plan.items()
        for number, outcome in enumerate(one["outcomes"], start=1)
    ]
    return build_record(journal_of(attempts, items=items, others=waivers))


PLANS = st.dictionaries(NAMES, PLANNED, min_size=1)


def _open(one: Item) -> bool:
    weighty = one.weight is not Weight.W
    unseen = one.required and one.outcome in (Outcome.BLOCKED, Outcome.NOT_RUN)
    return weighty and (one.outcome is Outcome.FAILED or unseen)


@given(plan=PLANS, waivers=st.lists(WAIVERS, max_size=6))
def test_no_set_of_waivers_adds_up_to_a_go_over_an_unwaived_failure(
    plan: dict[str, dict[str, Any]], waivers: list[Entry]
) -> None:
    record = made(plan, waivers)
    if record.verdict is not Verdict.GO:
        return
    bare = {one.id: one for one in made(plan, []).items}
    fair = [one for one in waivers if one["until"] >= DAY]
    for name in (name for name, one in bare.items() if _open(one)):
        assert bare[name].outcome is not Outcome.NOT_RUN
        covering = [one for one in fair if one["item"] == name]
        assert covering
        assert all(one["critical_allowed"] for one in covering if bare[name].weight in "RB")
    observed = (Outcome.PASSED, Outcome.FLAKY)
    assert any(
        one.required and one.weight in "RF" and one.outcome in observed for one in record.items
    )


@given(plan=PLANS, waivers=st.lists(WAIVERS, max_size=6))
def test_waivers_never_turn_what_was_seen_into_a_rollback_or_a_failure(
    plan: dict[str, dict[str, Any]], waivers: list[Entry]
) -> None:
    severity = [Verdict.GO, Verdict.BLOCKED, Verdict.NO_GO, Verdict.ROLLBACK]
    with_, without = made(plan, waivers).verdict, made(plan, []).verdict
    assert with_ is not None
    assert without is not None
    allowed = max(severity.index(without), severity.index(Verdict.BLOCKED))
    assert severity.index(with_) <= allowed
