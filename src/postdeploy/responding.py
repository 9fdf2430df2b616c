"""Whether a page responds at all: one whose own script holds it answers nobody, and a browser waits without end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Page

RESPONSE_SECONDS = 10.0
"""What no page takes to answer to a single word, however busy the machine is."""


_BLANK = "about:blank"


def unresponsive(url: str) -> str:
    """What is said of a page that does not respond."""
    place = url.partition("?")[0]
    return f"{place} does not respond within {RESPONSE_SECONDS:g} s: a script of its own holds it"


async def first_held(pages: Iterable[Page]) -> str:
    """The address of the first page that does not respond, or ""."""
    from playwright.async_api import Error

    for page in pages:
        if page.url == _BLANK:
            continue  # it waits for a host; there is no script in it
        try:
            async with asyncio.timeout(RESPONSE_SECONDS):
                await page.evaluate("1")
        except TimeoutError:
            return page.url
        except Error:
            continue  # it is gone, or about to give way to another
    return ""
