"""A picture of a first page is told from one of another page, however it was drawn."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageOps

from fixtures.documents.facts import KINDS, Kind
from fixtures.documents.pdf import draw_pages
from fixtures.documents.samples import make_document
from fixtures.viewing import nearest_page


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_first_page_is_nearest_to_the_first(kind: Kind, tmp_path: Path) -> None:
    path = make_document(kind, "run-1", tmp_path).path
    pages, large = draw_pages(path, 272), draw_pages(path, 765)
    nearest = [nearest_page(png(page), pages) for page in large]
    assert (nearest[0], 1 in nearest[1:]) == (1, False)


@pytest.mark.parametrize("kind", KINDS)
def test_a_first_page_that_is_drawn_otherwise_is_the_first(kind: Kind, tmp_path: Path) -> None:
    path = make_document(kind, "run-1", tmp_path).path
    pages, large = draw_pages(path, 272), draw_pages(path, 765)[0]
    shifted = ImageChops.offset(large, 9, 12)
    framed = ImageOps.expand(large, border=14, fill=120)
    pale = large.point(lambda shade: 150 + shade * 0.4)
    assert [nearest_page(png(one), pages) for one in (shifted, framed, pale)] == [1, 1, 1]
