"""The sample documents state their facts readably, and no two runs or documents share them."""

from __future__ import annotations

import hashlib
from itertools import permutations
from pathlib import Path

import pytest

from fixtures.documents.facts import KINDS, Kind, dollars, facts_for, printed_lines
from fixtures.documents.pdf import read_pages, read_text, render
from fixtures.documents.samples import make_document, missing_facts, stated

RUN = "20261121-0955-a1b2c3"
RUNS = [f"run-{n}" for n in range(200)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("run_id", RUNS[:12])
def test_every_fact_stands_on_a_line_of_its_own(kind: Kind, run_id: str, tmp_path: Path) -> None:
    document = make_document(kind, run_id, tmp_path)
    lines = {line.strip() for line in read_text(document.path).splitlines()}
    expected = {line for line in printed_lines(document.facts) if line != document.facts.keyword}
    assert expected - lines == set()


@pytest.mark.parametrize("kind", KINDS)
def test_sections_come_under_their_headings_in_order(kind: Kind, tmp_path: Path) -> None:
    lines = read_text(make_document(kind, RUN, tmp_path).path).splitlines()
    headings = ["Limits of Insurance", "Deductibles", "Endorsements", "Exclusions", "Conditions"]
    assert [line for line in lines if line in headings] == headings


def test_a_document_has_three_pages(tmp_path: Path) -> None:
    for kind in KINDS:
        assert len(read_pages(make_document(kind, RUN, tmp_path).path)) == 3


def test_keyword_stands_in_the_policy_alone(tmp_path: Path) -> None:
    texts = {kind: read_text(make_document(kind, RUN, tmp_path).path) for kind in KINDS}
    found = {
        (kind, owner)
        for kind in KINDS
        for owner in KINDS
        if facts_for(owner, RUN).keyword in texts[kind]
    }
    assert found == {("policy", "policy")}


def test_run_word_stands_in_every_document_of_the_run(tmp_path: Path) -> None:
    word = facts_for("policy", RUN).run_word
    documents = [make_document(kind, RUN, tmp_path, serial) for kind in KINDS for serial in (0, 3)]
    assert all(word in read_text(document.path).lower() for document in documents)


def test_two_hundred_runs_share_no_keyword_no_run_word_and_no_policy_number() -> None:
    policies = [facts_for("policy", run_id) for run_id in RUNS]
    for attribute in ("keyword", "run_word", "policy_number"):
        assert len({getattr(facts, attribute) for facts in policies}) == len(RUNS)


def test_documents_of_one_run_differ_in_figures() -> None:
    policies = [facts_for("policy", RUN, serial) for serial in range(6)]
    assert len({tuple(facts.limits.values()) for facts in policies}) == 6
    assert len({facts.keyword for facts in policies}) == 6


@pytest.mark.parametrize("kind", KINDS)
def test_no_printed_figure_is_another_or_its_beginning(kind: Kind) -> None:
    for run_id in RUNS:
        facts = facts_for(kind, run_id)
        printed = [dollars(n) for n in (*facts.limits.values(), *facts.deductibles.values())]
        clashes = [pair for pair in permutations(printed, 2) if pair[1].startswith(pair[0])]
        assert clashes == [], run_id


def test_binder_agrees_with_its_policy_in_some_terms_and_differs_in_others() -> None:
    policy, binder = facts_for("policy", RUN, 2), facts_for("binder", RUN, 2)
    differing = {name for name in policy.limits if policy.limits[name] != binder.limits[name]}
    assert differing == {"General Aggregate", "Medical Expense"}
    assert (policy.carrier, policy.period) == (binder.carrier, binder.period)
    assert policy.policy_number != binder.policy_number
    assert policy.endorsements[:-1] == binder.endorsements


def test_the_same_arguments_give_the_same_bytes() -> None:
    assert render(facts_for("policy", RUN)) == render(facts_for("policy", RUN))


def test_file_name_carries_run_and_kind_and_the_hash_is_of_the_file(tmp_path: Path) -> None:
    document = make_document("binder", RUN, tmp_path / "documents", 4)
    assert document.name == f"postdeploy-{RUN}-binder-4.pdf"
    assert hashlib.sha256(document.path.read_bytes()).hexdigest() == document.sha256


def test_hyphens_and_ampersands_survive_the_page(tmp_path: Path) -> None:
    text = read_text(make_document("policy", RUN, tmp_path).path)
    assert "Products-Completed Operations Aggregate: $" in text
    assert "\ufffe" not in text


@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_lacks_none_of_its_facts(kind: Kind, tmp_path: Path) -> None:
    document = make_document(kind, "r1", tmp_path)
    assert len(stated(document.facts)) > 3
    assert missing_facts(document) == []


def test_a_figure_that_is_not_printed_is_missed(tmp_path: Path) -> None:
    document = make_document("policy", "r1", tmp_path)
    other = make_document("policy", "r2", tmp_path)
    document.path.write_bytes(other.path.read_bytes())
    assert document.facts.policy_number in missing_facts(document)


def test_a_file_that_broke_off_lacks_everything(tmp_path: Path) -> None:
    document = make_document("binder", "r1", tmp_path)
    document.path.write_bytes(document.path.read_bytes()[:200])
    (said,) = missing_facts(document)
    assert said.startswith("any text at all")
