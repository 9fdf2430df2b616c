"""One message to one receiver, and what the receiver may answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Receiver = Literal["slack", "webhook", "pagerduty"]
Event = Literal["verdict", "trigger", "resolve"]


@dataclass(frozen=True)
class Answer:
    """What a receiver answered; `body` is cut where it is longer than anything that it would say."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body's data, or None where it is no JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True)
class Letter:
    """What is sent where; it is told apart from others by `by`, `where` and `event`, which hold no secret."""

    by: Receiver
    where: str
    url: str = field(repr=False)
    body: bytes = field(repr=False)
    refusal: Callable[[Answer], str]
    """Why the receiver did not take it, in words; "" when it did."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    event: Event = "verdict"
    repeatable: bool = False
    """Whether a second copy does no harm, so that silence may be answered by sending it again."""


@dataclass(frozen=True)
class Unsent:
    """A message that should go out and cannot, and why."""

    by: Receiver
    where: str
    why: str
    event: Event = "verdict"


def as_json(document: Any) -> bytes:
    """A document as it is sent."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "replace"
    )
