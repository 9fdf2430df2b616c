"""The signed-in home page: its greeting, its tools, its search bar."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from postdeploy.pages.qumis.shell import Shell

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

    from postdeploy.target import Target


def greeting(page: Page, target: Target) -> Locator:
    """The heading of the signed-in home page, whoever is signed in."""
    words = target.label("home.greeting", "Welcome back")
    return page.get_by_role("heading", level=1, name=re.compile(f"^{re.escape(words)}"))


class HomePage(Shell):
    """`/`, for somebody who is signed in."""

    def __init__(self, page: Page, target: Target) -> None:
        super().__init__(page, target)
        self.greeting = greeting(page, target)
        self.tools = page.get_by_role("list", name=target.label("home.tools", "Tools"), exact=True)
        self.search_box = page.get_by_role(
            "searchbox", name=target.label("home.search", "Search your documents"), exact=True
        )

    async def open(self) -> int:
        """Open the home page and wait for its tools; returns the HTTP status of the document."""
        status = await self.go("/")
        await self.tools.wait_for(state="visible")
        return status

    def tile(self, label: str) -> Locator:
        """The tile with that caption."""
        return self.tools.get_by_role("link", name=label, exact=True)

    async def tile_names(self) -> list[str]:
        """The captions of all tiles, as they are announced."""
        return [
            text.splitlines()[0] for text in await self.tools.get_by_role("link").all_inner_texts()
        ]

    async def search(self, words: str) -> None:
        """Ask the home search bar."""
        await self.search_box.fill(words)
        form = self.page.get_by_role("search")
        caption = self.target.label("home.search-button", "Search")
        await form.get_by_role("button", name=caption, exact=True).click()
