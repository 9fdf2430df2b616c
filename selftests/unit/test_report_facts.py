"""What a text says about a document is told apart from what it should say, in each way it can go wrong."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.documents.facts import dollars
from fixtures.report_facts import (
    Difference,
    absent_exclusions,
    amounts_in,
    facts_named,
    faulty,
    foreign,
    holds,
    lacking,
    misattributed,
    names_date,
    read_differences,
    says,
    states,
    terms_of,
)
from selftests.unit.sample_facts import BINDER, CAPTIONS, OTHER, POLICY, whole

TERMS = terms_of(POLICY, BINDER, CAPTIONS)


@given(st.integers(0, 10**12))
def test_an_amount_is_read_as_it_was_printed(amount: int) -> None:
    assert amounts_in(f"up to {dollars(amount)}, no more") == (amount,)


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("$1,010,000.50", (Decimal("1010000.5"),)),
        ("$1,010,0000", (10100000,)),
        ("$1,010,000 and $ 5,050.", (1010000, 5050)),
        ("1,010,000", ()),
        ("not stated", ()),
        ("$2.417 million, or $2,417K", (2_417_000, 2_417_000)),
        ("$5,050 more", (5_050,)),
        ("US$5,050", (5_050,)),
        ("CA$5,050", ()),
        ("-$5,050", (-5_050,)),
        ("$4,025-$4,050", (4_025, 4_050)),
        ("USD 2,917,000, or 2.917 million dollars", (2_917_000, 2_917_000)),
        ("$2.9 million dollars, US$ 5,050, 5,050 US dollars", (2_900_000, 5_050, 5_050)),
        ("in USD\n01/01/2026, CAD 5,050 or 5,050 Canadian dollars", ()),
    ],
)
def test_amounts_are_those_with_a_dollar_sign(text: str, amounts: tuple[object, ...]) -> None:
    assert amounts_in(text) == amounts


def test_nothing_lacks_or_is_foreign_in_the_documents_own_text() -> None:
    text = whole(POLICY)
    assert lacking(text, POLICY) == []
    assert foreign(text, POLICY) == []
    assert absent_exclusions(text, POLICY) == []
    assert misattributed(text.splitlines(), POLICY) == []


def test_another_runs_document_is_foreign_in_every_way() -> None:
    text = whole(OTHER)
    assert set(lacking(text, POLICY)) >= {"carrier", "named insured", "policy number"}
    assert OTHER.policy_number in foreign(text, POLICY)
    assert f"${OTHER.limits['General Aggregate']:,}" in foreign(text, POLICY)


@pytest.mark.parametrize("name", [*POLICY.limits, *POLICY.deductibles])
def test_one_amount_under_another_name_is_misattributed(name: str) -> None:
    amounts = {**POLICY.limits, **POLICY.deductibles}
    stranger = next(amount for other, amount in amounts.items() if other != name)
    assert misattributed([f"The {name} is {dollars(stranger)}."], POLICY)
    assert not misattributed([f"The {name} is {dollars(amounts[name])}."], POLICY)


def test_an_own_amount_may_be_rounded_where_it_is_told_exactly_as_well() -> None:
    exact = POLICY.limits["General Aggregate"]
    rounded = f"${exact / 10**6:.1f} million"
    told = f"The General Aggregate is {dollars(exact)} (about {rounded})."
    assert not foreign(told, POLICY)
    assert not misattributed([told], POLICY)
    assert foreign(f"The General Aggregate is {rounded}.", POLICY)
    assert foreign(f"{told} The binder has $9.9 million.", POLICY)
    assert foreign(f"{told} It was {dollars(exact + 10_000)}.", POLICY)


def test_a_limit_and_its_deductible_may_stand_in_one_line() -> None:
    limit = dollars(POLICY.limits["Each Occurrence"])
    [name, amount], *_ = POLICY.deductibles.items()
    deductible = dollars(amount)
    right = [
        f"The Each Occurrence limit of {limit} applies, less a {deductible} deductible.",
        f"A deductible of {deductible} applies to {name}, within the limit of {limit}.",
    ]
    assert not misattributed(right, POLICY)
    wrong = [
        f"The Each Occurrence limit of {deductible} applies, less a {limit} deductible.",
        f"The Each Occurrence limit of {limit} applies, less a $77 deductible.",
    ]
    assert misattributed(wrong, POLICY) == wrong


@pytest.mark.parametrize(
    "written",
    ["03/01/2026", "3/1/2026", "2026-03-01", "March 1, 2026", "Mar 01, 2026", "1 March 2026"],
)
def test_a_day_may_be_written_in_several_ways(written: str) -> None:
    assert names_date(f"from {written} on", date(2026, 3, 1))


@pytest.mark.parametrize("written", ["13/1/2026", "03/01/20261", "3/1/2027", "1/3/2026"])
def test_another_day_is_not_the_day(written: str) -> None:
    assert not names_date(f"from {written} on", date(2026, 3, 1))


def test_words_are_found_across_the_lines_of_a_pdf() -> None:
    assert says("Damage to Premises\nRented to  You", "damage to premises rented to you")


def test_words_are_held_by_a_pdf_with_hyphens_and_pages_of_its_own() -> None:
    claim = "a visitor to the café slipped; to be read against the Each Occurrence limit."
    assert holds(f"The claim “{claim}” was read.", claim)
    assert holds("A visi-\ntor to the caf\u0065\u0301 slip\u00ad\nped; to be read\nPage 1 of 2\n"
                 "against the Each Occurrence limit.", claim)  # fmt: skip
    assert not holds("a visitor to the café; to be read against the Each Occurrence limit.", claim)
    assert not holds("The policy was read.", claim)


def test_policy_and_binder_differ_where_the_binder_was_made_to() -> None:
    assert {term.name for term in TERMS if term.differs} == {
        "Policy Number",
        "General Aggregate",
        "Medical Expense",
        "Property Damage per Claim",
        "Endorsements",
    }


def test_each_term_is_stated_by_its_own_value_and_by_no_other() -> None:
    forms = "; ".join(form.printed for form in POLICY.endorsements)
    assert states(forms, POLICY.endorsements)
    assert not states(forms, BINDER.endorsements)
    assert not states("; ".join(form.number for form in POLICY.endorsements), POLICY.endorsements)
    assert states(POLICY.period, (POLICY.period_start, POLICY.period_end))
    assert not states(POLICY.period, (POLICY.period_start, date(2031, 1, 1)))
    assert not states(POLICY.period, (POLICY.period_end, POLICY.period_start))
    assert not states("$5,050 or $5,100", 5050)


def test_differences_are_read_with_their_term_and_both_values() -> None:
    lines = [
        "General Aggregate: $2,510,000 → $2,560,000",
        "Deductible: Property Damage per Claim: $4,025 → $4,050",
        "Policy Number: CGL-1 vs. BND-2",
        "Endorsements: CG 20 10 04 13 - A: B; IL 00 21 09 08 - C → CG 20 10 04 13 - A: B",
    ]
    assert read_differences(lines, TERMS) == (
        Difference("General Aggregate", "$2,510,000", "$2,560,000"),
        Difference("Deductible: Property Damage per Claim", "$4,025", "$4,050"),
        Difference("Policy Number", "CGL-1", "BND-2"),
        Difference(
            "Endorsements", "CG 20 10 04 13 - A: B; IL 00 21 09 08 - C", "CG 20 10 04 13 - A: B"
        ),
    )


@pytest.mark.parametrize(
    "words",
    [
        "{name}: {first} in the policy, {second} in the binder",
        "{name} changed from {first} to {second}",
        "{name}: the policy has {first}, while the binder has {second}.",
    ],
)
def test_a_difference_may_be_told_without_an_arrow(words: str) -> None:
    for term in TERMS:
        if isinstance(term.first, tuple):
            continue
        first, second = (
            dollars(value) if isinstance(value, int) else str(value)
            for value in (term.first, term.second)
        )
        line = words.format(name=term.name, first=first, second=second)
        [found] = read_differences([line], TERMS)
        assert term.is_called(found.term)
        assert states(found.first, term.first)
        assert states(found.second, term.second)
        if term.differs:
            turned = words.format(name=term.name, first=second, second=first)
            [found] = read_differences([turned], TERMS)
            assert not (states(found.first, term.first) and states(found.second, term.second))


def test_facts_named_are_the_documents_own() -> None:
    assert len(facts_named(whole(POLICY), POLICY)) == 6 + 2 + 4 + 4
    assert facts_named("The policy was reviewed.", POLICY) == []


def test_an_entry_that_is_empty_or_stands_there_twice_is_faulty() -> None:
    assert faulty(["One.", " ", "Two.", "one. "]) == ["", "one."]
    assert faulty(["One.", "Two."]) == []
