"""Reads exported files: the rows of CSV and Excel, the text of PDF."""

from __future__ import annotations

import csv
import io
import threading
import zipfile
import zlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import openpyxl
import pypdfium2
from openpyxl.utils.exceptions import InvalidFileException

CellValue = str | int | float | bool | date | datetime | None

PDFIUM: Final = threading.Lock()
"""PDFium may be used by one thread at a time, in the whole process."""

_NO_WORKBOOK: Final = (
    zipfile.BadZipFile,
    zlib.error,
    InvalidFileException,
    SyntaxError,  # of the XML
    LookupError,
    ValueError,
    EOFError,
    OSError,
)
"""What openpyxl raises, on opening or on reading, for a file that Excel would not open either."""


@dataclass(frozen=True)
class ExportedRows:
    """The rows of a file; `problem` says why it could not be opened as what it should be."""

    rows: tuple[tuple[CellValue, ...], ...]
    problem: str = ""


@dataclass(frozen=True)
class ExportedPages:
    """The text of each page of a file; `problem` says why it could not be opened as a PDF."""

    pages: tuple[str, ...]
    problem: str = ""

    @property
    def text(self) -> str:
        """The text of all pages."""
        return "\n".join(self.pages)


def read_csv(content: bytes) -> ExportedRows:
    """The rows of a CSV file in UTF-8, with or without a byte order mark."""
    try:
        text = content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        return ExportedRows((), f"no CSV in UTF-8: {error}; begins {content[:60]!r}")
    return ExportedRows(tuple(tuple(row) for row in rows if row))


def read_xlsx(content: bytes) -> ExportedRows:
    """The rows of the first sheet of an Excel workbook that are not empty."""
    try:
        rows = _sheet(content)
    except _NO_WORKBOOK as error:
        return ExportedRows((), f"no Excel workbook: {error}; begins {content[:60]!r}")
    return ExportedRows(tuple(row for row in rows if any(value is not None for value in row)))


def _sheet(content: bytes) -> list[tuple[CellValue, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        return [_values(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    finally:
        book.close()


def read_pdf(content: bytes) -> ExportedPages:
    """The text of a PDF, page by page."""
    with PDFIUM:
        try:
            document = pypdfium2.PdfDocument(content)
        except pypdfium2.PdfiumError as error:
            return ExportedPages((), f"no PDF: {error}; begins {content[:60]!r}")
        try:
            return ExportedPages(tuple(_page_text(page) for page in document))
        except pypdfium2.PdfiumError as error:
            return ExportedPages((), f"no whole PDF: {error}; begins {content[:60]!r}")
        finally:
            document.close()


def _page_text(page: pypdfium2.PdfPage) -> str:
    # PDFium gives a hyphen at the end of a line as U+FFFE.
    text = str(page.get_textpage().get_text_range())
    return text.replace("\r\n", "\n").replace("\ufffe", "-")


def _values(row: tuple[object, ...]) -> tuple[CellValue, ...]:
    return tuple(
        value if isinstance(value, str | int | float | date | None) else str(value) for value in row
    )
