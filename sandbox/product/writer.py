"""Writes the five kinds of reports from the facts of their documents."""

from __future__ import annotations

from sandbox.product.documents import Document
from sandbox.product.facts import NOT_STATED, Amount
from sandbox.product.llm import Llm, best_amount, overlap, words_of
from sandbox.product.sections import (
    Section,
    amount_rows,
    cell,
    chart_section,
    facts_section,
    list_section,
    summary_rows,
    table_section,
)

TERMS = (
    ("Carrier", "carrier"),
    ("Named Insured", "insured"),
    ("Policy Number", "number"),
    ("Policy Period", "period"),
)
CHECKLIST_COLUMNS = ["Policy", "Carrier", "Coverage", "Limit", "Deductible"]


class Writer:
    """One method per kind of report, and one per section that is worth its own."""

    def __init__(self, llm: Llm) -> None:
        self._llm = llm

    def analysis(self, document: Document) -> list[Section]:
        """The sections of a policy analysis."""
        self._llm.called("analysis", 120)
        return [
            self.summary(document),
            list_section("Key Findings", self.key_findings(document)),
            self.limits(document),
            self.endorsements(document),
            chart_section("Limits by coverage", document.facts.limits),
        ]

    def summary(self, document: Document) -> Section:
        """Who is insured by whom, and when."""
        return facts_section("Executive Summary", summary_rows(document))

    def key_findings(self, document: Document) -> list[str]:
        """What stands out in a document."""
        facts = document.facts
        found = []
        if facts.limits:
            top = max(facts.limits, key=lambda item: item.value)
            found.append(f"The highest limit is {top.text} for {top.name}.")
        found += [
            f"A deductible of {item.text} applies to {item.name}." for item in facts.deductibles
        ]
        if facts.endorsements:
            found.append(f"Endorsements that change the form: {len(facts.endorsements)}.")
        found += [f"Excluded: {line.text}" for line in facts.exclusions]
        return found

    def limits(self, document: Document) -> Section:
        """The table of limits."""
        return table_section("Limits", ["Coverage", "Limit"], amount_rows(document.facts.limits))

    def endorsements(self, document: Document) -> Section:
        """The endorsements by form number and title."""
        return list_section("Endorsements", [line.text for line in document.facts.endorsements])

    def comparison(self, first: Document, second: Document) -> list[Section]:
        """The sections of a comparison."""
        self._llm.called("comparison", 90)
        rows = self.compared(first, second)
        table = table_section("Side by side", ["Term", first.name, second.name], [])
        table["rows"] = [
            [cell(term), cell(a, self.differs(a, b)), cell(b, self.differs(a, b))]
            for term, a, b in rows
        ]
        return [table, list_section("Differences", self.differences(rows))]

    def compared(self, first: Document, second: Document) -> list[tuple[str, str, str]]:
        """Each term with its value in both documents."""
        rows = [(term, first.facts.get(key), second.facts.get(key)) for term, key in TERMS]
        rows += _amounts_compared(first.facts.limits, second.facts.limits, "")
        rows += _amounts_compared(first.facts.deductibles, second.facts.deductibles, "Deductible: ")
        return [*rows, ("Endorsements", _forms(first), _forms(second))]

    def differs(self, first: str, second: str) -> bool:
        """Whether two values are marked as different."""
        return first != second

    def differences(self, rows: list[tuple[str, str, str]]) -> list[str]:
        """The terms that differ, in words."""
        return [f"{term}: {a} → {b}" for term, a, b in rows if a != b]

    def coverage(self, document: Document, claim: str) -> list[Section]:
        """The sections of a coverage report about a claim."""
        self._llm.called("coverage", 150)
        return [
            list_section("Findings", self.claim_findings(document, claim)),
            list_section("Recommendations", self.recommendations(document, claim)),
        ]

    def claim_findings(self, document: Document, claim: str) -> list[str]:
        """What the policy says to a claim."""
        facts = document.facts
        asked = best_amount(claim, facts)
        limits = [asked[1]] if asked and asked[0] == "limit" else facts.limits
        found = [f"The claim “{claim.strip()}” was read against {document.name}."]
        found += [f"Limit: {item.name} {item.text}." for item in limits]
        found += [f"Deductible: {item.name} {item.text}." for item in facts.deductibles]
        found += [f"Exclusion: {line.text}" for line in facts.exclusions]
        return found

    def recommendations(self, document: Document, claim: str) -> list[str]:
        """What to do about a claim, or about a policy where `claim` is empty."""
        facts = document.facts
        concerned = [
            line.text for line in facts.exclusions if words_of(claim) & words_of(line.text)
        ]
        advice = [f"Ask {facts.get('carrier')} whether “{text}” applies." for text in concerned]
        advice += [
            f"Reserve the {item.name} deductible of {item.text}." for item in facts.deductibles
        ]
        return [*advice, f"Give notice to {facts.get('carrier')} under {facts.get('number')}."]

    def checklist(self, documents: list[Document]) -> list[Section]:
        """The sections of a coverage checklist."""
        self._llm.called("checklist", 60)
        rows = [row for document in documents for row in self.checklist_rows(document)]
        return [table_section("Coverage checklist", CHECKLIST_COLUMNS, rows)]

    def checklist_rows(self, document: Document) -> list[list[str]]:
        """One row per coverage of a document."""
        facts = document.facts
        carrier = facts.get("carrier")
        if not facts.limits:
            return [[document.name, carrier, NOT_STATED, NOT_STATED, NOT_STATED]]
        return [
            [document.name, carrier, item.name, item.text, _deductible_of(item, facts.deductibles)]
            for item in facts.limits
        ] + [
            [document.name, carrier, item.name, NOT_STATED, item.text]
            for item in _without_limit(facts.deductibles, facts.limits)
        ]

    def custom(self, template: str, documents: list[Document]) -> list[Section]:
        """The sections of a custom report, without its artifacts."""
        self._llm.called("custom", 110)
        overview = [row for document in documents for row in summary_rows(document)]
        limits = [
            [document.name, *row]
            for document in documents
            for row in amount_rows(document.facts.limits)
        ]
        sections = {
            "Overview": facts_section("Overview", overview),
            "Limits": table_section("Limits", ["Document", "Coverage", "Limit"], limits),
            "Endorsements": list_section("Endorsements", _all(documents, "endorsements")),
            "Exclusions": list_section("Exclusions", _all(documents, "exclusions")),
            "Recommendations": list_section(
                "Recommendations",
                [text for doc in documents for text in self.recommendations(doc, "")],
            ),
            "Key figures": facts_section("Key figures", [(row[1], row[2]) for row in limits]),
        }
        return [sections[name] for name in TEMPLATES[template]]


