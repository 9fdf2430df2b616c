"""What a page shows, as text: nobody can take a secret out of a picture, so that none is taken of one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from playwright.async_api import Error

from postdeploy.redact import ONE_TIME_CODE, Redactor
from postdeploy.waiting import quiet

if TYPE_CHECKING:
    from playwright.async_api import Frame, Page

_SCRIPT = """() => {
  const said = [document.title, location.href];
  const read = (root) => {
    for (const node of root.querySelectorAll("*")) {
      if (node.shadowRoot) read(node.shadowRoot);
      const kind = (node.getAttribute("type") || "").toLowerCase();
      if (node.value !== undefined && kind !== "password") said.push(String(node.value));
      for (const name of ["placeholder", "alt", "title", "aria-label"])
        if (node.hasAttribute(name)) said.push(node.getAttribute(name));
    }
    said.push(root.body ? root.body.innerText : root.textContent);
    if (root.body) said.push(root.body.textContent);
  };
  read(document);
  return said.filter((text) => text);
}"""
"""Texts, and values of fields; those of password fields are masked in pictures, and not read."""
_SECONDS = 3.0
_TRIES, _PAUSE = 4, 0.2


class Unseen(Exception):
    """What a page shows could not be read, so that nobody knows what a picture of it would tell."""


async def seen(page: Page) -> list[str]:
    """The texts that a page shows, in all its frames. Raises Unseen."""
    try:
        async with asyncio.timeout(_SECONDS):
            return [text for frame in page.frames for text in await _texts(frame)]
    except TimeoutError:  # a dialog, or a script without end, holds the page
        raise Unseen(f"what the page shows could not be read in {_SECONDS:g} s") from None


async def _texts(frame: Frame) -> list[str]:
    for _ in range(_TRIES):
        if frame.is_detached():
            return []
        try:
            told: list[str] = await frame.evaluate(_SCRIPT)
        except Error:  # it is just going on to another page
            await quiet(_PAUSE)
        else:
            return told
    raise Unseen("what the page shows could not be read")


async def why_no_picture(page: Page, redactor: Redactor) -> str:
    """Why a page must not be shown as it is; "" when it may."""
    try:
        kinds = secrets_in(await seen(page), redactor)
    except Unseen as error:
        return str(error)
    return shows(kinds) if kinds else ""


def shows(kinds: list[str]) -> str:
    """A sentence on a page with such secrets."""
    return f"the page shows a secret: {', '.join(kinds)}"


def secrets_in(texts: list[str], redactor: Redactor) -> list[str]:
    """The kinds of secrets in those texts; a field that holds nothing but a one-time code is one."""
    kinds = {kind for text in texts for kind in redactor.kinds_in(text.encode("utf-8", "replace"))}
    if any(redactor.is_code(word) for text in texts for word in text.split()):
        kinds.add(ONE_TIME_CODE)
    return sorted(kinds)
