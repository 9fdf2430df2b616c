"""The document viewer: the pages' images, their text, and the download."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postdeploy.downloads import content, ended
from postdeploy.errors import NotSeen
from postdeploy.locators.declaration import Caption, Find
from postdeploy.pages.qumis.shell import Shell

if TYPE_CHECKING:
    from playwright.async_api import Locator

_SIZE = """async (image, seconds) => {
  const late = new Promise((_, no) => setTimeout(() => no(new Error('late')), seconds * 1000));
  try {
    await Promise.race([image.decode(), late]);
  } catch {
    return [0, 0];
  }
  return [image.naturalWidth, image.naturalHeight];
}"""
_ASKED = """async (image, [times, seconds]) => {
  const told = [];
  for (let number = 0; number < times; number += 1) {
    try {
      const signal = AbortSignal.timeout(seconds * 1000);
      const answer = await fetch(image.src, { credentials: 'include', cache: 'no-store', signal });
      told.push([answer.status, answer.headers.get('content-type') ?? '']);
    } catch {
      // What another host tells no script is no answer that could be judged.
    }
  }
  return told;
}"""


@dataclass(frozen=True)
class Picture:
    """The image of a page: its size in pixels (0 when it did not load), and a PNG of how it is shown.

    The browser does not let a page read the dots of an image of another origin; a screenshot has them.
    """

    width: int
    height: int
    shown: bytes


@dataclass(frozen=True)
class Download:
    """A downloaded file, and the name that the product gave it."""

    content: bytes
    name: str


class ViewerPage(Shell):
    """`/documents/<id>`."""

    region = Find("region", "viewer.region")
    sheets = Find("figure", "viewer.page", "format", within="region", count="some")
    _sheet = Caption("viewer.page", "number")
    download_link = Find("link", "viewer.download")

    async def open(self, document_id: str) -> None:
        """Open a document by its address."""
        await self.go(f"/documents/{document_id}")

    def sheet(self, number: int) -> Locator:
        """One page of the document, counted from 1."""
        return self.region.get_by_role("figure", name=self._sheet.format(number=number), exact=True)

    async def text(self, number: int = 1) -> str:
        """The text of a page, every run of white space as one space."""
        await self.sheet(number).wait_for(state="visible")
        return " ".join((await self.sheet(number).inner_text()).split())

    async def picture(self, number: int = 1) -> Picture:
        """The image of a page, once it has loaded or failed to."""
        image = self.sheet(number).get_by_role("img")
        seconds = self.target.environment.bounds.page_seconds
        width, height = await image.evaluate(_SIZE, seconds)
        return Picture(width, height, await image.screenshot() if width else b"")

    async def asked_for_picture(self, number: int, times: int) -> list[tuple[int, str]]:
        """Status and content type of the image's address, asked so many times, but for what no script may read.

        A browser does not tell what it got in the place of an image: it blocks that unread.
        """
        image = self.sheet(number).get_by_role("img")
        seconds = self.target.environment.bounds.page_seconds
        return [(status, kind) for status, kind in await image.evaluate(_ASKED, [times, seconds])]

    async def download(self) -> Download:
        """Follow the download link. Raises NotSeen when the download breaks off, or takes too long."""
        async with self.page.expect_download() as started:
            await self.download_link.click()
        download = await started.value
        if failure := await ended(download, self.target.environment.bounds.page_seconds):
            raise NotSeen(f"the download of {download.suggested_filename!r} broke off: {failure}")
        return Download(await content(download), download.suggested_filename)
