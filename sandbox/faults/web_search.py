"""Faults of the search results page."""

from __future__ import annotations

from typing import ClassVar

from sandbox.faults.web_change import Change, WebChangeFault


class SearchResultsEmpty(WebChangeFault):
    id: ClassVar[str] = "web.search-results-empty"
    title: ClassVar[str] = "The search page counts results but lists none"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("pages/search.js", "hits.map((hit) => result(hit, asked.q))", "[]"),
    )


class SearchNextDead(WebChangeFault):
    id: ClassVar[str] = "web.search-next-dead"
    title: ClassVar[str] = "Next leads to the same page of results"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/search.js",
            'pageLink("Next", asked, asked.page + 1, pages)',
            'pageLink("Next", asked, Math.min(asked.page, pages), pages)',
        ),
    )


class SearchPagesRepeat(WebChangeFault):
    id: ClassVar[str] = "web.search-pages-repeat"
    title: ClassVar[str] = "Page 2 of the results shows page 1's again"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/search.js",
            "search?${parametersOf(asked)}",
            "search?${parametersOf({ ...asked, page: 1 })}",
        ),
    )


class SearchTypeIgnored(WebChangeFault):
    id: ClassVar[str] = "web.search-type-ignored"
    title: ClassVar[str] = "The filter Type changes nothing"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/search.js",
            "search?${parametersOf(asked)}",
            'search?${parametersOf({ ...asked, type: "" })}',
        ),
    )


class SearchOpensOther(WebChangeFault):
    id: ClassVar[str] = "web.search-opens-other"
    title: ClassVar[str] = "A search result opens another document"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/search.js",
            '  main.append(\n    h("p", { class: "muted", role',
            '  await mislead(hits, signal);\n  main.append(\n    h("p", { class: "muted", role',
        ),
        Change(
            "pages/search.js",
            "function highlighted(",
            (
                "async function mislead(hits, signal) {\n"
                '  const { documents } = await call("documents", { signal });\n'
                "  for (const hit of hits) {\n"
                "    const other = documents.find(({ id }) => id !== hit.document_id);\n"
                "    if (other) hit.document_id = other.id;\n"
                "  }\n"
                "}\n"
                "\n"
                "function highlighted("
            ),
        ),
    )


class SearchTypeKeepsPage(WebChangeFault):
    """A filter that leaves one on a page that there is no more."""

    id: ClassVar[str] = "web.search-type-keeps-page"
    title: ClassVar[str] = (
        "A type chosen on page 2 of the results shows page 2 of fewer results: nothing"
    )
    changes: ClassVar[tuple[Change, ...]] = (
        Change("pages/search.js", "{ ...asked, page: 1, q:", "{ ...asked, q:"),
    )


class SearchNextForgetsType(WebChangeFault):
    """A link that takes along the words and leaves the filter behind."""

    id: ClassVar[str] = "web.search-next-forgets-type"
    title: ClassVar[str] = "Next leads from the results of one type to page 2 of the results of all"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/search.js",
            'pageLink("Next", asked, asked.page + 1, pages)',
            'pageLink("Next", { ...asked, type: "" }, asked.page + 1, pages)',
        ),
    )
