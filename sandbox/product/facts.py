"""Understands the text of declarations: who is insured by whom, for how much, and for what not."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

NOT_STATED = "not stated"

_FIELDS = {
    "carrier": "carrier",
    "named insured": "insured",
    "policy number": "number",
    "policy period": "period",
    "document type": "type",
}
_HEADINGS = {
    "limits of insurance": "limits",
    "deductibles": "deductibles",
    "endorsements": "endorsements",
    "exclusions": "exclusions",
}
_AMOUNT = re.compile(r"^(?P<name>[^:]{2,90}?)\s*:?\s*(?P<amount>\$\s?\d[\d,]*(?:\.\d\d)?)\s*$")
_FORM = re.compile(r"^(?P<form>[A-Z]{1,4}(?: ?\d{2,4}){2,5})\s+[-–—]\s+(?P<title>.+)$")
_BULLET = re.compile(r"^[-–—•*]\s+(?P<text>.+)$")
TYPES = ("Policy", "Binder", "Contract")


@dataclass(frozen=True)
class Amount:
    """A limit or deductible as printed, such as `$1,234,000`, and the page it is on."""

    name: str
    text: str
    page: int

    @property
    def value(self) -> int:
        """The amount in whole dollars."""
        return int(float(self.text.replace("$", "").replace(",", "")))


@dataclass(frozen=True)
class Line:
    """A line of the document and the page it is on."""

    text: str
    page: int


@dataclass
class Facts:
    """All that the product understood of one document."""

    fields: dict[str, Line] = field(default_factory=dict)
    limits: list[Amount] = field(default_factory=list)
    deductibles: list[Amount] = field(default_factory=list)
    endorsements: list[Line] = field(default_factory=list)
    exclusions: list[Line] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    def get(self, name: str) -> str:
        """A field of the declarations (carrier, insured, number, period, type) or *not stated*."""
        line = self.fields.get(name)
        return line.text if line else NOT_STATED

    @property
    def type(self) -> str:
        """Policy, Binder or Contract; Other where the document does not say."""
        stated = self.get("type").capitalize()
        return stated if stated in TYPES else "Other"


def understand(pages: list[str]) -> Facts:
    """The facts in the text of a document's pages."""
    facts = Facts()
    section = ""
    for number, text in enumerate(pages, start=1):
        for raw in text.splitlines():
            line = Line(" ".join(raw.split()), number)
            if line.text:
                section = _take(facts, section, line)
    return facts


def _take(facts: Facts, section: str, line: Line) -> str:
    """Note what a line says; return the section that the next line is in."""
    heading = _HEADINGS.get(line.text.lower().rstrip(":"))
    facts.lines.append(line)
    if heading:
        return heading
    if _take_field(facts, line):
        return section
    _take_entry(facts, section, line)
    return section


def _take_field(facts: Facts, line: Line) -> bool:
    label, colon, value = line.text.partition(":")
    name = _FIELDS.get(label.strip().lower()) if colon else None
    if name is None:
        return False
    facts.fields.setdefault(name, Line(value.strip(), line.page))
    return True


def _take_entry(facts: Facts, section: str, line: Line) -> None:
    if section in ("limits", "deductibles"):
        match = _AMOUNT.match(line.text)
        if match:
            amount = Amount(match["name"].strip(), match["amount"].replace(" ", ""), line.page)
            getattr(facts, section).append(amount)
    elif section == "endorsements" and _FORM.match(line.text):
        facts.endorsements.append(line)
    elif section == "exclusions" and (match := _BULLET.match(line.text)):
        facts.exclusions.append(Line(match["text"].strip(), line.page))
