"""Record row 5: the comparison of a policy with its binder."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from fixtures.privacy import require_private_report
from fixtures.report_facts import (
    Difference,
    Term,
    all_amounts,
    amounts_in,
    plain,
    read_differences,
    says,
    states,
    terms_of,
)
from fixtures.report_files import judge_file
from fixtures.report_orders import ReportOrder
from fixtures.report_places import attributions
from fixtures.vault import BINDER, POLICY, VaultDocument
from postdeploy.flow import Flow
from postdeploy.pages.qumis.report import Cell, Downloaded, Grid
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
        assert not face.alerts, f"the report says {face.alerts}"
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
        terms = terms_of(first.sample.facts, second.sample.facts, captions)
        listed = await report.items(report.words.differences)
        step.saw(listed, expected=[term for term in terms if term.differs])
        judge_differences(listed, terms)
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
        grid = await report.table(report.words.side_by_side)
        judge_pdf(file, await report.text(), in_column_order(grid, policy, binder))
        await require_private_report(flow, order.report_id, "pdf")


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
    """Each term has one row with both documents' values; no row has an amount that its document has not."""
    for term in terms:
        rows = [row for row in grid.rows if term.is_called(row[0].text)]
        assert len(rows) == 1, f"{term.name!r} has {len(rows)} rows"
        shown = [cell.text for cell in rows[0][1:]]
        assert len(shown) == 2, f"the row {term.name!r} has {len(shown)} values: {shown}"
        assert states(shown[0], term.first), f"{term.name}: {shown[0]!r}, should be {term.first}"
        assert states(shown[1], term.second), f"{term.name}: {shown[1]!r}, should be {term.second}"
    stated = {term.first for term in terms}, {term.second for term in terms}
    invented = [
        [cell.text for cell in row]
        for row in grid.rows
        for cell, own in zip(row[1:], stated, strict=False)
        if set(amounts_in(cell.text)) - own
    ]
    assert not invented, f"rows with amounts that the documents do not have: {invented}"


def judge_differences(lines: list[str], terms: tuple[Term, ...]) -> None:
    """The list names each term that differs, with both values, and none that does not."""
    found = read_differences(lines, terms)
    for term in [term for term in terms if term.differs]:
        mine = [difference for difference in found if term.is_called(difference.term)]
        assert len(mine) == 1, f"the difference in {term.name!r} is listed {len(mine)} times"
        assert states(mine[0].first, term.first), f"{term.name}: {mine[0]}, should be {term.first}"
        assert states(mine[0].second, term.second), f"{term.name}: {mine[0]}, not {term.second}"
    alike = [d for d in found if not is_different(d, terms)]
    assert not alike, f"listed as different though the documents agree: {alike}"
    invented = [d for d in found if not is_stated(d, terms)]
    assert not invented, f"listed with amounts that the documents do not have: {invented}"


def is_different(found: Difference, terms: tuple[Term, ...]) -> bool:
    """Whether the documents disagree there; of what else they say, by the two values that are listed."""
    for term in terms:
        if term.is_called(found.term):
            return term.differs
    return plain(found.first) != plain(found.second)


def is_stated(found: Difference, terms: tuple[Term, ...]) -> bool:
    """Whether each amount of a line stands in that document whose value it is said to be."""
    first, second = {term.first for term in terms}, {term.second for term in terms}
    return set(amounts_in(found.first)) <= first and set(amounts_in(found.second)) <= second


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
        if is_different(shown_by(row), terms)
    }
    assert expected, "no row of the table is about a term that differs"
    assert not expected - marked, f"different and not marked: {sorted(expected - marked)}"
    assert not marked - expected, f"marked and not different: {sorted(marked - expected)}"


def shown_by(row: Sequence[Cell]) -> Difference:
    """A row of the table, read as a line of the list would be."""
    texts = [cell.text for cell in row]
    return Difference(texts[0], *texts[1:3]) if len(texts) > 2 else Difference(texts[0], "", "")


def judge_pdf(file: Downloaded, shown: str, documents: tuple[VaultDocument, VaultDocument]) -> None:
    """The file is a PDF that names both documents and holds every figure that the page shows.

    `documents` are in the order of the page's columns.
    """
    judge_file(file, "pdf")
    pdf = read_pdf(file.content)
    assert not pdf.problem, f"{file.name} is {pdf.problem}"
    figures, on_page = set(amounts_in(pdf.text)), set(amounts_in(shown))
    assert figures == on_page, f"the PDF has the figures {figures}, the page {on_page}"
    names = all_amounts(documents[0].sample.facts)
    both = {(name, pair) for name, pair in attributions(pdf.text, names) if len(pair) == 2}
    wrong = both - attributions(shown, names)
    assert not wrong, f"the PDF, otherwise than the page, gives {sorted(wrong)}"
    first, second = (document.name for document in documents)
    # Names that follow each other without a word between them are captions; a title has one there.
    turned = says(pdf.text, second + first) and not says(pdf.text, first + second)
    assert not turned, f"the PDF has the columns {second}, {first}, the page the other way round"
    for document in documents:
        own = set(all_amounts(document.sample.facts).values())
        assert own & figures, f"the PDF holds no figure of {document.name}"
        assert says(pdf.text, document.name), f"the PDF does not name {document.name}"
