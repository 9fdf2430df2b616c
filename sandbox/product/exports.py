"""Reports as files: PDF, Excel and CSV."""

from __future__ import annotations

import csv
import io

from sandbox.product.errors import NotFoundError
from sandbox.product.reports import Report
from sandbox.product.sections import lines_of

Rows = list[list[str]]


class Exports:
    """Makes the files of finished reports.

    The libraries for PDF and Excel are imported at the first use: they take a third of a second,
    which the start is spared.
    """

    def pdf(self, report: Report) -> bytes:
        """The whole report as a PDF file."""
        from sandbox.product.report_pdf import draw_report

        return draw_report(report.title, report.sections)

    def rows(self, report: Report) -> Rows:
        """What the table of a checklist or the data of a custom report holds, header first.

        Raises NotFoundError for any other kind.
        """
        if report.kind == "checklist":
            table = report.sections[0]
            cells = [[item["text"] for item in row] for row in table["rows"]]
            return [list(table["columns"]), *cells]
        if report.kind == "custom":
            return [["Section", "Content"], *_content(report)]
        raise NotFoundError("This report has no such export.")

    def csv(self, report: Report) -> bytes:
        """The rows as CSV in UTF-8."""
        buffer = io.StringIO()
        csv.writer(buffer).writerows(self.rows(report))
        return buffer.getvalue().encode()

    def xlsx(self, report: Report) -> bytes:
        """A checklist's rows as an Excel workbook; NotFoundError for any other kind."""
        if report.kind != "checklist":
            raise NotFoundError("This report has no such export.")
        return self.workbook(self.rows(report))

    def workbook(self, rows: Rows) -> bytes:
        """An Excel workbook of one sheet."""
        from openpyxl import Workbook

        book = Workbook(write_only=True)
        sheet = book.create_sheet("Coverage checklist")
        for row in rows:
            sheet.append(row)
        buffer = io.BytesIO()
        book.save(buffer)
        return buffer.getvalue()


def _content(report: Report) -> Rows:
    return [
        [section["title"], line]
        for section in report.sections
        if section["kind"] != "links"
        for line in lines_of(section)
    ]
