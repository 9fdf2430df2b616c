"""Record row 5: the comparison of a policy with its binder."""

from __future__ import annotations

import asyncio

import pytest

from fixtures.report_facts import (
    Term,
    all_amounts,
    amounts_in,
    read_differences,
    says,
    states,
    terms_of,
)
from fixtures.report_orders import ReportOrder
from fixtures.vault import BINDER, POLICY, VaultDocument
from postdeploy.flow import Flow
from postdeploy.pages.qumis.report import Downloaded, Grid
from postdeploy.probes.exports import read_pdf


@pytest.mark.prod_smoke
@pytest.mark.writes("document", "report")
@pytest.mark.covers(
    "comparison.loads",
    "comparison.selects",
    "comparison.generates",
    "comparison.progress",
    "comparison.completes",
    "comparison.side-by-side",
    "comparison.differences",
    "comparison.highlights",
    "comparison.export",
)
async def test_policy_comparison(flow: Flow) -> None:
    """A policy and its binder are compared: every term with both values, the differing ones marked."""
    policy, binder = await asyncio.gather(flow.shared(POLICY), flow.shared(BINDER))
    order = ReportOrder(flow, await flow.page("member"), "comparison", [policy, binder])
    await order.load()
    await order.select()
    await order.generate()
    await order.follow()
    report = await order.complete()
    captions = report.words.terms()

    async with flow.check.item("comparison.side-by-side") as step:
        face = await report.settled()
        kind = report.words.comparison_title.partition("{")[0]
        assert face.heading.startswith(kind), f"headed {face.heading!r}"
        for document in (policy, binder):
            assert document.name in face.heading, f"{document.name} is not in {face.heading!r}"
        grid = await report.table(report.words.side_by_side)
        first, second = in_column_order(grid, policy, binder)
        terms = terms_of(first.sample.facts, second.sample.facts, captions)
        step.saw(grid.texts(), expected=terms)
        judge_side_by_side(grid, terms)
    async with flow.check.item("comparison.differences") as step:
        grid = await report.table(report.words.side_by_side)
        first, second = in_column_order(grid, policy, binder)
        differing = [
            t for t in terms_of(first.sample.facts, second.sample.facts, captions) if t.differs
        ]
        listed = await report.items(report.words.differences)
        step.saw(listed, expected=differing)
        judge_differences(listed, differing)
    async with flow.check.item("comparison.highlights") as step:
        grid = await report.table(report.words.side_by_side)
        facts = (policy.sample.facts, binder.sample.facts)
        expected = {term.name for term in terms_of(*facts, captions) if term.differs}
        step.saw(marked_cells(grid), expected=f"both values of {sorted(expected)}, nothing else")
        judge_highlights(grid, terms_of(*facts, captions))
    async with flow.check.item("comparison.export") as step:
        file = await report.download("pdf")
        step.saw(
            f"{file.name}, {len(file.content)} bytes", expected="a PDF with both documents' figures"
        )
        judge_pdf(file, await report.text(), [policy, binder])


def in_column_order(
    grid: Grid, one: VaultDocument, other: VaultDocument
) -> tuple[VaultDocument, VaultDocument]:
    """The two documents in the order of the table's columns."""
    assert len(grid.columns) == 3, f"the table has the columns {grid.columns}"
    by_name = {one.name: one, other.name: other}
    assert set(grid.columns[1:]) == set(by_name), (
        f"the columns are {grid.columns}, not {list(by_name)}"
    )
    return by_name[grid.columns[1]], by_name[grid.columns[2]]


def judge_side_by_side(grid: Grid, terms: tuple[Term, ...]) -> None:
    """Each term has one row with both documents' values, and there are no other rows."""
    for term in terms:
        rows = [row for row in grid.rows if term.is_called(row[0].text)]
        assert len(rows) == 1, f"{term.name!r} has {len(rows)} rows"
        shown = (rows[0][1].text, rows[0][2].text)
        assert states(shown[0], term.first), f"{term.name}: {shown[0]!r}, should be {term.first}"
        assert states(shown[1], term.second), f"{term.name}: {shown[1]!r}, should be {term.second}"
    unknown = [row[0].text for row in grid.rows if not any(t.is_called(row[0].text) for t in terms)]
    assert not unknown, f"rows about terms that the documents do not have: {unknown}"


def judge_differences(lines: list[str], differing: list[Term]) -> None:
    """The list names exactly the terms that differ, each with both values."""
    found = read_differences(lines, tuple(differing))
    for term in differing:
        mine = [difference for difference in found if term.is_called(difference.term)]
        assert len(mine) == 1, f"the difference in {term.name!r} is listed {len(mine)} times"
        assert states(mine[0].first, term.first), f"{term.name}: {mine[0]}, should be {term.first}"
        assert states(mine[0].second, term.second), f"{term.name}: {mine[0]}, not {term.second}"
    others = [d.term for d in found if not any(term.is_called(d.term) for term in differing)]
    assert not others, f"listed as different though the documents agree: {others}"


def marked_cells(grid: Grid) -> list[tuple[str, int]]:
    """The marked cells: caption of the row, number of the column."""
    return [
        (row[0].text, column) for row in grid.rows for column, cell in enumerate(row) if cell.marked
    ]


def judge_highlights(grid: Grid, terms: tuple[Term, ...]) -> None:
    """Both cells of a differing term are marked, and no cell of one that agrees."""
    marked = set(marked_cells(grid))
    expected = {
        (row[0].text, column)
        for row in grid.rows
        for column in (1, 2)
        if any(term.differs and term.is_called(row[0].text) for term in terms)
    }
    assert expected, "no row of the table is about a term that differs"
    assert not expected - marked, f"different and not marked: {sorted(expected - marked)}"
    assert not marked - expected, f"marked and not different: {sorted(marked - expected)}"


def judge_pdf(file: Downloaded, shown: str, documents: list[VaultDocument]) -> None:
    """The file is a PDF that names both documents and holds every figure that the page shows."""
    assert not file.failure, f"the file {file.name!r} did not come: {file.failure}"
    pdf = read_pdf(file.content)
    assert not pdf.problem, f"{file.name} is {pdf.problem}"
    figures, on_page = set(amounts_in(pdf.text)), set(amounts_in(shown))
    assert figures == on_page, f"the PDF has the figures {figures}, the page {on_page}"
    for document in documents:
        own = set(all_amounts(document.sample.facts).values())
        assert own & figures, f"the PDF holds no figure of {document.name}"
        assert says(pdf.text, document.name), f"the PDF does not name {document.name}"
