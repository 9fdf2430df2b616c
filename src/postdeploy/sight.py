"""What a page shows, as text: nobody can take a secret out of a picture, so that none is taken of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import Error

from postdeploy.redact import ONE_TIME_CODE, Redactor

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
_LONGEST = 200_000


async def seen(page: Page) -> list[str]:
    """The texts that a page shows, in all its frames; a frame that is just going away says nothing."""
    return [text for frame in page.frames for text in await _texts(frame)]


async def _texts(frame: Frame) -> list[str]:
    try:
        told: list[str] = await frame.evaluate(_SCRIPT)
    except Error:
        return []
    return told


async def secrets_seen(page: Page, redactor: Redactor) -> list[str]:
    """The kinds of secrets that a page shows."""
    return secrets_in(await seen(page), redactor)


def secrets_in(texts: list[str], redactor: Redactor) -> list[str]:
    """The kinds of secrets in those texts; a field that holds nothing but a one-time code is one."""
    kinds = {kind for text in texts for kind in redactor.kinds_in(text[:_LONGEST].encode())}
    if any(redactor.is_code(word) for text in texts for word in text.split()):
        kinds.add(ONE_TIME_CODE)
    return sorted(kinds)
