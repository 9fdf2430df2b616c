"""Faults of the files that reports are exported as, and of the mails about them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.faults.base import Fault, wrap
from sandbox.faults.figures import nearly_right
from sandbox.product.reports import Report
from sandbox.product.sections import Section, lines_of, list_section

if TYPE_CHECKING:
    from sandbox.product.people import Person
    from sandbox.world import World

Rows = list[list[str]]


class PdfFiguresDiffer(Fault):
    """A file that looks right, and whose figures are not the page's."""

    id = "reports.pdf-figures-differ"
    title = "The figures in the PDF of a report are not those of its page"

    def apply(self, world: World) -> None:
        def raised(original: Callable[[Report], bytes], report: Report) -> bytes:
            return original(replace(report, sections=[_raised(part) for part in report.sections]))

        wrap(world.exports, "pdf", raised)


def _raised(section: Section) -> Section:
    """The same section as a list, with its figures nearly right."""
    return list_section(section["title"], [nearly_right(line) for line in lines_of(section)])


class ExcelLacksLastRow(Fault):
    """A loop that ends one too early."""

    id = "checklist.excel-lacks-last-row"
    title = "The Excel file of a checklist lacks the table's last row"

    def apply(self, world: World) -> None:
        def shorter(original: Callable[[Rows], bytes], rows: Rows) -> bytes:
            return original(rows[:-1])

        wrap(world.exports, "workbook", shorter)


class CsvColumnsSwapped(Fault):
    """The right captions over each other's values."""

    id = "checklist.csv-columns-swapped"
    title = "The CSV of a checklist has limits under Deductible and deductibles under Limit"

    def apply(self, world: World) -> None:
        def swapped(original: Callable[[Report], bytes], report: Report) -> bytes:
            if report.kind != "checklist":
                return original(report)
            [table] = report.sections
            rows = [[*row[:-2], row[-1], row[-2]] for row in table["rows"]]
            return original(replace(report, sections=[{**table, "rows": rows}]))

        wrap(world.exports, "csv", swapped)


class DataLacksEndorsements(Fault):
    """A file that ends too early."""

    id = "custom.data-lacks-endorsements"
    title = "The data.csv of a custom report holds no endorsement"

    def apply(self, world: World) -> None:
        def shorter(original: Callable[[Report], bytes], report: Report) -> bytes:
            kept = [part for part in report.sections if part["title"] != "Endorsements"]
            return original(replace(report, sections=kept))

        wrap(world.exports, "csv", shorter)


class ShareToNobody(Fault):
    """A mail to an address at which nobody reads."""

    id = "reports.share-to-nobody"
    title = "The mail about a shared report goes to an address that nobody has"

    def apply(self, world: World) -> None:
        def lost(original: Callable[..., None], person: Person, report: Report, _to: str) -> None:
            original(person, report, "undefined@qumis.example")

        wrap(world.sharing, "mail", lost)


class CoveragePdfLacksClaim(Fault):
    """A file that no longer says what it is about."""

    id = "coverage.pdf-lacks-claim"
    title = "The PDF of a coverage report lacks the finding that takes up the claim"

    def apply(self, world: World) -> None:
        def without(original: Callable[[Report], bytes], report: Report) -> bytes:
            if report.kind != "coverage":
                return original(report)
            findings, *others = report.sections
            kept = [line for line in findings["items"] if report.claim not in line]
            return original(replace(report, sections=[{**findings, "items": kept}, *others]))

        wrap(world.exports, "pdf", without)


class ExcelUnreadable(Fault):
    """A workbook whose parts are all there, and of which one is cut off."""

    id = "checklist.excel-unreadable"
    title = "The sheet within the Excel file of a checklist is cut off in the middle"

    def apply(self, world: World) -> None:
        def cut(original: Callable[[Rows], bytes], rows: Rows) -> bytes:
            return _with_sheet_cut(original(rows))

        wrap(world.exports, "workbook", cut)


def _with_sheet_cut(workbook: bytes) -> bytes:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as whole,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as broken,
    ):
        for name in whole.namelist():
            part = whole.read(name)
            sheet = name.startswith("xl/worksheets/")
            broken.writestr(name, part[: len(part) // 2] if sheet else part)
    return buffer.getvalue()
