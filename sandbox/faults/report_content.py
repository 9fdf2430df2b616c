"""Faults of what reports say."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sandbox.faults.base import Fault, put, wrap
from sandbox.faults.figures import nearly_right
from sandbox.product.documents import Document
from sandbox.product.facts import NOT_STATED
from sandbox.product.sections import Section, cell, facts_section, list_section

if TYPE_CHECKING:
    from sandbox.world import World

Compared = list[tuple[str, str, str]]


class LimitWrong(Fault):
    """A figure that is nearly right."""

    id = "analysis.limit-wrong"
    title = "One limit of a policy analysis is not the policy's"

    def apply(self, world: World) -> None:
        def wrong(original: Callable[[Document], Section], document: Document) -> Section:
            section = original(document)
            amount = section["rows"][0][1]
            amount["text"] = nearly_right(amount["text"])
            return section

        wrap(world.writer, "limits", wrong)


class EndorsementsMissing(Fault):
    """A section that is there, and empty."""

    id = "analysis.endorsements-missing"
    title = "A policy analysis lists no endorsements"

    def apply(self, world: World) -> None:
        put(world.writer, "endorsements", lambda _document: list_section("Endorsements", []))


class SummaryOfNobody(Fault):
    """A summary that could be of any policy."""

    id = "analysis.summary-generic"
    title = "The summary of a policy analysis names neither carrier nor insured"

    def apply(self, world: World) -> None:
        def generic(document: Document) -> Section:
            return facts_section(
                "Executive Summary", [("Document", document.name), ("Carrier", NOT_STATED)]
            )

        put(world.writer, "summary", generic)


class FindingsGeneric(Fault):
    """Findings that could be of any policy."""

    id = "analysis.findings-generic"
    title = "The key findings of a policy analysis say nothing of the policy"

    def apply(self, world: World) -> None:
        findings = ["The policy was reviewed.", "Please ask your broker for details."]
        put(world.writer, "key_findings", lambda _document: findings)


class NoDifferences(Fault):
    """Two different documents that are said to be alike."""

    id = "comparison.no-differences"
    title = "A comparison lists no differences"

    def apply(self, world: World) -> None:
        put(world.writer, "differences", lambda _rows: [])


class AllHighlighted(Fault):
    """Marks that say nothing because they are everywhere."""

    id = "comparison.all-highlighted"
    title = "A comparison highlights every cell, alike ones too"

    def apply(self, world: World) -> None:
        put(world.writer, "differs", lambda _first, _second: True)


class NoneHighlighted(Fault):
    """Marks that are nowhere."""

    id = "comparison.none-highlighted"
    title = "A comparison highlights nothing"

    def apply(self, world: World) -> None:
        put(world.writer, "differs", lambda _first, _second: False)


class ColumnsSwapped(Fault):
    """The right values under the wrong names."""

    id = "comparison.columns-swapped"
    title = "A comparison shows each document's values under the other's name"

    def apply(self, world: World) -> None:
        def swapped(
            original: Callable[[Document, Document], Compared], first: Document, second: Document
        ) -> Compared:
            return original(second, first)

        wrap(world.writer, "compared", swapped)


class ClaimIgnored(Fault):
    """A report that did not read the question."""

    id = "coverage.claim-ignored"
    title = "A coverage report says nothing of the claim or of the policy's figures"

    def apply(self, world: World) -> None:
        findings = ["The policy may respond to the claim, subject to its terms."]
        put(world.writer, "claim_findings", lambda _document, _claim: findings)


class NoRecommendations(Fault):
    """A section that is there, and empty."""

    id = "coverage.no-recommendations"
    title = "A coverage report recommends nothing"

    def apply(self, world: World) -> None:
        put(world.writer, "recommendations", lambda _document, _claim: [])


class ChecklistWithoutDeductibles(Fault):
    """A column that is there, and empty."""

    id = "checklist.deductibles-missing"
    title = "The column Deductible of a checklist is empty"

    def apply(self, world: World) -> None:
        def without(
            original: Callable[[Document], list[list[str]]], document: Document
        ) -> list[list[str]]:
            return [[*row[:-1], NOT_STATED] for row in original(document)]

        wrap(world.writer, "checklist_rows", without)


class ChecklistCarriersSame(Fault):
    """A column that repeats its first value."""

    id = "checklist.carrier-wrong"
    title = "The column Carrier of a checklist holds the named insured"

    def apply(self, world: World) -> None:
        def wrong(
            original: Callable[[Document], list[list[str]]], document: Document
        ) -> list[list[str]]:
            insured = document.facts.get("insured")
            return [[row[0], insured, *row[2:]] for row in original(document)]

        wrap(world.writer, "checklist_rows", wrong)


class OtherTemplate(Fault):
    """A choice that is not taken into account."""

    id = "custom.other-template"
    title = "A custom report is always written with the template Executive Briefing"

    def apply(self, world: World) -> None:
        def briefing(
            original: Callable[[str, list[Document]], list[Section]],
            _template: str,
            documents: list[Document],
        ) -> list[Section]:
            return original("Executive Briefing", documents)

        wrap(world.writer, "custom", briefing)


class CustomSectionsEmpty(Fault):
    """Headings without content."""

    id = "custom.sections-empty"
    title = "The sections of a custom report hold no fact of the documents"

    def apply(self, world: World) -> None:
        def emptied(original: Callable[..., list[Section]], *arguments: object) -> list[Section]:
            return [_without_content(section) for section in original(*arguments)]

        wrap(world.writer, "custom", emptied)


def _without_content(section: Section) -> Section:
    """The same section, with the words *not stated* in place of all that it says."""
    if section["kind"] == "facts":
        rows = [{**row, "value": NOT_STATED} for row in section["rows"]]
        return {**section, "rows": rows}
    if section["kind"] == "table":
        return {**section, "rows": [[cell(NOT_STATED) for _ in section["columns"]]]}
    return {**section, "items": [NOT_STATED]}
