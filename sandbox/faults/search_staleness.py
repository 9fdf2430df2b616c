"""Faults of a search that answers, with results that are not those of the question."""

from __future__ import annotations

from collections.abc import Callable
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


class NeighboursFound(Fault):
    """Results that are as many as they should be, and are others."""

    id = "search.finds-neighbours"
    title = "A search returns, in place of each hit, another document of the person"

    def apply(self, world: World) -> None:
        def shifted(original: Search, person: Person, *asked: str) -> list[Hit]:
            hits = original(person, *asked)
            found = {hit.document.id for hit in hits}
            others = [one for one in world.documents.visible(person) if one.id not in found]
            return [Hit(other, hit.snippet) for hit, other in zip(hits, others, strict=False)]

        wrap(world.index, "search", shifted)


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
