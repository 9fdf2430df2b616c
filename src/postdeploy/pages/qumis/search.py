"""The results of the full-text search at `/search`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from postdeploy.pages.qumis.shell import Shell

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

    from postdeploy.target import Target

_HITS = """items => items.map(item => ({
  href: item.querySelector('a[href]')?.getAttribute('href') ?? '',
  name: item.querySelector('a[href]')?.innerText.trim() ?? '',
  text: item.innerText.trim(),
}))"""


@dataclass(frozen=True)
class Hit:
    """A result: the document that its link leads to, its name, and all that is said about it."""

    id: str
    name: str
    text: str


@dataclass(frozen=True)
class Results:
    """One page of results: how many there are in all, which page this is, and its hits.

    `alert` is what the page says in place of results.
    """

    found: int
    position: str
    hits: tuple[Hit, ...]
    alert: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The documents of this page by name, in order."""
        return tuple(hit.name for hit in self.hits)


class SearchPage(Shell):
    """`/search`."""

    def __init__(self, page: Page, target: Target) -> None:
        super().__init__(page, target)
        self._list = page.get_by_role(
            "list", name=target.label("search.results", "Results"), exact=True
        )
        self._count = page.get_by_text(re.compile(target.label("search.count", r"^\d+ results?$")))
        self._pagination = page.get_by_role(
            "navigation", name=target.label("search.pagination", "Pagination"), exact=True
        )

    async def open(self, words: str, **choices: str) -> None:
        """Open the results for `words` by their address (`type=`, `vault=`, `page=`)."""
        await self.go(f"/search?{urlencode({'q': words, **choices})}")

    async def results(self) -> Results:
        """The results shown, or the alert in their place, once one of them is there."""
        alert = self.page.get_by_role("alert")
        await self._count.or_(alert).first.wait_for(state="visible")
        if not await self._count.is_visible():
            return Results(0, "", (), alert=await alert.first.inner_text())
        found = re.search(r"\d+", await self._count.inner_text())
        raw: list[dict[str, Any]] = await self._list.get_by_role("listitem").evaluate_all(_HITS)
        return Results(
            found=int(found[0]) if found else -1,
            position=await self._position(),
            hits=tuple(Hit(h["href"].rpartition("/")[2], h["name"], h["text"]) for h in raw),
        )

    async def ask(self, words: str, **choices: str) -> Results:
        """The results for `words`, loaded afresh."""
        await self.open(words, **choices)
        return await self.results()

    async def choose_type(self, name: str) -> None:
        """Choose a document type as filter."""
        box = self.page.get_by_role("combobox", name=self.target.label("search.type", "Type"))
        await box.select_option(label=name)

    def step(self, caption: str) -> Locator:
        """The link *Previous* or *Next*."""
        return self._pagination.get_by_role("link", name=caption, exact=True)

    async def open_hit(self, name: str) -> None:
        """Follow the result of that name."""
        await self._list.get_by_role("link", name=name, exact=True).click()

    async def _position(self) -> str:
        places = self._pagination.get_by_text(re.compile(r"^Page \d+ of \d+$"))
        return (await places.first.inner_text()) if await places.count() else ""
