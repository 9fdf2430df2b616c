"""Exported files are read cell by cell, and one that is of another kind is told, not raised."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from reportlab.lib.pagesizes import LETTER
from reportlab.pdfgen.canvas import Canvas

from postdeploy.probes.exports import read_csv, read_pdf, read_xlsx

ERROR_PAGE = b"<!doctype html><title>502 Bad Gateway</title>"
TEXT = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1)


@given(st.lists(st.lists(TEXT, min_size=2, max_size=2), min_size=1))
def test_csv_comes_back_as_it_was_written(rows: list[list[str]]) -> None:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    assert [list(row) for row in read_csv(buffer.getvalue().encode()).rows] == rows


def test_csv_with_a_byte_order_mark_has_the_same_first_caption() -> None:
    assert read_csv("\ufeffPolicy,Limit\r\n".encode()).rows == (("Policy", "Limit"),)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00P", b'"never closed'])
def test_what_is_no_csv_is_told(content: bytes) -> None:
    read = read_csv(content)
    assert read.rows == ()
    assert "no CSV" in read.problem


def test_excel_keeps_numbers_as_numbers_and_leaves_out_empty_rows() -> None:
    read = read_xlsx(_workbook([["Coverage", "Limit"], ["Medical Expense", 5050], [None, None]]))
    assert read.rows == (("Coverage", "Limit"), ("Medical Expense", 5050))
    assert not read.problem


@pytest.mark.parametrize("content", [b"", ERROR_PAGE, b"Policy,Limit\r\n", b"PK\x03\x04 cut off"])
def test_what_is_no_workbook_is_told(content: bytes) -> None:
    read = read_xlsx(content)
    assert read.rows == ()
    assert "no Excel workbook" in read.problem


def test_an_archive_that_is_no_workbook_is_told() -> None:
    assert "no Excel workbook" in read_xlsx(_zip_without_workbook()).problem


def test_pdf_text_is_read_page_by_page() -> None:
    read = read_pdf(_pdf("Each Occurrence: $1,010,000", "CG 20 10 04 13"))
    assert [page.strip() for page in read.pages] == [
        "Each Occurrence: $1,010,000",
        "CG 20 10 04 13",
    ]


@pytest.mark.parametrize("content", [b"", ERROR_PAGE, b"%PDF-1.7 cut off"])
def test_what_is_no_pdf_is_told(content: bytes) -> None:
    read = read_pdf(content)
    assert read.pages == ()
    assert "no PDF" in read.problem


def test_a_workbook_of_which_the_sheet_is_cut_off_is_told() -> None:
    content = _with_sheet_cut(_workbook([["Coverage", "Limit"], ["Medical Expense", 5050]]))
    assert "no Excel workbook" in read_xlsx(content).problem


def test_a_workbook_without_a_sheet_is_told() -> None:
    read = read_xlsx(_rewritten(_workbook([["A"]]), "xl/workbook.xml", _without_sheets))
    assert (read.rows, bool(read.problem)) == ((), True)


def _workbook(rows: list[list[str | int | None]]) -> bytes:
    book, buffer = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.save(buffer)
    return buffer.getvalue()


def _zip_without_workbook() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("readme.txt", "nothing here")
    return buffer.getvalue()


def _pdf(*pages: str) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=LETTER)
    for text in pages:
        canvas.drawString(72, 700, text)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _with_sheet_cut(workbook: bytes) -> bytes:
    return _rewritten(workbook, "xl/worksheets/sheet1.xml", lambda part: part[: len(part) // 2])


def _without_sheets(part: bytes) -> bytes:
    return re.sub(rb"<sheet .*?/>", b"", part)


def _rewritten(workbook: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as whole,
        zipfile.ZipFile(buffer, "w") as other,
    ):
        for part in whole.namelist():
            content = whole.read(part)
            other.writestr(part, change(content) if part == name else content)
    return buffer.getvalue()
