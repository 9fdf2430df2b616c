"""The parts that reports are made of, as the API hands them out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sandbox.product.documents import Document
from sandbox.product.facts import NOT_STATED, Amount

Section = dict[str, Any]


def _section(title: str, kind: str, **content: Any) -> Section:
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    return {"id": slug, "title": title, "kind": kind, **content}


def facts_section(title: str, rows: Iterable[tuple[str, str]]) -> Section:
    """Terms and their values."""
    return _section(title, "facts", rows=[{"term": term, "value": value} for term, value in rows])


def list_section(title: str, items: list[str]) -> Section:
    """A list of sentences; *not stated* where there is nothing to list."""
    return _section(title, "list", items=items or [NOT_STATED])


def table_section(title: str, columns: list[str], rows: list[list[str]]) -> Section:
    """A table without any marked cell."""
    cells = [[cell(text) for text in row] for row in rows]
    return _section(title, "table", columns=columns, rows=cells)


def cell(text: str, mark: bool = False) -> dict[str, Any]:
    """A table's cell; a marked one is shown as a difference."""
    return {"text": text, "mark": mark}


def chart_section(title: str, amounts: list[Amount]) -> Section:
    """One bar for each amount."""
    bars = [{"label": item.name, "value": item.value, "text": item.text} for item in amounts]
    return _section(title, "chart", bars=bars)


def links_section(title: str, links: list[tuple[str, str]]) -> Section:
    """Links by their text."""
    return _section(title, "links", items=[{"text": text, "href": href} for text, href in links])


def amount_rows(amounts: list[Amount]) -> list[list[str]]:
    """Name and amount, or one row that says that there are none."""
    return [[item.name, item.text] for item in amounts] or [[NOT_STATED, NOT_STATED]]


def summary_rows(document: Document) -> list[tuple[str, str]]:
    """Who is insured by whom, and when."""
    facts = document.facts
    return [
        ("Document", document.name),
        ("Carrier", facts.get("carrier")),
        ("Named Insured", facts.get("insured")),
        ("Policy Number", facts.get("number")),
        ("Policy Period", facts.get("period")),
    ]


def lines_of(section: Section) -> list[str]:
    """A section's content as lines of text, for exports and for chats about the report."""
    kind = section["kind"]
    if kind == "facts":
        return [f"{row['term']}: {row['value']}" for row in section["rows"]]
    if kind == "list":
        return [str(item) for item in section["items"]]
    if kind == "table":
        return [" | ".join(str(item["text"]) for item in row) for row in section["rows"]]
    if kind == "chart":
        return [f"{bar['label']}: {bar['text']}" for bar in section["bars"]]
    return [str(item["text"]) for item in section["items"]]
