"""Traces and videos of a flow, kept as pytest-playwright's options say, and without secrets."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from postdeploy.redact import Redactor

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

_KEPT_ALWAYS = "on"
_BINARY = (".png", ".jpeg", ".jpg", ".webm", ".woff", ".woff2", ".ttf", ".pdf")


def file_name(title: str, number: int, ending: str) -> str:
    """A file name that says which check and which attempt it belongs to."""
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60]
    return f"{words}-{number}.{ending}"


def keeps(option: str, *, passed: bool) -> bool:
    """Whether an artifact is kept: `on` always, `retain-on-failure` when the attempt did not pass."""
    return option == _KEPT_ALWAYS or (option.startswith("retain-on") and not passed)


async def end_trace(context: BrowserContext, path: Path | None, redactor: Redactor) -> None:
    """Stop tracing; with `path`, write the trace there, cleaned."""
    if path is None:
        await context.tracing.stop()
        return
    raw = path.with_suffix(".raw")
    await context.tracing.stop(path=raw)
    clean_zip(raw, path, redactor)
    raw.unlink()


def clean_zip(raw: Path, cleaned: Path, redactor: Redactor) -> None:
    """Copy a trace with every known secret replaced; pictures are copied as they are."""
    with (
        zipfile.ZipFile(raw) as source,
        zipfile.ZipFile(cleaned, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.infolist():
            content = source.read(entry)
            if not entry.filename.endswith(_BINARY):
                content = redactor.clean_bytes(content)
            target.writestr(entry.filename, content)


async def video_paths(pages: Iterable[Page]) -> list[Path]:
    """Where the videos of these pages are being written."""
    return [Path(await page.video.path()) for page in pages if page.video is not None]


def keep_videos(paths: Iterable[Path], title: str, *, keep: bool) -> None:
    """After their context has closed: name the videos after the check, or delete them."""
    for number, path in enumerate(paths, start=1):
        if keep:
            path.replace(path.with_name(file_name(title, number, "webm")))
        else:
            path.unlink(missing_ok=True)
