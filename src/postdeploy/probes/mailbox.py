"""Observes a mailbox through Mailpit's interface (mailpit.axllent.org/docs/api-v1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from postdeploy.probes.vendor import read, table
from postdeploy.target import Postmark


@dataclass(frozen=True)
class Mail:
    """A message in the mailbox; `parts` are its text and its HTML, as far as there are such."""

    id: str
    subject: str
    recipients: tuple[str, ...]
    parts: tuple[str, ...]


async def mails_to(
    client: httpx.AsyncClient, postmark: Postmark, token: str, recipient: str
) -> Sequence[Mail]:
    """The whole messages to `recipient`. Raises ProbeError."""
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{postmark.mailbox_url}/api/v1/search"
    found = await read(
        client, "the mailbox", url, headers=headers, params={"query": f'to:"{recipient}"'}
    )
    return [
        await _mail(client, postmark, headers, str(summary.get("ID")))
        for summary in table(found, "messages", "the mailbox")
    ]


async def _mail(
    client: httpx.AsyncClient, postmark: Postmark, headers: dict[str, str], mail_id: str
) -> Mail:
    url = f"{postmark.mailbox_url}/api/v1/message/{mail_id}"
    body = await read(client, "the mailbox", url, headers=headers)
    recipients = tuple(str(to.get("Address")) for to in table(body, "To", "the mailbox"))
    parts = tuple(str(body[name]) for name in ("Text", "HTML") if body.get(name))
    return Mail(mail_id, str(body.get("Subject")), recipients, parts)
