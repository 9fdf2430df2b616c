"""Administration at `/admin`, and the way to it that the navigation offers to some."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdeploy.locators.declaration import Caption, Find
from postdeploy.pages.qumis.shell import Shell

if TYPE_CHECKING:
    from postdeploy.pages.qumis.shell import Face


class AdminPage(Shell):
    """`/admin`, which shows a page of its own to those who may not administer."""

    menu_link = Find("link", "nav.administration", within="banner", count="any")
    users = Find("table", "admin.users", count="any")
    heading_words = Caption("admin.heading")
    refusal_words = Caption("admin.refused")

    async def open(self) -> Face:
        """Open it by its address; what it then shows."""
        await self.go("/admin")
        return await self.settled()
