"""A value that is right and stands at the wrong place is told from one that stands at its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fixtures.documents.facts import dollars
from fixtures.report_places import attributions, limits_in, mislabelled, unlike
from postdeploy.pages.qumis.report import Cell, Grid
from selftests.unit.sample_facts import CAPTIONS, OTHER, POLICY, whole

NAMES = ("Each Occurrence", "Medical Expense", "Products-Completed Operations Aggregate")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Each Occurrence\t$1\nMedical Expense\t$2", {("Each Occurrence", (1,))}),
        ("Each Occurrence: $1 → $3", {("Each Occurrence", (1, 3))}),
        ("EachOccurrence$1", {("Each Occurrence", (1,))}),
        (
            "Products-\nCompleted Operations\nAggregate | $1.2 million",
            {("Products-Completed Operations Aggregate", (1_200_000,))},
        ),
        ("$1 is for Each Occurrence.\n$2 is for others", set()),
        ("the Each Occurrence limit of $1", set()),
        ("Each Occurrence\nMedical Expense\n$1\n$2", set()),
    ],
)
def test_a_names_amounts_are_those_directly_behind_it(
    text: str, found: set[tuple[str, tuple[int, ...]]]
) -> None:
    assert attributions(text, NAMES) >= found
    assert bool(attributions(text, NAMES)) == bool(found)


def test_an_export_that_says_what_the_page_says_is_not_unlike_it() -> None:
    assert unlike(whole(POLICY), whole(POLICY), POLICY) == []
    wrong = replace(POLICY, limits={**POLICY.limits, "Medical Expense": 1})
    assert unlike(whole(wrong), whole(wrong), POLICY) == []


def test_an_export_of_another_report_is_unlike_the_page() -> None:
    assert unlike(whole(OTHER), whole(POLICY), POLICY)
    assert unlike("", whole(POLICY), POLICY)
    assert "lacks the carrier" in unlike("", whole(POLICY), POLICY)


def test_an_export_in_which_two_amounts_changed_places_is_unlike_the_page() -> None:
    one, other = POLICY.limits["Each Occurrence"], POLICY.limits["General Aggregate"]
    swapped = {**POLICY.limits, "Each Occurrence": other, "General Aggregate": one}
    wrong = replace(POLICY, limits=swapped)
    assert unlike(whole(wrong), whole(POLICY), POLICY) == [
        f"gives Each Occurrence {dollars(other)}",
        f"gives General Aggregate {dollars(one)}",
    ]
    assert unlike(whole(wrong), whole(wrong), POLICY) == []


@pytest.mark.parametrize("between", [": ", "\n", "\t", " | "])
def test_labels_with_their_own_values_are_right(between: str) -> None:
    text = "\n".join(f"{label}{between}{value}" for label, value in POLICY.declarations.items())
    assert mislabelled(text, CAPTIONS, POLICY) == []
    assert mislabelled("", CAPTIONS, POLICY) == []


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("Carrier", POLICY.named_insured),
        ("Named Insured", POLICY.carrier),
        ("Policy Number", OTHER.policy_number),
        ("Policy Period", f"{POLICY.period_end:%m/%d/%Y} to {POLICY.period_start:%m/%d/%Y}"),
    ],
)
@pytest.mark.parametrize("between", [": ", "\n", "\t"])
def test_a_label_before_another_value_is_told(label: str, value: str, between: str) -> None:
    text = f"Summary\n{label}{between}{value}\nEndorsements: 4"
    assert mislabelled(text, CAPTIONS, POLICY) == [f"{label.casefold()}: {value}"]


@pytest.mark.parametrize(
    "text",
    [
        f"The carrier is {POLICY.carrier}.",
        "Carrier\tNamed Insured\tPolicy Number\tPolicy Period",
    ],
)
def test_prose_and_the_head_of_a_table_have_no_labels(text: str) -> None:
    assert mislabelled(text, CAPTIONS, POLICY) == []


def grid(*rows: tuple[str, ...]) -> Grid:
    """A table with nothing marked, captions first."""
    return Grid(rows[0], tuple(tuple(Cell(text, "") for text in row) for row in rows[1:]))


ROWS = [(name, dollars(amount)) for name, amount in POLICY.limits.items()]
RIGHT = sorted((name, (amount,)) for name, amount in POLICY.limits.items())


@pytest.mark.parametrize(
    "shown",
    [
        grid(("Coverage", "Limit"), *ROWS),
        grid(("Line", "Amount"), *ROWS),
        grid(("Document", "Coverage", "Limit"), *(("a.pdf", *row) for row in ROWS)),
        grid(("Coverage", "Limit", "Page"), *((*row, "1") for row in ROWS)),
        grid(("Coverage", "Limit"), ("General Liability",), *ROWS),
    ],
)
def test_limits_are_read_by_the_column_of_their_caption(shown: Grid) -> None:
    assert limits_in(shown, "Limit", POLICY) == RIGHT


@pytest.mark.parametrize(
    "shown",
    [
        grid(("Coverage", "Limit"), ("No data available.",)),
        grid(("Limit", "Coverage"), *ROWS),
        grid(("Coverage", "Limit"), *ROWS[:-1], (ROWS[-1][0],)),
        Grid((), ()),
    ],
)
def test_a_table_without_the_limits_has_others(shown: Grid) -> None:
    assert limits_in(shown, "Limit", POLICY) != RIGHT
