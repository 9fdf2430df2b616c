"""Faults of single passages of a custom report: nearly right, and wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sandbox.faults.base import Fault, wrap
from sandbox.product.documents import Document
from sandbox.product.sections import Section
from sandbox.product.writer import TEMPLATES

if TYPE_CHECKING:
    from sandbox.world import World

Writing = Callable[[str, list[Document]], list[Section]]


class CustomEndorsementDropped(Fault):
    """A list that ends too early."""

    id = "custom.endorsement-dropped"
    title = "A custom report lists all endorsements but the last"

    def apply(self, world: World) -> None:
        def shorter(section: Section) -> Section:
            return {**section, "items": section["items"][:-1]}

        _change_section(world, "Endorsements", shorter)


class CustomPlaceholderLeft(Fault):
    """A template of which one field was never filled."""

    id = "custom.placeholder-left"
    title = "A custom report shows a placeholder of its template"

    def apply(self, world: World) -> None:
        def unfilled(section: Section) -> Section:
            row = {"term": "Prepared for", "value": "{{recipient.name}}"}
            return {**section, "rows": [*section["rows"], row]}

        _change_section(world, "Overview", unfilled)


class CustomAmountsBare(Fault):
    """Amounts as a program writes them."""

    id = "custom.amounts-bare"
    title = "A custom report writes its amounts without separators"

    def apply(self, world: World) -> None:
        def bare(section: Section) -> Section:
            rows = [
                [{**cell, "text": _without_separators(cell["text"])} for cell in row]
                for row in section["rows"]
            ]
            return {**section, "rows": rows}

        _change_section(world, "Limits", bare)


class CustomSectionsReversed(Fault):
    """A template whose order nobody keeps."""

    id = "custom.sections-reversed"
    title = "The sections of a custom report stand in the reverse order"

    def apply(self, world: World) -> None:
        def reversed_(original: Writing, template: str, documents: list[Document]) -> list[Section]:
            return original(template, documents)[::-1]

        wrap(world.writer, "custom", reversed_)


class CustomTemplateIgnored(Fault):
    """Everything that any template asks for, whichever was chosen."""

    id = "custom.sections-of-all-templates"
    title = "A custom report has the sections of every template, not only of its own"

    def apply(self, world: World) -> None:
        def every(original: Writing, template: str, documents: list[Document]) -> list[Section]:
            parts = [part for name in (template, *TEMPLATES) for part in original(name, documents)]
            return list({part["title"]: part for part in parts}.values())

        wrap(world.writer, "custom", every)


class CustomPlaceholderInBrackets(Fault):
    """A template of which one field was never filled, as people write such fields."""

    id = "custom.placeholder-in-brackets"
    title = "A custom report shows a placeholder of its template, in square brackets"

    def apply(self, world: World) -> None:
        def unfilled(section: Section) -> Section:
            row = {"term": "Prepared for", "value": "[Recipient Name]"}
            return {**section, "rows": [*section["rows"], row]}

        _change_section(world, "Overview", unfilled)


def _without_separators(text: str) -> str:
    return text.replace(",", "") if text.startswith("$") else text


def _change_section(world: World, title: str, change: Callable[[Section], Section]) -> None:
    """Let the section of this title be another in every custom report."""

    def changed(original: Writing, template: str, documents: list[Document]) -> list[Section]:
        return [
            change(section) if section["title"] == title else section
            for section in original(template, documents)
        ]

    wrap(world.writer, "custom", changed)
