"""A pytest plugin (`-p bench.aws_clock`) that notes when each AWS call of a run began and ended.

The list goes, as JSON, to the file that BENCH_AWS_CALLS names. Nothing but the clock is read: a call
takes as long as it would without.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from botocore.httpsession import URLLib3Session

_CALLS: list[tuple[str, float, float]] = []
_send = URLLib3Session.send


def _noted(self: URLLib3Session, request: Any) -> Any:
    began = time.time()
    try:
        return _send(self, request)
    finally:
        _CALLS.append((_name(request), began, time.time()))


def _name(request: Any) -> str:
    """The operation, as far as the protocol shows it: by a header, in the body, or in the path."""
    target = request.headers.get("X-Amz-Target")
    if target:
        return (target.decode() if isinstance(target, bytes) else str(target)).rpartition(".")[2]
    body = request.body if isinstance(request.body, bytes) else b""
    for part in body.split(b"&"):
        if part.startswith(b"Action="):
            return part[7:].decode()
    return str(request.url).partition("?")[0].rpartition("/")[2]


def pytest_configure() -> None:
    """Begin to note."""
    URLLib3Session.send = _noted


def pytest_unconfigure() -> None:
    """Write down what was noted."""
    Path(os.environ["BENCH_AWS_CALLS"]).write_text(json.dumps(_CALLS), encoding="utf-8")
