"""Downloads of a page, which a browser waits for as long as they like to take."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from postdeploy.errors import NotSeen

if TYPE_CHECKING:
    from playwright.async_api import Download

_CANCEL_SECONDS = 5.0


async def ended(download: Download, seconds: float) -> str:
    """Wait until a download has ended; why it failed, or "". Raises NotSeen when it takes longer."""
    try:
        async with asyncio.timeout(seconds):
            return await download.failure() or ""
    except TimeoutError:
        name = download.suggested_filename
    try:
        async with asyncio.timeout(_CANCEL_SECONDS):
            await download.cancel()
    except TimeoutError:
        pass  # its context is closed soon, and it with it
    raise NotSeen(f"the download of {name!r} began and did not end within {seconds:g} s")


async def content(download: Download) -> bytes:
    """What has come, wherever the browser has put it: one that runs elsewhere hands it over."""
    with tempfile.TemporaryDirectory(prefix="postdeploy-") as folder:
        path = Path(folder) / "download"
        await download.save_as(path)
        return await asyncio.to_thread(path.read_bytes)
