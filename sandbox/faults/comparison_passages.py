"""Faults of single passages of a comparison: nearly right, and wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.faults.base import Fault, put, wrap
from sandbox.product.documents import Document
from sandbox.product.reports import Report
from sandbox.product.sections import Section

if TYPE_CHECKING:
    from sandbox.world import World

Compared = list[tuple[str, str, str]]
Writing = Callable[[Document, Document], list[Section]]


class RowMissing(Fault):
    """A term on which both documents agree, and which nobody misses."""

    id = "comparison.row-missing"
    title = "A comparison leaves out a deductible on which the documents agree"

    def apply(self, world: World) -> None:
        def fewer(
            original: Callable[[Document, Document], Compared], one: Document, other: Document
        ) -> Compared:
            rows = original(one, other)
            alike = [row for row in rows if row[0].startswith("Deductible") and row[1] == row[2]]
            return [row for row in rows if row not in alike]

        wrap(world.writer, "compared", fewer)


class DifferenceOmitted(Fault):
    """A list that ends too early."""

    id = "comparison.difference-omitted"
    title = "A comparison lists all differences but the last"

    def apply(self, world: World) -> None:
        def shorter(original: Callable[[Compared], list[str]], rows: Compared) -> list[str]:
            return original(rows)[:-1]

        wrap(world.writer, "differences", shorter)


class DifferencesReversed(Fault):
    """The right values the wrong way round."""

    id = "comparison.differences-reversed"
    title = "The differences of a comparison go from the second document to the first"

    def apply(self, world: World) -> None:
        def reversed_(original: Callable[[Compared], list[str]], rows: Compared) -> list[str]:
            return original([(term, second, first) for term, first, second in rows])

        wrap(world.writer, "differences", reversed_)


class HighlightsOnNextRow(Fault):
    """As many marks as there should be, each one row too low."""

    id = "comparison.highlights-on-next-row"
    title = "A comparison marks the row below each difference"

    def apply(self, world: World) -> None:
        def lower(original: Writing, one: Document, other: Document) -> list[Section]:
            table, *others = original(one, other)
            rows = table["rows"]
            marks = [row[1]["mark"] for row in rows]
            for row, mark in zip(rows, [marks[-1], *marks[:-1]], strict=True):
                row[1]["mark"] = row[2]["mark"] = mark
            return [table, *others]

        wrap(world.writer, "comparison", lower)


class PdfOfFirstDocument(Fault):
    """A file that has lost its last column."""

    id = "comparison.pdf-of-first-document"
    title = "The PDF of a comparison holds the values of the first document only"

    def apply(self, world: World) -> None:
        def narrow(original: Callable[[Report], bytes], report: Report) -> bytes:
            if report.kind != "comparison":
                return original(report)
            table = report.sections[0]
            columns, rows = table["columns"][:2], [row[:2] for row in table["rows"]]
            return original(replace(report, sections=[{**table, "columns": columns, "rows": rows}]))

        wrap(world.exports, "pdf", narrow)


class OneDocumentTwice(Fault):
    """Two columns of one document, each under its right name."""

    id = "comparison.same-document-twice"
    title = "A comparison reads the first document for both columns"

    def apply(self, world: World) -> None:
        healthy = world.writer.compared

        def twice(first: Document, _second: Document) -> Compared:
            return healthy(first, first)

        put(world.writer, "compared", twice)


class DifferenceInvented(Fault):
    """A line more than there is to say, in the form of the others."""

    id = "comparison.difference-invented"
    title = "A comparison lists a difference in a term that neither document has"

    def apply(self, world: World) -> None:
        def longer(original: Callable[[Compared], list[str]], rows: Compared) -> list[str]:
            return [*original(rows), "Premium: $12,400 → $13,100"]

        wrap(world.writer, "differences", longer)


class PdfNamesSwapped(Fault):
    """The right columns under each other's names: the names have moved, not the values."""

    id = "comparison.pdf-names-swapped"
    title = "In the PDF of a comparison the documents' names stand over each other's columns"

    def apply(self, world: World) -> None:
        def renamed(original: Callable[[Report], bytes], report: Report) -> bytes:
            if report.kind != "comparison":
                return original(report)
            table, *others = report.sections
            term, first, second = table["columns"]
            turned = {**table, "columns": [term, second, first]}
            return original(replace(report, sections=[turned, *others]))

        wrap(world.exports, "pdf", renamed)
