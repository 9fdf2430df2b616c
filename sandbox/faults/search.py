"""Faults of the search and of its index."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.faults.base import Fault, put, wrap
from sandbox.product.documents import Document
from sandbox.product.search_index import Hit

if TYPE_CHECKING:
    from sandbox.product.people import Person
    from sandbox.world import World

FOR_EVER = 3600.0


class SearchUnavailable(Fault):
    """No search service."""

    id = "search.unavailable"
    title = "The search service does not answer: its health and every search are 503"

    def apply(self, world: World) -> None:
        world.index.available = False


class SearchCrashes(Fault):
    """An error that nobody handles."""

    id = "search.crashes"
    title = "A search ends with 500 and a stack trace"

    def apply(self, world: World) -> None:
        def crash(_words: str) -> list[tuple[str, str]]:
            raise RuntimeError("Typesense::Error::ObjectNotFound: no collection documents")

        put(world.index, "lookup", crash)


class IndexNeverUpdated(Fault):
    """Uploads work, and every search finds nothing."""

    id = "search.index-never-updated"
    title = "Documents become ready and never get into the search index"

    def apply(self, world: World) -> None:
        put(world.index, "put", lambda _document: None)


class IndexStalls(Fault):
    """An indexer that hangs."""

    id = "search.index-stalls"
    title = "Indexing hangs, so that no document becomes ready"

    def apply(self, world: World) -> None:
        async def stall(_original: Callable[[Document], Awaitable[None]], _: Document) -> None:
            await asyncio.sleep(FOR_EVER)

        wrap(world.ingest, "enter", stall)


class FindsEverything(Fault):
    """A query that is thrown away."""

    id = "search.finds-everything"
    title = "A search returns every document, whatever is searched for"

    def apply(self, world: World) -> None:
        put(world.index, "lookup", lambda _words: world.index.everything())


class FindsOthersDocuments(Fault):
    """An index that knows no walls."""

    id = "search.finds-others-documents"
    title = "A search returns documents that the person must not see"

    def apply(self, world: World) -> None:
        def any_hit(_person: Person, document_id: str, snippet: str) -> Hit | None:
            document = world.documents.find(document_id)
            return Hit(document, snippet) if document else None

        put(world.index, "hit", any_hit)


class FindsDeleted(Fault):
    """An index that is told of what comes, and not of what goes."""

    id = "search.finds-deleted"
    title = "A search still returns what is in the trash"

    def apply(self, world: World) -> None:
        def with_trash(person: Person, document_id: str, snippet: str) -> Hit | None:
            document = world.documents.find(document_id)
            if document is None or not world.documents.may_see(person, document):
                return None
            return Hit(document, " ".join(snippet.split()))

        put(world.index, "hit", with_trash)


class PageRepeats(Fault):
    """Pages that overlap by one."""

    id = "search.page-repeats"
    title = "Each further page of results begins with the last result of the page before"

    def apply(self, world: World) -> None:
        def overlapping(hits: list[Hit], number: int, per_page: int) -> list[Hit]:
            start = max((number - 1) * per_page - (number - 1), 0)
            return hits[start : start + per_page]

        put(world.index, "page", overlapping)


class PageLosesOne(Fault):
    """Pages that leave out one between them."""

    id = "search.page-loses"
    title = "The first result of each further page is on no page"

    def apply(self, world: World) -> None:
        def gaping(hits: list[Hit], number: int, per_page: int) -> list[Hit]:
            start = (number - 1) * per_page
            return hits[start + min(number - 1, 1) : start + per_page]

        put(world.index, "page", gaping)


class TypeFilterIgnored(Fault):
    """A filter that filters nothing."""

    id = "search.type-filter-ignored"
    title = "The filter by type does not narrow the results"

    def apply(self, world: World) -> None:
        put(world.index, "passes", lambda hit, _type, vault: vault in ("", hit.document.vault))


class ResultOpensAnother(Fault):
    """The right name over the wrong link."""

    id = "search.result-opens-another"
    title = "A result has the right name and leads to a document that is not there"

    def apply(self, world: World) -> None:
        def misled(original: Callable[..., list[Hit]], *arguments: object) -> list[Hit]:
            return [
                Hit(replace(hit.document, id=hit.document.id[::-1]), hit.snippet)
                for hit in original(*arguments)
            ]

        wrap(world.index, "page", misled)


class SecondPageMisleads(Fault):
    """The right names over the links of the page before."""

    id = "search.second-page-misleads"
    title = "On every page of results but the first, links lead to the documents of the first"

    def apply(self, world: World) -> None:
        def misled(
            original: Callable[..., list[Hit]], hits: list[Hit], number: int, per_page: int
        ) -> list[Hit]:
            shown = original(hits, number, per_page)
            if number == 1:
                return shown
            pairs = zip(shown, hits, strict=False)
            return [
                Hit(replace(hit.document, id=first.document.id), hit.snippet)
                for hit, first in pairs
            ]

        wrap(world.index, "page", misled)
