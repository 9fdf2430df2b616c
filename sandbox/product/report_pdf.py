"""Draws a report as a PDF file."""

from __future__ import annotations

import io
from xml.sax.saxutils import escape

from reportlab.lib.colors import getAllNamedColors
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from sandbox.product.sections import Section, lines_of

# Reportlab gathers the names at the first use; of two threads the second would find none.
getAllNamedColors()
_STYLES = getSampleStyleSheet()
_GRID = TableStyle(
    [("GRID", (0, 0), (-1, -1), 0.4, "#8899aa"), ("VALIGN", (0, 0), (-1, -1), "TOP")]
)


def draw_report(title: str, sections: list[Section]) -> bytes:
    """The title and every section, on as many letter pages as needed."""
    buffer = io.BytesIO()
    story: list[Flowable] = [Paragraph(escape(title), _STYLES["Title"])]
    for section in sections:
        story += [Paragraph(escape(section["title"]), _STYLES["Heading2"]), *_body(section)]
    SimpleDocTemplate(buffer, pagesize=LETTER, title=title).build(story)
    return buffer.getvalue()


def _body(section: Section) -> list[Flowable]:
    if section["kind"] != "table":
        return [_text(line) for line in lines_of(section)]
    rows = [[_text(item["text"]) for item in row] for row in section["rows"]]
    header = [_text(column) for column in section["columns"]]
    return [Table([header, *rows], style=_GRID), Spacer(1, 6)]


def _text(text: str) -> Paragraph:
    return Paragraph(escape(text), _STYLES["BodyText"])
