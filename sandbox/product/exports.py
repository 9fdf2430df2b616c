"""Reports as files: PDF, Excel and CSV."""

from __future__ import annotations

import csv
import io
from xml.sax.saxutils import escape

from openpyxl import Workbook
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from sandbox.product.errors import NotFoundError
from sandbox.product.reports import Report
from sandbox.product.sections import Section, lines_of

Rows = list[list[str]]
_STYLES = getSampleStyleSheet()
_GRID = TableStyle([("GRID", (0, 0), (-1, -1), 0.4, "#8899aa"), ("FONTSIZE", (0, 0), (-1, -1), 8)])


class Exports:
    """Makes the files of finished reports."""

    def pdf(self, report: Report) -> bytes:
        """The whole report as a PDF file."""
        buffer = io.BytesIO()
        story: list[Flowable] = [Paragraph(escape(report.title), _STYLES["Title"])]
        for section in report.sections:
            story += [Paragraph(escape(section["title"]), _STYLES["Heading2"]), *_body(section)]
        SimpleDocTemplate(buffer, pagesize=LETTER, title=report.title).build(story)
        return buffer.getvalue()

    def rows(self, report: Report) -> Rows:
        """What the tables of a checklist or the data of a custom report hold, header first."""
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
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.title = "Coverage checklist"
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


def _body(section: Section) -> list[Flowable]:
    if section["kind"] != "table":
        return [Paragraph(escape(line), _STYLES["BodyText"]) for line in lines_of(section)]
    rows = [[item["text"] for item in row] for row in section["rows"]]
    wrapped = [
        [Paragraph(escape(text), _STYLES["BodyText"]) for text in row]
        for row in [section["columns"], *rows]
    ]
    return [Table(wrapped, style=_GRID), Spacer(1, 6)]
