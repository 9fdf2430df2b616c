"""Observes a mailbox through Mailpit's interface (mailpit.axllent.org/docs/api-v1)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

import httpx

from postdeploy.probes.vendor import read, table
from postdeploy.target import Postmark

_ADDRESS = re.compile(r"https?://[^\s<>\"')\]]+")


@dataclass(frozen=True)
class Mail:
    """A message in the mailbox; `links` are where its text and its HTML lead, as far as there are such parts."""

    id: str
    subject: str
    recipients: tuple[str, ...]
    links: Mapping[str, tuple[str, ...]]


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
    links = {
        name: leads(str(body[name]))
        for name, leads in (("Text", _addresses), ("HTML", _targets))
        if body.get(name)
    }
    return Mail(mail_id, str(body.get("Subject")), recipients, links)


def _addresses(text: str) -> tuple[str, ...]:
    """The addresses that a plain text spells out."""
    return tuple(found.rstrip(".,;:!?") for found in _ADDRESS.findall(text))


def _targets(html: str) -> tuple[str, ...]:
    """Where the links of a page lead, whatever they are called."""
    reader = _Links()
    reader.feed(html)
    reader.close()
    return tuple(reader.found)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]
