"""Which third parties the product's pages really used: declared ones that answered them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from postdeploy.policy.rules import authority

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Response


class ThirdPartyUse:
    """Counts, by host, the answers that pages had from declared third parties, and the pages."""

    def __init__(self, declared: Collection[str]) -> None:
        self._declared = declared
        self._answers: Counter[str] = Counter()
        self._pages: defaultdict[str, set[str]] = defaultdict(set)

    def watch(self, context: BrowserContext) -> None:
        """Count what the pages of `context` are answered."""
        if self._declared:
            context.on("response", self._answered)

    def told(self) -> str:
        """As in: "edge.example:443 (12 requests of 5 pages)", or "none"."""
        each = [
            f"{host} ({count} requests of {len(self._pages[host])} pages)"
            for host, count in sorted(self._answers.items())
        ]
        return ", ".join(each) or "none"

    def _answered(self, response: Response) -> None:
        from playwright.async_api import Error

        try:
            host = authority(response.url)
        except ValueError:  # of a scheme that goes nowhere
            return
        if host not in self._declared:
            return
        self._answers[host] += 1
        try:
            parts = urlsplit(response.frame.page.url)
        except Error:  # a service worker's, or of a page that is gone
            return
        self._pages[host].add(f"{parts.netloc}{parts.path}")