TEMPLATES = {
    "Renewal Summary": ("Overview", "Limits", "Endorsements"),
    "Risk Review": ("Overview", "Exclusions", "Recommendations"),
    "Executive Briefing": ("Overview", "Key figures"),
}


def _all(documents: list[Document], name: str) -> list[str]:
    return [line.text for document in documents for line in getattr(document.facts, name)]


def _forms(document: Document) -> str:
    return "; ".join(line.text for line in document.facts.endorsements) or NOT_STATED


def _amounts_compared(
    first: list[Amount], second: list[Amount], prefix: str
) -> list[tuple[str, str, str]]:
    one = {item.name: item.text for item in first}
    two = {item.name: item.text for item in second}
    names = list(dict.fromkeys([*one, *two]))
    return [(prefix + name, one.get(name, NOT_STATED), two.get(name, NOT_STATED)) for name in names]


def _deductible_of(limit: Amount, deductibles: list[Amount]) -> str:
    for item in deductibles:
        if _same_coverage(item, limit):
            return item.text
    return NOT_STATED


def _without_limit(deductibles: list[Amount], limits: list[Amount]) -> list[Amount]:
    """The deductibles of coverages that no limit is stated for."""
    return [item for item in deductibles if not any(_same_coverage(item, lim) for lim in limits)]


def _same_coverage(deductible: Amount, limit: Amount) -> bool:
    return overlap(words_of(limit.name), deductible.name) == 1
