"""The document viewer: the pages' images, their text, and the download."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from postdeploy.locators.declaration import Caption, Find
from postdeploy.pages.qumis.shell import Shell

if TYPE_CHECKING:
    from playwright.async_api import Locator

_PICTURE = """async (image, seconds) => {
  const late = new Promise((_, no) => setTimeout(() => no(new Error('late')), seconds * 1000));
  try {
    await Promise.race([image.decode(), late]);
  } catch {
    return {width: 0, height: 0, ink: null};
  }
  const [width, height] = [image.naturalWidth, image.naturalHeight];
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [300, Math.round(300 * height / width)];
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  let pixels;
  try {
    pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
  } catch {
    return {width, height, ink: null};  // an image of another origin, which may be shown only
  }
  let dark = 0;
  for (let n = 0; n < pixels.length; n += 4) {
    if (pixels[n + 3] > 0 && pixels[n] + pixels[n + 1] + pixels[n + 2] < 600) dark += 1;
  }
  return {width, height, ink: dark / (pixels.length / 4)};
}"""


@dataclass(frozen=True)
class Picture:
    """The image of a page: its size in pixels (0 when it did not load), and the share of its dots
    that are not nearly white; None where the browser does not tell.
    """

    width: int
    height: int
    ink: float | None


@dataclass(frozen=True)
class Download:
    """A downloaded file, and the name that the product gave it."""

    path: Path
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
        return Picture(**await image.evaluate(_PICTURE, seconds))

    async def download(self) -> Download:
        """Follow the download link. Raises Playwright's error when the download breaks off."""
        async with self.page.expect_download() as started:
            await self.download_link.click()
        download = await started.value
        return Download(Path(await download.path()), download.suggested_filename)
