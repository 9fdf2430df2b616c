"""Faults of single passages of an analysis: nearly right, and wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from sandbox.faults.base import Fault, wrap
from sandbox.product.documents import Document
from sandbox.product.sections import Section

if TYPE_CHECKING:
    from sandbox.world import World


class PeriodWrong(Fault):
    """A year that is last year's."""

    id = "analysis.period-wrong"
    title = "The summary of a policy analysis gives the policy's period a year late"

    def apply(self, world: World) -> None:
        def later(original: Callable[[Document], Section], document: Document) -> Section:
            section = original(document)
            period = section["rows"][-1]
            period["value"] = re.sub(
                r"\b20\d\d\b", lambda year: str(int(year[0]) + 1), period["value"]
            )
            return section

        wrap(world.writer, "summary", later)


class FindingOfAnotherCoverage(Fault):
    """The right amount of the wrong thing."""

    id = "analysis.finding-of-another-coverage"
    title = "A key finding gives one coverage's limit to another"

    def apply(self, world: World) -> None:
        def other(original: Callable[[Document], list[str]], document: Document) -> list[str]:
            ordered = sorted(document.facts.limits, key=lambda limit: limit.value)
            wrong = f"The highest limit is {ordered[-1].text} for {ordered[0].name}."
            return [wrong, *original(document)[1:]]

        wrap(world.writer, "key_findings", other)


class LimitsSwapped(Fault):
    """The right amounts, each beside the other's name."""

    id = "analysis.limits-swapped"
    title = "Two limits in the table of a policy analysis have changed places"

    def apply(self, world: World) -> None:
        def swapped(original: Callable[[Document], Section], document: Document) -> Section:
            section = original(document)
            first, second = section["rows"][:2]
            first[1], second[1] = second[1], first[1]
            return section

        wrap(world.writer, "limits", swapped)


class EndorsementDropped(Fault):
    """A list that ends too early."""

    id = "analysis.endorsement-dropped"
    title = "A policy analysis lists all endorsements but the last"

    def apply(self, world: World) -> None:
        def shorter(original: Callable[[Document], Section], document: Document) -> Section:
            section = original(document)
            return {**section, "items": section["items"][:-1]}

        wrap(world.writer, "endorsements", shorter)


class EndorsementOfAnotherEdition(Fault):
    """A form number of which the last two digits are wrong."""

    id = "analysis.endorsement-edition"
    title = "A policy analysis lists an endorsement with the edition of another year"

    def apply(self, world: World) -> None:
        def newer(original: Callable[[Document], Section], document: Document) -> Section:
            section = original(document)
            form, dash, name = section["items"][0].partition(" - ")
            edition = f"{form[:-2]}{(int(form[-2:]) + 6) % 100:02}"
            return {**section, "items": [edition + dash + name, *section["items"][1:]]}

        wrap(world.writer, "endorsements", newer)
