"""Observes Postmark's outbound messages (postmarkapp.com/developer/api/messages-api)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from postdeploy.probes.vendor import read, table
from postdeploy.target import Postmark


@dataclass(frozen=True)
class OutboundMessage:
    """A message that Postmark took in."""

    id: str
    subject: str
    status: str
    recipients: tuple[str, ...]
    """Every address that it goes to, copies included."""


@dataclass(frozen=True)
class MessageEvent:
    """What became of a message: Delivered, Bounced, Opened, …"""

    type: str
    recipient: str


def _headers(token: str) -> dict[str, str]:
    return {"X-Postmark-Server-Token": token, "Accept": "application/json"}


async def outbound(
    client: httpx.AsyncClient, postmark: Postmark, token: str, **asked: str
) -> Sequence[OutboundMessage]:
    """Messages of which `recipient`, `subject`, … are as `asked`, the newest 50. Raises ProbeError."""
    params = {**asked, "count": "50", "offset": "0"}
    url = f"{postmark.url}/messages/outbound"
    body = await read(client, "Postmark", url, headers=_headers(token), params=params)
    return [
        OutboundMessage(
            str(m.get("MessageID")),
            str(m.get("Subject")),
            str(m.get("Status")),
            tuple(str(one) for one in m.get("Recipients") or ()),
        )
        for m in table(body, "Messages", "Postmark")
    ]


async def events(
    client: httpx.AsyncClient, postmark: Postmark, token: str, message_id: str
) -> Sequence[MessageEvent]:
    """Events of one message, in their order. Raises ProbeError."""
    url = f"{postmark.url}/messages/outbound/{message_id}/details"
    body = await read(client, "Postmark", url, headers=_headers(token))
    return [
        MessageEvent(str(e.get("Type")), str(e.get("Recipient")))
        for e in table(body, "MessageEvents", "Postmark")
    ]
