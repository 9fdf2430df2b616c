"""Faults of what a finished report shows."""

from __future__ import annotations

from typing import ClassVar

from sandbox.faults.web_change import Change, WebChangeFault


class SummaryEmpty(WebChangeFault):
    id: ClassVar[str] = "web.summary-empty"
    title: ClassVar[str] = "The Executive Summary is empty"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "sections.js",
            "CONTENT[section.kind](section)",
            'section.title === "Executive Summary" ? "" : CONTENT[section.kind](section)',
        ),
    )


class FindingsHeadingsOnly(WebChangeFault):
    id: ClassVar[str] = "web.findings-headings-only"
    title: ClassVar[str] = "Key Findings lists headings without content"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "sections.js",
            "CONTENT[section.kind](section)",
            (
                'section.title === "Key Findings" ? list({ items: '
                "section.items.map((_, index) => `Finding ${index + 1}`) }) : "
                "CONTENT[section.kind](section)"
            ),
        ),
    )


class LimitsEmpty(WebChangeFault):
    id: ClassVar[str] = "web.limits-empty"
    title: ClassVar[str] = "The table of limits has no rows"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "sections.js",
            "CONTENT[section.kind](section)",
            (
                'section.title === "Limits" ? grid({ ...section, rows: [] }) : '
                "CONTENT[section.kind](section)"
            ),
        ),
    )


class LimitsShifted(WebChangeFault):
    id: ClassVar[str] = "web.limits-shifted"
    title: ClassVar[str] = "Each limit stands beside the next coverage's name"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "sections.js",
            "rows.map((cells) => cells.map(cellContent))",
            (
                "rows.map((cells, index) => [cells[0], ...rows[(index + 1) % "
                "rows.length].slice(1)].map(cellContent))"
            ),
        ),
    )


class EndorsementsMissing(WebChangeFault):
    id: ClassVar[str] = "web.endorsements-missing"
    title: ClassVar[str] = "A report has no section Endorsements"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "sections.js",
            "return region(section.title",
            'if (section.title === "Endorsements") return "";\n  return region(section.title',
        ),
    )


class ChartsDead(WebChangeFault):
    id: ClassVar[str] = "web.charts-dead"
    title: ClassVar[str] = "The bars of the chart do not react"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("sections.js", "chosen.textContent = `${label}: ${text}`;", ""),
    )


class DifferencesEmpty(WebChangeFault):
    id: ClassVar[str] = "web.differences-empty"
    title: ClassVar[str] = "A comparison lists no differences"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "sections.js",
            "CONTENT[section.kind](section)",
            (
                'section.title === "Differences" ? list({ items: [] }) : '
                "CONTENT[section.kind](section)"
            ),
        ),
    )


class HighlightsMissing(WebChangeFault):
    id: ClassVar[str] = "web.highlights-missing"
    title: ClassVar[str] = "A comparison marks no difference"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("sections.js", '(mark ? h("mark", {}, text) : text)', "text && (mark, text)"),
    )


class SecondColumnRepeats(WebChangeFault):
    id: ClassVar[str] = "web.comparison-repeats-first"
    title: ClassVar[str] = "The second column of a comparison repeats the first"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "sections.js",
            "CONTENT[section.kind](section)",
            (
                'section.title === "Side by side" ? grid({ ...section, rows: '
                "section.rows.map(([term, first]) => [term, first, first]) }) : "
                "CONTENT[section.kind](section)"
            ),
        ),
    )


class FindingsOfCoverageEmpty(WebChangeFault):
    id: ClassVar[str] = "web.coverage-findings-empty"
    title: ClassVar[str] = "The Findings of a coverage report are empty"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "sections.js",
            "CONTENT[section.kind](section)",
            'section.title === "Findings" ? list({ items: [] }) : CONTENT[section.kind](section)',
        ),
    )


class RecommendationsEmpty(WebChangeFault):
    id: ClassVar[str] = "web.recommendations-empty"
    title: ClassVar[str] = "The Recommendations are empty"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "sections.js",
            "CONTENT[section.kind](section)",
            (
                'section.title === "Recommendations" ? list({ items: [] }) : '
                "CONTENT[section.kind](section)"
            ),
        ),
    )


class ChecklistLacksDeductible(WebChangeFault):
    id: ClassVar[str] = "web.checklist-lacks-deductible"
    title: ClassVar[str] = "The coverage checklist has no column Deductible"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "sections.js",
            "CONTENT[section.kind](section)",
            (
                'section.title === "Coverage checklist" ? grid({ ...section, '
                "columns: section.columns.slice(0, -1), rows: "
                "section.rows.map((cells) => cells.slice(0, -1)) }) : "
                "CONTENT[section.kind](section)"
            ),
        ),
    )


class ChecklistCarriersEmpty(WebChangeFault):
    id: ClassVar[str] = "web.checklist-carriers-empty"
    title: ClassVar[str] = "The column Carrier of the coverage checklist is empty"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "sections.js",
            "CONTENT[section.kind](section)",
            (
                'section.title === "Coverage checklist" ? grid({ ...section, '
                "rows: section.rows.map((cells) => cells.map((cell, index) => "
                '(section.columns[index] === "Carrier" ? { text: "" } : cell))) '
                "}) : CONTENT[section.kind](section)"
            ),
        ),
    )


class ArtifactsMissing(WebChangeFault):
    id: ClassVar[str] = "web.artifacts-missing"
    title: ClassVar[str] = "A custom report offers no artifacts"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "sections.js",
            "CONTENT[section.kind](section)",
            (
                'section.title === "Artifacts" ? links({ items: [] }) : '
                "CONTENT[section.kind](section)"
            ),
        ),
    )


class ArtifactsBroken(WebChangeFault):
    id: ClassVar[str] = "web.artifacts-broken"
    title: ClassVar[str] = "The artifacts of a custom report lead nowhere"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "sections.js", 'h("a", { href, download: true }, text)', 'h("a", { href: "#" }, text)'
        ),
    )


class SectionsUnformatted(WebChangeFault):
    id: ClassVar[str] = "web.sections-unformatted"
    title: ClassVar[str] = "The sections of a report run together without headings"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "sections.js",
            "return region(section.title, { id: section.id }, CONTENT[section.kind](section));",
            (
                "const content = [CONTENT[section.kind](section)].flat();\n"
                '  return h("p", {}, content.map((part) => part.textContent));'
            ),
        ),
    )
