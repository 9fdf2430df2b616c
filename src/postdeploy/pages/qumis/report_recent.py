"""The region of the home page that lists the newest reports and chats."""

from __future__ import annotations

from typing import Literal

from postdeploy.locators.declaration import Caption, Find
from postdeploy.pages.qumis.report_chat import Link
from postdeploy.pages.qumis.shell import Shell

_LINKS = """links => links.map(a => ({
  text: a.innerText.trim(), href: a.getAttribute('href') ?? '',
}))"""


class Recent(Shell):
    """Home → Recent."""

    region = Find("region", "recent.region")
    _reports = Find("button", "recent.reports", within="region")
    _chats = Find("button", "recent.chats", within="region")
    chats_words = Caption("recent.chats")

    async def open(self) -> None:
        """Go to the home page."""
        await self.go("/")

    async def toggle(self, kind: Literal["reports", "chats"]) -> None:
        """Press a toggle of the region."""
        await (self._chats if kind == "chats" else self._reports).click()

    async def pressed(self) -> list[str]:
        """The captions of the toggles that are pressed."""
        return await self.region.get_by_role("button", pressed=True).all_inner_texts()

    async def entries(self) -> list[Link]:
        """What the region lists at this moment, once it is not loading."""
        await self.region.wait_for()
        loading = self.region.get_by_role("status")
        await loading.first.wait_for(state="hidden")
        links: list[dict[str, str]] = await self.region.get_by_role("link").evaluate_all(_LINKS)
        return [Link(**link) for link in links]

    async def follow(self, href: str) -> None:
        """Follow the entry that leads there."""
        await self.region.locator(f'a[href="{href}"]').click()
