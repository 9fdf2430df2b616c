"""The signed-in home page: its greeting, its tools, its search bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdeploy.locators.declaration import Caption, Find
from postdeploy.pages.qumis.shell import Shell

if TYPE_CHECKING:
    from playwright.async_api import Locator


class HomePage(Shell):
    """`/`, for somebody who is signed in."""

    greeting = Find("heading", "home.greeting", "start", level=1)
    """The heading of the page, whoever is signed in."""
    greeting_words = Caption("home.greeting")
    tools = Find("list", "home.tools")
    search_form = Find("search")
    search_box = Find("searchbox", "home.search")
    search_button = Find("button", "home.search-button", within="search_form")
    documents_link = Find("link", "nav.documents")

    async def open(self) -> int:
        """Open the home page and wait for its tools; returns the HTTP status of the document."""
        status = await self.go("/")
        await self.tools.wait_for(state="visible")
        return status

    def tile(self, label: str) -> Locator:
        """The tile with that caption."""
        return self.tools.get_by_role("link", name=label, exact=True)

    async def tile_names(self) -> list[str]:
        """The first words of all tiles that show any."""
        texts = await self.tools.get_by_role("link").all_inner_texts()
        return [text.strip().splitlines()[0] for text in texts if text.strip()]

    async def search(self, words: str) -> None:
        """Ask the home search bar."""
        await self.search_box.fill(words)
        await self.search_button.click()
