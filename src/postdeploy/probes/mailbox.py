"""Observes a mailbox through Mailpit's interface (mailpit.axllent.org/docs/api-v1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from postdeploy.probes.vendor import read, table
from postdeploy.target import Postmark


@dataclass(frozen=True)
class Mail:
    """A message in the mailbox; `content` is text and HTML together, for some mails have only one."""

    id: str
    subject: str
    recipients: tuple[str, ...]
    content: str


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
    content = f"{body.get('Text') or ''}\n{body.get('HTML') or ''}"
    return Mail(mail_id, str(body.get("Subject")), recipients, content)
