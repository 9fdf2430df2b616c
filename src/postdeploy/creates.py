"""The requests that make things, as the target file declares them: each belongs to an intent of the same attempt."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from postdeploy.ledger import Entry, Unannounced
from postdeploy.target import Listing

if TYPE_CHECKING:
    import httpx


class Creates:
    """What one attempt has announced, and what it sends."""

    def __init__(self, sweep: Mapping[str, Listing]) -> None:
        self._kinds = {request: kind for kind, one in sweep.items() for request in one.creates}
        self._entries: list[Entry] = []

    def announced(self, entry: Entry) -> Entry:
        """This attempt is about to make that."""
        self._entries.append(entry)
        return entry

    def kind_of(self, method: str, url: str) -> str:
        """The kind of thing that such a request makes, or ""."""
        return self._kinds.get(f"{method} {urlsplit(url).path.rstrip('/')}", "")

    def sent(self, method: str, url: str) -> str:
        """A request goes out: note that its thing may now exist.

        Returns what is wrong with it, or "": it makes something of which the ledger knows nothing.
        """
        kind = self.kind_of(method, url)
        if not kind:
            return ""
        open_ones = [one for one in self._entries if one.kind == kind and not one.id]
        entry = min(open_ones, key=lambda one: one.sent, default=None)
        if entry is None:
            path = urlsplit(url).path
            return (
                f"{method} {path} makes a {kind} that the ledger does not know; "
                f'call flow.intend("{kind}", …) before it'
            )
        entry.sent, entry.answered, entry.refused = time.monotonic(), False, False
        return ""

    def answered(self, method: str, url: str, status: int) -> None:
        """An answer came: what more it says of the thing is for the check to tell."""
        kind = self.kind_of(method, url)
        waiting = [one for one in self._entries if one.kind == kind and one.pending]
        if waiting:
            waiting[0].answered = True
            waiting[0].refused = 400 <= status < 500

    async def sending(self, request: httpx.Request) -> None:
        """Request hook for HTTP clients. Raises Unannounced for what must not be sent."""
        wrong = self.sent(request.method, str(request.url))
        if wrong:
            raise Unannounced(wrong)

    async def answering(self, response: httpx.Response) -> None:
        """Response hook for HTTP clients."""
        request = response.request
        self.answered(request.method, str(request.url), response.status_code)
