"""Observes Sidekiq's own numbers, as Sidekiq::Web gives them at /stats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from postdeploy.errors import ProbeError


@dataclass(frozen=True)
class QueueNumbers:
    """Counts since Sidekiq started, what waits now, and the age in seconds of the oldest waiting job."""

    processed: int
    failed: int
    busy: int
    processes: int
    enqueued: int
    retries: int
    dead: int
    latency_seconds: float


async def observe(client: httpx.AsyncClient, path: str, user: str, password: str) -> QueueNumbers:
    """Ask once. Raises ProbeError when the numbers cannot be read."""
    answer = await client.get(path, auth=(user, password))
    if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        mend = "Check SIDEKIQ_USER and SIDEKIQ_PASSWORD of this environment"
        raise ProbeError(f"Sidekiq's numbers are refused ({answer.status_code})", mend=mend)
    if not answer.is_success:
        raise ProbeError(f"Sidekiq's numbers: {path} answered {answer.status_code}")
    return _numbers(_stats(answer))


def _stats(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        body = None
    stats = body.get("sidekiq") if isinstance(body, dict) else None
    if not isinstance(stats, dict):
        raise ProbeError(f"Sidekiq's numbers are not in the answer: {answer.text[:80]!r}")
    return stats


def _numbers(stats: dict[str, Any]) -> QueueNumbers:
    names = ("processed", "failed", "busy", "processes", "enqueued", "retries", "dead")
    missing = [name for name in (*names, "default_latency") if name not in stats]
    if missing:
        raise ProbeError(f"Sidekiq's numbers lack {', '.join(missing)}")
    counts = {name: int(stats[name]) for name in names}
    return QueueNumbers(**counts, latency_seconds=float(stats["default_latency"]))
