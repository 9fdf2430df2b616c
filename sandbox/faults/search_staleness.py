"""Faults of a search that answers, with results that are not those of the question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.faults.base import Fault, wrap
from sandbox.product.search_index import Hit

if TYPE_CHECKING:
    from sandbox.product.people import Person
    from sandbox.world import World

Search = Callable[..., list[Hit]]


class StaleResults(Fault):
    """A cache whose key lacks the question."""

    id = "search.stale-results"
    title = "Each search of a person returns the results of their first one"

    def apply(self, world: World) -> None:
        kept: dict[str, list[Hit]] = {}

        def cached(original: Search, person: Person, *asked: str) -> list[Hit]:
            if person.email not in kept:
                kept[person.email] = original(person, *asked)
            return kept[person.email]

        wrap(world.index, "search", cached)


class CopiesFound(Fault):
    """An index in which what was replaced long ago has stayed, and what replaced it is missing."""

    id = "search.finds-copies"
    title = "A search returns, in place of each hit, an earlier copy under another name"

    def apply(self, world: World) -> None:
        def copy_of(hit: Hit) -> Hit:
            document = hit.document
            earlier = replace(document, id=document.id[::-1], name=f"Copy of {document.name}")
            return Hit(earlier, hit.snippet)

        def outdated(original: Search, person: Person, *asked: str) -> list[Hit]:
            return [copy_of(hit) for hit in original(person, *asked)]

        wrap(world.index, "search", outdated)


class TypeHidesAll(Fault):
    """A filter that narrows, and drops too much."""

    id = "search.type-filter-drops"
    title = "The filter by type leaves out the newest document of that type"

    def apply(self, world: World) -> None:
        def fewer(
            original: Search, person: Person, words: str, type_: str, vault: str
        ) -> list[Hit]:
            hits = original(person, words, type_, vault)
            newest = max((hit.document.uploaded_at for hit in hits), default="")
            return [hit for hit in hits if not type_ or hit.document.uploaded_at != newest]

        wrap(world.index, "search", fewer)
