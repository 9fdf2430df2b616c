"""How far one HTTP exchange has come, and how much of its time is left."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx

_CONNECTING, _SECURING, _SENDING, _WAITING, _READING = range(5)
PROXY = "postdeploy.proxy"
"""Under which a request carries the proxy that is asked for a tunnel."""
_STEPS = {
    "connect_tcp.started": _CONNECTING,
    "start_tls.started": _SECURING,
    "send_request_headers.started": _SENDING,
    "receive_response_headers.started": _WAITING,
}
"""What httpcore tells of a connection, from the step on that it begins."""


class Course:
    """Follows one exchange by what httpcore tells of it; its time runs from when it has a connection to itself."""

    def __init__(self, request: httpx.Request) -> None:
        self.request = request
        self.began = time.monotonic()
        self.seconds: float = request.extensions.get("timeout", {}).get("read") or float("inf")
        self._step = _CONNECTING
        self._connects = self._secures = self._has_connection = False
        self._bytes = 0
        self._deadline: float | None = None
        self._limit: asyncio.Timeout | None = None
        request.extensions = {**request.extensions, "trace": self._trace}

    @property
    def connected(self) -> bool:
        """Whether the host took the connection."""
        return self._step > _CONNECTING

    def short_of_host(self) -> str:
        """The proxy that a tunnel was asked of which does not stand yet; "" where there is none."""
        proxy = str(self.request.extensions.get(PROXY, ""))
        return proxy if self._connects and not self._secures else ""

    def limit(self) -> asyncio.Timeout:
        """A block that ends with TimeoutError when the exchange has had its time."""
        self._limit = asyncio.timeout_at(self._deadline)
        return self._limit

    def received(self, count: int) -> None:
        """So many bytes of the body have come."""
        self._step = _READING
        self._bytes += count

    def missed(self) -> str:
        """What did not come in time, as the end of a sentence."""
        spent = f"{time.monotonic() - self.began:.1f} s"
        if self._step == _SECURING:
            return f"took the connection and did not end the TLS handshake in {spent}"
        if self._step == _SENDING:
            return f"took the connection and did not take the whole request in {spent}"
        if self._step == _READING:
            return f"began to answer and did not end in {spent} ({self._bytes} bytes came)"
        return f"gave no answer in {spent}"

    async def _trace(self, name: str, _: dict[str, Any]) -> None:
        step = _STEPS.get(name.partition(".")[2])
        if step is None:
            return
        self._step = step
        self._connects |= step == _CONNECTING
        self._secures |= step == _SECURING
        # Until now it may have waited for a free connection, which is not the host's doing.
        if not self._has_connection:
            self._has_connection, self.began = True, time.monotonic()
        if self._deadline is None and self.seconds != float("inf"):
            self._deadline = asyncio.get_running_loop().time() + self.seconds
            if self._limit is not None:
                self._limit.reschedule(self._deadline)
