"""The region of the home page that lists the newest reports and chats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdeploy.pages.qumis.report_chat import Link
from postdeploy.pages.qumis.shell import Shell

if TYPE_CHECKING:
    from playwright.async_api import Page

    from postdeploy.target import Target

_LINKS = """links => links.map(a => ({
  text: a.innerText.trim(), href: a.getAttribute('href') ?? '',
}))"""


class Recent(Shell):
    """Home → Recent."""

    def __init__(self, page: Page, target: Target) -> None:
        super().__init__(page, target)
        name = target.label("home.recent", "Recent")
        self.region = page.get_by_role("region", name=name, exact=True)

    async def open(self) -> None:
        """Go to the home page."""
        await self.go("/")

    async def toggle(self, key: str, caption: str) -> None:
        """Press a toggle of the region (label `recent.<key>`)."""
        name = self.target.label(f"recent.{key}", caption)
        await self.region.get_by_role("button", name=name, exact=True).click()

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
