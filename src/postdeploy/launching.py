"""Which browser is started, and how."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from postdeploy.browser_endpoint import BrowserEndpoint
from postdeploy.errors import ProbeError

_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
_PLACES = (
    "/usr/lib/chromium/chromium-headless-shell",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_LOOPBACK = ("127.0.0.1", "localhost")


@dataclass(frozen=True)
class BrowserOptions:
    """pytest-playwright's options, with their meaning there."""

    headed: bool = False
    slow_mo: float = 0
    tracing: str = "off"
    video: str = "off"
    screenshot: str = "only-on-failure"
    at_once: int = 16
    endpoint: BrowserEndpoint | None = None
    """Where a browser runs that is used instead of one of this machine."""


def find_browser(chosen: Path | None, root: Path) -> str | None:
    """Path of a Chromium: the one chosen by hand, the one that set-up noted, or one on this machine.

    None means Playwright's own. Raises ProbeError when the one chosen by hand is not there.
    """
    if chosen is not None:
        if not chosen.is_file():
            raise ProbeError(
                f"POSTDEPLOY_BROWSER names {chosen}, which is not there", mend="Mend the path"
            )
        return str(chosen)
    noted = root / ".cache" / "browser"
    candidates = [noted.read_text(encoding="utf-8").strip()] if noted.is_file() else []
    candidates += [path for name in _NAMES if (path := shutil.which(name))]
    return next((path for path in (*candidates, *_PLACES) if Path(path).is_file()), None)


def launch_arguments(urls: Iterable[str]) -> list[str]:
    """Chromium's arguments: no calls of its own. Where its pages may call is for the policy to add."""
    arguments = [
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
        "--disable-quic",
        "--disable-gpu",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # Chromium refuses its sandbox to root, which containers and CI often are.
        arguments.append("--no-sandbox")
    if all(urlsplit(url).hostname in _LOOPBACK for url in urls):
        # Two processes fewer to start: what tells a product's trouble from a browser's is not at stake here.
        arguments += ["--in-process-gpu", "--enable-features=NetworkServiceInProcess2"]
    return arguments


def user_agent(version: str, agent: str) -> str:
    """What a page's requests say of a browser of that version that `agent` directs."""
    system = (
        "Macintosh; Intel Mac OS X 10_15_7" if sys.platform == "darwin" else "X11; Linux x86_64"
    )
    return (
        f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) "
        f"Chrome/{version.split('.')[0]}.0.0.0 Safari/537.36 {agent}"
    )
