"""Finds a Chromium that starts, the cheapest way first, and notes its path in .cache/browser."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from scripts.steps import SetupError, say, succeeds

DOWNLOAD_LIMIT = 180.0
"""Seconds for Playwright's download, which is about 100 MB."""

PACKAGE_LIMIT = 600.0
"""Seconds for the distribution's package with all that it needs."""

# A browser is taken when a page in it can count; a path alone proves nothing (a snap's stub is a
# path too, and so is a Chromium whose shared libraries are missing).
_TRIAL = """
import sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=sys.argv[1], timeout=20_000)
    assert browser.new_page().evaluate("6 * 7") == 42
    browser.close()
"""

_DOWNLOADED = (
    "chromium_headless_shell-*/*/*headless*shell",
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
)
_NAMES = (
    "chromium-headless-shell",
    "chrome-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
)
# Debian's command is a script that stays between Playwright and the browser: its target first.
_PLACES = (
    "/usr/lib/chromium/chromium-headless-shell",
    "/usr/lib/chromium/chromium",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)


def prepare(root: Path, cache: Path) -> None:
    """Leave cache/browser with the path of a browser that starts.

    POSTDEPLOY_BROWSER goes before anything found. Raises SetupError when there is none to be had.
    """
    note, named = cache / "browser", os.environ.get("POSTDEPLOY_BROWSER")
    noted = note.read_text().strip() if note.is_file() else ""
    if os.access(noted, os.X_OK) and named in (None, "", noted):
        return
    search = _Search(root, cache / "setup.log")
    chosen = search.confirmed(Path(named)) if named else search.find()
    note.write_text(f"{chosen}\n")
    say(f"browser: {chosen}")


class _Search:
    """The ways to a browser, in order of what they cost."""

    def __init__(self, root: Path, log: Path) -> None:
        self._python = str(root / ".venv" / "bin" / "python")
        self._log = log

    def confirmed(self, named: Path) -> Path:
        """The browser that the person named; raises SetupError when it does not start."""
        if self._starts(named):
            return named
        raise SetupError(
            f"POSTDEPLOY_BROWSER is {named}, which does not start as a Chromium does "
            "(.cache/setup.log says more): name another, or unset it to have one found."
        )

    def find(self) -> Path:
        """The first browser that starts."""
        ways: tuple[Callable[[], bool], ...] = (lambda: True, self._download, self._install)
        for way in ways:
            if way():
                for candidate in _present():
                    if self._starts(candidate):
                        return candidate
        raise SetupError(
            "no Chromium or Chrome starts here, and none could be installed (.cache/setup.log "
            "says why). Install one and run this again, or name it: "
            "POSTDEPLOY_BROWSER=/path/to/chromium make setup"
        )

    def _starts(self, candidate: Path) -> bool:
        return succeeds([self._python, "-c", _TRIAL, str(candidate)], self._log, limit=45)

    def _download(self) -> bool:
        say("no browser on this machine yet: trying Playwright's own")
        command = [self._python, "-m", "playwright", "install", "chromium-headless-shell"]
        return succeeds(command, self._log, limit=DOWNLOAD_LIMIT)

    def _install(self) -> bool:
        """By Debian's or Ubuntu's package, where this process may install one."""
        privilege = self._privilege()
        if privilege is None or not shutil.which("apt-get"):
            return False
        say("trying the distribution's package")
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        apt = [*privilege, "apt-get", "-q", "-y"]
        succeeds([*apt, "update"], self._log, limit=PACKAGE_LIMIT, environment=quiet)
        return any(
            succeeds(
                [*apt, "install", "--no-install-recommends", package],
                self._log,
                limit=PACKAGE_LIMIT,
                environment=quiet,
            )
            for package in ("chromium-headless-shell", "chromium")
        )

    def _privilege(self) -> list[str] | None:
        """What goes before a command that needs root; None when only a person could allow it."""
        if os.geteuid() == 0:
            return []
        sudo = ["sudo", "-n"]
        return sudo if succeeds([*sudo, "true"], self._log, limit=10) else None


def _present() -> Iterator[Path]:
    """Browsers on this machine: Playwright's own first, for it is the version Playwright knows."""
    for pattern in _DOWNLOADED:
        yield from sorted(_downloads().glob(pattern), reverse=True)
    yield from (Path(place) for place in _PLACES if os.access(place, os.X_OK))
    yield from (Path(path) for name in _NAMES if (path := shutil.which(name)))


def _downloads() -> Path:
    """Where Playwright keeps what it downloads."""
    if named := os.environ.get("PLAYWRIGHT_BROWSERS_PATH"):
        return Path(named)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "ms-playwright"
    return Path.home() / ".cache" / "ms-playwright"
