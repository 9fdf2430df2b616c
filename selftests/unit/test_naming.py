"""What is ours is known by its whole name, and nothing of anybody else's is ever taken for it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fixtures.documents.samples import file_name
from postdeploy.naming import Mark, began, marks_in, name_of
from postdeploy.options import new_run_id
from postdeploy.target_file import load_target

DOCUMENT = ("{name}",)
TARGETS = Path(__file__).resolve().parents[2] / "targets"
REPORT = load_target(TARGETS, "qumis", "sandbox").environment.sweep["report"].named

few = settings(max_examples=60, deadline=None)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2068, 12, 31, 23, 59, 59))
run_ids = st.builds(
    lambda moment, tail: f"{moment:%y%m%d-%H%M%S}-{tail:04x}", moments, st.integers(0, 0xFFFF)
)
workers = st.one_of(st.just(""), st.integers(0, 99).map(lambda n: f"gw{n}"))
kinds = st.sampled_from(["policy", "binder", "contract"])
serials = st.integers(0, 9999)


def in_full(run_id: str, worker: str) -> str:
    return f"{run_id}-{worker}" if worker else run_id


@few
@given(run_ids, workers, kinds, serials)
def test_what_a_run_names_is_known_as_that_runs(
    run_id: str, worker: str, kind: str, serial: int
) -> None:
    name = file_name(kind, in_full(run_id, worker), serial)  # type: ignore[arg-type]
    assert marks_in(name, DOCUMENT) == {Mark(run_id, worker)}


@few
@given(run_ids, workers)
def test_so_is_what_a_check_names_by_itself(run_id: str, worker: str) -> None:
    for words in ("general-aggregate", "renamed.pdf"):
        name = name_of(in_full(run_id, worker), words)
        assert marks_in(name, DOCUMENT) == {Mark(run_id, worker)}


@few
@given(run_ids, st.text(min_size=1, max_size=12), st.text(max_size=12))
def test_a_name_with_anything_around_it_is_somebody_elses(
    run_id: str, before: str, after: str
) -> None:
    name = file_name("policy", run_id)
    assert marks_in(before + name, DOCUMENT) == frozenset()
    assume(not re.fullmatch(r"[a-z0-9-]*(\.pdf)?", after))
    assert marks_in(name.removesuffix(".pdf") + after + ".pdf", DOCUMENT) == frozenset()
    assert marks_in(f"{name}{after}", DOCUMENT) == frozenset()


@few
@given(run_ids, st.text(max_size=20), st.text(max_size=20))
def test_a_name_that_merely_holds_a_runs_id_is_somebody_elses(
    run_id: str, before: str, after: str
) -> None:
    assume(not before.endswith("postdeploy-"))
    assert marks_in(f"{before}{run_id}{after}", DOCUMENT) == frozenset()


@few
@given(st.text())
def test_no_other_text_is_ours(text: str) -> None:
    assert marks_in(text, DOCUMENT) == frozenset()


@few
@given(run_ids, st.integers(0, 60), st.characters())
def test_one_wrong_character_in_prefix_or_id_makes_it_somebody_elses(
    run_id: str, at: int, other: str
) -> None:
    name = file_name("policy", run_id)
    at %= len(f"postdeploy-{run_id}")
    assume(other != name[at])
    changed = name[:at] + other + name[at + 1 :]
    # Another digit may give another run's id: then it is that run's, and never this one's.
    assert Mark(run_id) not in marks_in(changed, DOCUMENT)


@pytest.mark.parametrize(
    "name",
    [
        "Police 261121-101500-4f2a notes.pdf",
        "postdeploy-261121-101500-4f2a-policy (copy).pdf",
        "postdeploy-261121-101500-4f2a-policy.pdf.bak",
        "Postdeploy-261121-101500-4f2a-policy.pdf",
        "postdeploy-261121-101500-4F2A-policy.pdf",
        "postdeploy-261121-101500-4f2a.pdf",
        "postdeploy-261121-101500-4f2a-.pdf",
        "postdeploy-261121-101500-4f2-policy.pdf",
        "postdeploy-261121-101500-4f2a5-policy.pdf",
        "postdeploy-269921-101500-4f2a-policy.pdf",
        "postdeploy-261121-251500-4f2a-policy.pdf",
        "postdeploy-250101-101500-4f2a-policy.pdf",
        "postdeploy-٢٦١١٢١-101500-4f2a-policy.pdf",
        "postdeploy-261121-101500-4f2a-policy.pdf\n",
        "postdeploy-261121-101500-4f2a-Policy.pdf",
        "Policy Analysis: postdeploy-261121-101500-4f2a-policy.pdf",
        "postdeploy runbook.pdf",
        "postdeploy-notes-about-the-run-of-monday.pdf",
    ],
)
def test_what_a_person_may_call_a_document_is_theirs(name: str) -> None:
    assert marks_in(name, DOCUMENT) == frozenset()


@few
@given(run_ids, run_ids)
def test_a_report_of_the_product_is_ours_if_all_its_documents_are(first: str, second: str) -> None:
    ours, theirs = file_name("policy", first), file_name("binder", second)
    assert marks_in(f"Policy Analysis: {ours}", REPORT) == {Mark(first)}
    both = {Mark(first), Mark(second)}
    assert marks_in(f"Policy Comparison: {ours} and {theirs}", REPORT) == both
    assert marks_in(f"Coverage Checklist: {ours}, {theirs}", REPORT) == both
    assert marks_in(f"Coverage Checklist: {ours}, Harbor lease.pdf", REPORT) == frozenset()
    assert marks_in(f"My Policy Analysis: {ours}", REPORT) == frozenset()
    assert marks_in(f"Policy Analysis: {ours} (draft)", REPORT) == frozenset()
    assert marks_in(ours, REPORT) == frozenset()


def test_a_new_run_has_an_id_of_this_moment_by_the_rule() -> None:
    run_id = new_run_id()
    moment = began(run_id)
    assert moment is not None
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=1)
    assert marks_in(file_name("policy", run_id), DOCUMENT) == {Mark(run_id)}


@pytest.mark.parametrize("words", ["", "Policy", "a b", "a-", "-a", "a.txt", "a/../b"])
def test_no_check_can_give_a_name_that_nobody_would_know_again(words: str) -> None:
    with pytest.raises(ValueError, match="would not be known again"):
        name_of("261121-101500-4f2a", words)
