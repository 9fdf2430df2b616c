"""Record row 7: the coverage checklist of several policies."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest

from fixtures.privacy import require_private_report
from fixtures.report_facts import amounts_in, plain
from fixtures.report_files import judge_file
from fixtures.report_orders import ReportOrder
from fixtures.reports import TEAM_CONTRACT
from fixtures.vault import BINDER, POLICY, VaultDocument
from postdeploy.flow import Flow
from postdeploy.pages.qumis.report import Downloaded, Grid, ReportPage
from postdeploy.probes.exports import CellValue, ExportedRows, read_csv, read_xlsx

Row = dict[str, str]


@pytest.mark.prod_smoke
@pytest.mark.writes("document", "report")
@pytest.mark.covers(
    "checklist.loads",
    "checklist.selects",
    "checklist.generates",
    "checklist.progress",
    "checklist.completes",
    "checklist.column.limits",
    "checklist.column.deductibles",
    "checklist.column.carriers",
    "checklist.export",
)
async def test_coverage_checklist(flow: Flow) -> None:
    """Three documents of both vaults are tabulated with their own carriers, limits and deductibles, and exported."""
    documents = await asyncio.gather(*map(flow.shared, (POLICY, BINDER, TEAM_CONTRACT)))
    order = ReportOrder(flow, await flow.page("member"), "checklist", documents)
    await order.load()
    await order.select(enough=1)
    await order.generate()
    await order.follow()
    report = await order.complete()

    async with flow.check.item("checklist.column.limits") as step:
        face = await report.settled()
        assert not face.alerts, f"the report says {face.alerts}"
        rows = await rows_of(report, documents, "coverage", "limit")
        step.saw(rows, expected={one.name: dict(one.sample.facts.limits) for one in documents})
        for document in documents:
            judge_limits(rows[document.name], document)
    async with flow.check.item("checklist.column.deductibles") as step:
        rows = await rows_of(report, documents, "coverage", "deductible")
        step.saw(rows, expected={one.name: dict(one.sample.facts.deductibles) for one in documents})
        for document in documents:
            judge_deductibles(rows[document.name], document)
    async with flow.check.item("checklist.column.carriers") as step:
        rows = await rows_of(report, documents, "carrier")
        step.saw(rows, expected={one.name: one.sample.facts.carrier for one in documents})
        for document in documents:
            carriers = {row["carrier"] for row in rows[document.name]}
            right = document.sample.facts.carrier
            assert carriers == {right}, f"{document.name} is {right}'s, the table says {carriers}"
    async with flow.check.item("checklist.export") as step:
        shown = (await report.table(report.words.coverage_table)).texts()
        assert len(shown) > 1, "the table on the page is empty"
        excel = await report.download("xlsx")
        text = await report.download("csv")
        step.saw(
            f"{excel.name} {len(excel.content)} bytes, {text.name} {len(text.content)} bytes",
            expected=f"both with the {len(shown)} rows of the page",
        )
        judge_file(excel, "xlsx")
        judge_export(excel, await flow.run.in_thread(read_xlsx, excel.content), shown)
        judge_file(text, "csv")
        judge_export(text, read_csv(text.content), shown)
        await require_private_report(flow, order.report_id, "xlsx", "csv")


async def rows_of(
    report: ReportPage, documents: Sequence[VaultDocument], *columns: str
) -> dict[str, list[Row]]:
    """The table's rows by document; it has these columns, and rows for each document alone."""
    grid: Grid = await report.table(report.words.coverage_table)
    captions = report.words.columns()
    for column in ("policy", *columns):
        shown = grid.columns.count(captions[column])
        assert shown == 1, f"no column {captions[column]!r} among {grid.columns}"
    ragged = [row for row in grid.texts() if len(row) != len(grid.columns)]
    assert not ragged, f"rows that have not a cell for each of {grid.columns}: {ragged}"
    keys = [_key(caption, captions) for caption in grid.columns]
    rows = [{k: cell.text for k, cell in zip(keys, row, strict=True)} for row in grid.rows]
    names = {document.name for document in documents}
    listed = {row["policy"] for row in rows}
    assert listed == names, f"the table lists {sorted(listed)}, chosen were {sorted(names)}"
    return {name: [row for row in rows if row["policy"] == name] for name in names}


def _key(caption: str, captions: Mapping[str, str]) -> str:
    return next((key for key, known in captions.items() if known == caption), caption)


def judge_limits(rows: Sequence[Row], document: VaultDocument) -> None:
    """Each coverage of the document has one row with its amount, and no other row has a limit."""
    limits = document.sample.facts.limits
    stated = sorted((row["coverage"], amounts_in(row["limit"])) for row in rows)
    found = [(coverage, amounts) for coverage, amounts in stated if amounts or coverage in limits]
    right = sorted((name, (amount,)) for name, amount in limits.items())
    assert found == right, f"{document.name}: the limits are {found}, should be {dict(limits)}"


def judge_deductibles(rows: Sequence[Row], document: VaultDocument) -> None:
    """The column holds the document's deductibles, none else, each with what it is for."""
    deductibles = document.sample.facts.deductibles
    found = {amount for row in rows for amount in amounts_in(row["deductible"])}
    right = set(deductibles.values())
    assert found == right, f"{document.name}: the deductibles are {found}, should be {right}"
    for row in rows:
        own = deductibles.get(row["coverage"])
        assert own is None or amounts_in(row["deductible"]) == (own,), f"should be ${own:,}: {row}"


def judge_export(file: Downloaded, read: ExportedRows, shown: list[list[str]]) -> None:
    """The file opens and holds, cell by cell, what the page shows."""
    assert not read.problem, f"{file.name} is {read.problem}"
    assert len(read.rows) == len(shown), f"{file.name} has {len(read.rows)} rows, not {len(shown)}"
    for number, (cells, texts) in enumerate(zip(read.rows, shown, strict=True), start=1):
        assert len(cells) == len(texts), f"{file.name}, row {number}: {len(cells)} cells"
        for cell, text in zip(cells, texts, strict=True):
            assert same(cell, text), f"{file.name}, row {number}: {cell!r}, the page shows {text!r}"


def same(cell: CellValue, text: str) -> bool:
    """Whether a cell of a file is what the page shows: the same words, or the amount as a number."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return amounts_in(text) == (Decimal(str(cell)),)
    return plain("" if cell is None else str(cell)) == plain(text)
