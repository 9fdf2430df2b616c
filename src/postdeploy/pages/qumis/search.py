"""The results of the full-text search at `/search`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

from postdeploy.locators.declaration import Caption, Find
from postdeploy.pages.qumis.shell import Shell, linked_id

if TYPE_CHECKING:
    from playwright.async_api import Locator

Step = Literal["previous", "next"]

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

    _list = Find("list", "search.results")
    _count = Find("text", "search.count", "pattern")
    _pagination = Find("navigation", "search.pagination")
    _position = Find("text", "search.position", "format", within="_pagination")
    _previous = Find("link", "search.previous", within="_pagination", count="later")
    _next = Find("link", "search.next", within="_pagination", count="any")
    _type = Find("combobox", "search.type.box", "part")
    _policy_choice = Find("option", "search.type.policy", within="_type")
    _binder_choice = Find("option", "search.type.binder", within="_type")
    _contract_choice = Find("option", "search.type.contract", within="_type")
    policy_type = Caption("search.type.policy")
    binder_type = Caption("search.type.binder")
    contract_type = Caption("search.type.contract")

    @property
    def types(self) -> dict[str, str]:
        """The types that results can be narrowed to: a document's own word for it → the choice."""
        return {
            "Policy": self.policy_type,
            "Binder": self.binder_type,
            "Contract": self.contract_type,
        }

    async def open(self, words: str, **choices: str) -> None:
        """Open the results for `words` by their address (`type=`, `vault=`, `page=`)."""
        await self.go(f"/search?{urlencode({'q': words, **choices})}")

    async def results(self) -> Results:
        """The results shown, or the alert in their place, once one of them is there."""
        alert = self.alert
        await self._count.or_(alert).first.wait_for(state="visible")
        if not await self._count.is_visible():
            return Results(0, "", (), alert=await alert.first.inner_text())
        found = re.search(r"\d+", await self._count.inner_text())
        raw: list[dict[str, Any]] = await self._list.get_by_role("listitem").evaluate_all(_HITS)
        return Results(
            found=int(found[0]) if found else -1,
            position=await self._where(),
            hits=tuple(Hit(linked_id(h["href"]), h["name"], h["text"]) for h in raw),
        )

    async def ask(self, words: str, **choices: str) -> Results:
        """The results for `words`, loaded afresh."""
        await self.open(words, **choices)
        return await self.results()

    async def choose_type(self, name: str) -> None:
        """Choose a document type as filter."""
        await self._type.select_option(label=name)

    def step(self, way: Step) -> Locator:
        """The link *Previous* or *Next*."""
        return self._next if way == "next" else self._previous

    async def open_hit(self, name: str) -> None:
        """Follow the (first) result of that name."""
        await self._list.get_by_role("link", name=name, exact=True).first.click()

    async def _where(self) -> str:
        places = self._position
        return (await places.first.inner_text()) if await places.count() else ""
