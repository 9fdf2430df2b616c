"""Traces and videos of a flow, kept as pytest-playwright's options say, and without secrets."""

from __future__ import annotations

import asyncio
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from postdeploy.learning import learn_recorded
from postdeploy.redact import Redactor

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

_KEPT_ALWAYS = "on"
_RECORDED = (".network", ".trace")
_SNAPSHOT = b'"frame-snapshot"'
_PICTURES = (".png", ".jpeg", ".jpg", ".webp", ".gif")
_BINARY = (*_PICTURES, ".webm", ".woff", ".woff2", ".ttf", ".pdf")


def file_name(title: str, number: int | str, ending: str) -> str:
    """A file name that says which check and which attempt it belongs to."""
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60]
    return f"{words}-{number}.{ending}"


def keeps(option: str, *, passed: bool) -> bool:
    """Whether an artifact is kept: `on` always, `retain-on-failure` when the attempt did not pass."""
    return option == _KEPT_ALWAYS or (option.startswith("retain-on") and not passed)


class Recording:
    """A trace as it was recorded, in a private folder, and where it goes when it is clean."""

    def __init__(self, path: Path) -> None:
        self._private = tempfile.TemporaryDirectory(prefix="postdeploy-")
        self._raw = Path(self._private.name) / path.name
        self.path = path

    async def end(self, context: BrowserContext) -> None:
        """Stop tracing."""
        await context.tracing.stop(path=self._raw)

    async def publish(self, redactor: Redactor) -> bool:
        """Write the trace beside the record, cleaned; checks go on meanwhile, for it may take a while.

        Returns whether there was one.
        """
        with self._private:
            there = self._raw.is_file()
            if there:
                await asyncio.to_thread(clean_zip, self._raw, self.path, redactor)
        return there


def clean_zip(raw: Path, cleaned: Path, redactor: Redactor) -> None:
    """Copy a trace with every secret replaced: the known ones, and those that its headers tell.

    Pictures cannot be cleaned: they are copied as they are, or left out where a page has shown a secret.
    """
    unfinished = cleaned.with_suffix(".tmp")
    with (
        zipfile.ZipFile(raw) as source,
        zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        names = source.namelist()
        for name in names:
            if name.endswith(_RECORDED):
                learn_recorded(source.read(name), redactor)
        exposed = False
        for name in names:
            if not name.endswith(_BINARY):
                content = source.read(name)
                without = redactor.clean_bytes(content)
                exposed = exposed or (without is not content and _shown(name, content, redactor))
                target.writestr(name, without)
        for name in names:
            if name.endswith(_BINARY) and not (exposed and name.endswith(_PICTURES)):
                target.writestr(name, source.read(name))
    unfinished.replace(cleaned)


def _shown(name: str, content: bytes, redactor: Redactor) -> bool:
    """Whether what was taken out of a part of a trace may have been seen on the page.

    Headers are not, nor what calls of Playwright itself answer.
    """
    if name.endswith(".network"):
        return False
    if name.endswith(".trace"):
        content = b"\n".join(line for line in content.splitlines() if _SNAPSHOT in line[:40])
    return bool(redactor.kinds_in(content))


class Films:
    """The videos of a context's pages; with `elsewhere` they lie where the browser runs, and are fetched."""

    def __init__(self, pages: Iterable[Page], *, elsewhere: bool) -> None:
        self._videos = [page.video for page in pages if page.video is not None]
        self._elsewhere = elsewhere

    def __bool__(self) -> bool:
        return bool(self._videos)

    async def end(self, folder: Path, names: Callable[[], str], *, keep: bool) -> list[Path]:
        """After the context has closed: have the videos in `folder`, by these names, or nowhere.

        Returns the paths of those that are kept.
        """
        if not self._elsewhere:
            return keep_videos([Path(await one.path()) for one in self._videos], names, keep=keep)
        kept = []
        for video in self._videos if keep else ():
            kept.append(folder / names())
            await video.save_as(kept[-1])
        return kept


def keep_videos(paths: Iterable[Path], names: Callable[[], str], *, keep: bool) -> list[Path]:
    """After their context has closed: name the videos after the check, or delete them.

    Returns the paths of those that are kept.
    """
    if keep:
        return [path.replace(path.with_name(names())) for path in paths]
    for path in paths:
        path.unlink(missing_ok=True)
    return []
