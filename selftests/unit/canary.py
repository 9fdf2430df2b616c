"""Opens the page of a record in a real browser, and tells whether anything in it came to life."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Dialog, sync_playwright

from postdeploy.launching import find_browser
from postdeploy.settings import Options

ROOT = Path(__file__).parents[2]


@dataclass
class Seen:
    """What the page did; `alive` is empty when no stranger's word was more than a word."""

    asked: list[str] = field(default_factory=list)
    alive: list[str] = field(default_factory=list)
    text: str = ""


@contextlib.contextmanager
def a_browser() -> Iterator[Browser]:
    """The one that the checks would use."""
    with sync_playwright() as playwright:
        path = find_browser(Options().browser, ROOT)
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def look_at(browser: Browser, file: Path) -> Seen:
    """Open the page and everything in it, and point at whatever might wait for a pointer."""
    seen = Seen()

    def refuse(dialog: Dialog) -> None:
        seen.alive.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page = browser.new_page()
    page.on("dialog", refuse)
    page.on("request", lambda request: seen.asked.append(request.url))
    page.on("console", lambda message: seen.alive.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: seen.alive.append(f"error: {error}"))
    address = file.resolve().as_uri()
    page.goto(address)
    page.get_by_role("button", name="Open all").click()
    page.evaluate(
        "document.querySelectorAll('*').forEach(e => e.dispatchEvent(new Event('mouseover')))"
    )
    if page.evaluate("typeof window.pwned") != "undefined":
        seen.alive.append("a script ran")
    if page.evaluate("frames.length"):
        seen.alive.append("a frame was made")
    inside = ("data:image/", f"{file.resolve().parent.as_uri()}/evidence/")
    own = [one for one in seen.asked if one == address or one.startswith(inside)]
    seen.alive += [f"asked for {one}" for one in seen.asked if one not in own]
    seen.text = page.inner_text("body")
    page.close()
    return seen
