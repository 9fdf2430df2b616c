"""What every page of Qumis has: an address, a heading, alerts, and the person's menu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from postdeploy.gateway import loaded
from postdeploy.locators.declaration import Find
from postdeploy.own_session import needs_own_session
from postdeploy.pages.qumis.arrival import texts

if TYPE_CHECKING:
    from playwright.async_api import Page

    from postdeploy.target import Target


@dataclass(frozen=True)
class Face:
    """What a page says that it is: its path, its main heading, and its alerts."""

    path: str
    heading: str
    alerts: tuple[str, ...]


def linked_id(href: str) -> str:
    """The id at the end of a link's path; what a link carries behind it (`?vault=my`, `#page-2`) is not of the id."""
    return urlsplit(href).path.rstrip("/").rpartition("/")[2]


class Shell:
    """Any page of the application; the pages proper are made of this.

    `variant` says which of several similar pages it is, where there are several.
    """

    top_heading = Find("heading", level=1)
    alert = Find("alert", count="later")
    toast = Find("status", count="later")
    banner = Find("banner")
    sign_out_choice = Find("menuitem", "menu.sign-out", within="banner", count="later")
    _loading = Find("status", "loading", "holds", count="later")

    def __init__(self, page: Page, target: Target, variant: str = "") -> None:
        self.page = page
        self.target = target
        self.variant = variant

    @property
    def root(self) -> Page:
        """Where the page's locators begin."""
        return self.page

    @property
    def _patience(self) -> float:
        return self.target.environment.bounds.page_seconds

    def url(self, path: str) -> str:
        """The address of a path of the application."""
        return self.target.environment.urls["app"].rstrip("/") + path

    async def go(self, path: str) -> int:
        """Open a path by its address; returns the HTTP status of the document."""
        # "commit": a page that leads on to another would interrupt any later state.
        response = await loaded(
            self.page, lambda: self.page.goto(self.url(path), wait_until="commit"), self._patience
        )
        return response.status if response else 0

    async def settled(self, *, leaving: str = "") -> Face:
        """Wait for a main heading other than `leaving` and for the end of loading, then look."""
        headings = self.top_heading
        if leaving:
            headings = headings.filter(has_not_text=leaving)
        await headings.first.wait_for(state="visible")
        await self._loading.first.wait_for(state="hidden")
        return await self.face()

    async def face(self) -> Face:
        """What the page shows at this moment; without a heading while it changes."""
        headings = await texts(self.top_heading)
        alerts = await texts(self.alert)
        return Face(urlsplit(self.page.url).path, headings[0] if headings else "", tuple(alerts))

    async def sign_out(self, person: str) -> None:
        """Choose *Sign out* in the menu of the person with that full name.

        Raises SharedSession on a page whose session other checks use.
        """
        needs_own_session(self.page, "signing out")
        await self.banner.get_by_role("button", name=person, exact=True).click()
        await self.sign_out_choice.click()

    async def reload(self) -> None:
        """Load the page afresh."""
        await loaded(self.page, lambda: self.page.reload(wait_until="commit"), self._patience)
