"""A comparison is judged by the terms of its documents, and may say more of them than the terms that are asked for."""

from __future__ import annotations

import pytest

from fixtures.documents.facts import dollars
from fixtures.report_facts import Term, Value, terms_of
from postdeploy.pages.qumis.report import Cell, Grid
from selftests.unit.sample_facts import BINDER, CAPTIONS, POLICY
from tests.e2e.qumis.test_policy_comparison import (
    judge_differences,
    judge_highlights,
    judge_side_by_side,
)

TERMS = terms_of(POLICY, BINDER, CAPTIONS)


def printed(term: Term, value: Value) -> str:
    """A term's value as a table shows it."""
    if isinstance(value, int):
        return dollars(value)
    if isinstance(value, str):
        return value
    forms = POLICY.endorsements if value == POLICY.endorsements else BINDER.endorsements
    return POLICY.period if term.name == "Policy Period" else "; ".join(f.printed for f in forms)


def row(name: str, first: str, second: str) -> tuple[Cell, Cell, Cell]:
    """A row whose values are marked where they differ."""
    mark = "marked" if first != second else ""
    return Cell(name, ""), Cell(first, mark), Cell(second, mark)


ROWS = tuple(row(t.name, printed(t, t.first), printed(t, t.second)) for t in TERMS)
KIND = row("Document Type", "Policy", "Binder")
LINES = [f"{a.text}: {b.text} → {c.text}" for a, b, c in ROWS if b.text != c.text]


def table(*more: tuple[Cell, ...]) -> Grid:
    """The whole table, with rows of its own below it."""
    return Grid(("Term", "one.pdf", "two.pdf"), (*ROWS, *more))


@pytest.mark.parametrize("more", [(), (KIND,)], ids=["as asked for", "with another term"])
def test_a_right_comparison_is_right(more: tuple[tuple[Cell, ...], ...]) -> None:
    judge_side_by_side(table(*more), TERMS)
    judge_highlights(table(*more), TERMS)
    judge_differences([*LINES, *(["Document Type: Policy → Binder"] if more else [])], TERMS)


@pytest.mark.parametrize(
    "wrong",
    [
        row("Cyber Liability", "$1", "$1"),
        (Cell("Carrier", ""), Cell(POLICY.carrier, "")),
        row("Medical Expense", *(dollars(BINDER.limits["Medical Expense"]),) * 2),
    ],
    ids=["an invented amount", "a row twice, and short", "a value in the other's column"],
)
def test_a_row_that_the_documents_do_not_have_is_wrong(wrong: tuple[Cell, ...]) -> None:
    with pytest.raises(AssertionError):
        judge_side_by_side(table(wrong), TERMS)


def test_a_row_that_lacks_a_cell_is_wrong() -> None:
    short = Grid(("Term", "one.pdf", "two.pdf"), (ROWS[0][:2], *ROWS[1:]))
    with pytest.raises(AssertionError, match="has 1 values"):
        judge_side_by_side(short, TERMS)
    judge_highlights(short, TERMS)


@pytest.mark.parametrize(
    "line", ["Carrier: A → B", "Document Type: Policy → Policy", "5 differences", "not stated"]
)
def test_a_line_about_no_difference_is_wrong(line: str) -> None:
    with pytest.raises(AssertionError, match="the documents agree"):
        judge_differences([*LINES, line], TERMS)


@pytest.mark.parametrize(
    "line", ["Premium: $12,400 → $13,100", "Each Occurrence limit: $1.1M → $1.2M"]
)
def test_a_difference_in_amounts_that_the_documents_do_not_have_is_wrong(line: str) -> None:
    with pytest.raises(AssertionError, match="do not have"):
        judge_differences([*LINES, line], TERMS)


def test_another_term_must_be_marked_as_it_differs() -> None:
    unmarked = tuple(Cell(cell.text, "") for cell in KIND)
    with pytest.raises(AssertionError, match="not marked"):
        judge_highlights(table(unmarked), TERMS)
