"""Reads PDF files: their text, page by page, and pictures of their pages."""

from __future__ import annotations

import asyncio
import io
import threading

import pypdfium2

# PDFium keeps global state and must not be entered by two threads at once.
_pdfium = threading.Lock()
PIXELS_PER_POINT = 1.25


def is_pdf(content: bytes) -> bool:
    """Whether these bytes begin as every PDF file does."""
    return content.lstrip()[:5] == b"%PDF-"


def read_pages(content: bytes) -> list[str]:
    """The text of each page; raises `pypdfium2.PdfiumError` if the file cannot be read."""
    with _pdfium:
        document = pypdfium2.PdfDocument(content)
        try:
            return [_page_text(document, index) for index in range(len(document))]
        finally:
            document.close()


def _page_text(document: pypdfium2.PdfDocument, index: int) -> str:
    text: str = document[index].get_textpage().get_text_range()
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def draw_page(content: bytes, number: int) -> bytes:
    """A PNG picture of page `number`, counted from 1."""
    with _pdfium:
        document = pypdfium2.PdfDocument(content)
        try:
            image = document[number - 1].render(scale=PIXELS_PER_POINT).to_pil()
        finally:
            document.close()
    buffer = io.BytesIO()
    image.convert("P", colors=64).save(buffer, "PNG")
    return buffer.getvalue()


async def pages_of(content: bytes) -> list[str]:
    """`read_pages` off the event loop."""
    return await asyncio.to_thread(read_pages, content)


async def picture_of(content: bytes, number: int) -> bytes:
    """`draw_page` off the event loop."""
    return await asyncio.to_thread(draw_page, content, number)
