"""Postmark's Messages API over the mails that the product sends."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.clock import CLOCK

if TYPE_CHECKING:
    from sandbox.integrations.mailbox import Mailbox

TOKEN = "postmark-sandbox-token"
_MOST_MESSAGES = 500


@dataclass(frozen=True)
class Mail:
    """What the product hands over to be sent."""

    sender: str
    to: str
    subject: str
    html: str
    text: str


@dataclass(frozen=True)
class SentMail:
    """A mail that Postmark accepted; `settles_at` (a monotonic time) is when its fate is known."""

    mail: Mail
    settles_at: float
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    received_at: datetime = field(default_factory=CLOCK.now)

    @property
    def is_settled(self) -> bool:
        """Whether the recipient's server has answered."""
        return time.monotonic() >= self.settles_at


class Postmark:
    """Accepts mails, delivers each to the mailbox after `delay()` seconds, and keeps records."""

    def __init__(self, mailbox: Mailbox, delay: Callable[[], float]) -> None:
        self._mailbox = mailbox
        self._delay = delay
        self._sent: list[SentMail] = []
        # What faults change: the fate of mails, the mails themselves, and whom it lets read.
        self.outcome: str | None = "Delivered"
        self.alter: Callable[[Mail], Mail] = lambda mail: mail
        self.token_is_valid = True

    def send(self, sender: str, to: str, subject: str, html: str, text: str) -> str:
        """Accept a mail and return its message id; it is Sent at once and Delivered later."""
        mail = self.alter(Mail(sender, to, subject, html, text))
        sent = SentMail(mail, time.monotonic() + self._delay())
        self._sent.append(sent)
        if self.outcome == "Delivered":
            self._mailbox.deliver(sent)
        return sent.id

    def routes(self) -> list[BaseRoute]:
        """What is served below /postmark."""
        return [
            Route("/messages/outbound", self._search),
            Route("/messages/outbound/{message_id}/details", self._details),
        ]

    def _refusal(self, request: Request) -> Response | None:
        token = request.headers.get("X-Postmark-Server-Token")
        if token == TOKEN and self.token_is_valid:
            return None
        said = "No Account or Server API tokens were supplied in the HTTP headers."
        if token is not None:
            said = (
                "The Server Token you provided in the X-Postmark-Server-Token request header "
                "was invalid. Please verify that you are using a valid token."
            )
        return _error(401, 10, said)

    async def _search(self, request: Request) -> Response:
        refused = self._refusal(request)
        if refused is not None:
            return refused
        page = _page(request)
        if page is None:
            return _error(422, 300, "Parameters 'count' and 'offset' are required.")
        offset, count = page
        found = [sent for sent in reversed(self._sent) if _is_wanted(sent.mail, request)]
        messages = [self._summary(sent) for sent in found[offset : offset + count]]
        return JSONResponse({"TotalCount": len(found), "Messages": messages})

    async def _details(self, request: Request) -> Response:
        refused = self._refusal(request)
        if refused is not None:
            return refused
        wanted = request.path_params["message_id"]
        for sent in self._sent:
            if sent.id == wanted:
                return JSONResponse(self._summary(sent) | self._body(sent))
        return _error(422, 701, "This message was not found.")

    def _summary(self, sent: SentMail) -> dict[str, Any]:
        name, address = parseaddr(sent.mail.to)
        return {
            "Tag": "",
            "MessageID": sent.id,
            "MessageStream": "outbound",
            "To": [{"Email": address, "Name": name or None}],
            "Cc": [],
            "Bcc": [],
            "Recipients": [address],
            "ReceivedAt": _time(sent.received_at),
            "From": sent.mail.sender,
            "Subject": sent.mail.subject,
            "Attachments": [],
            # Postmark's own status says that it sent the mail; its fate is among the events.
            "Status": "Sent",
            "TrackOpens": False,
            "TrackLinks": "None",
            "Metadata": {},
            "Sandboxed": False,
        }

    def _body(self, sent: SentMail) -> dict[str, Any]:
        return {
            "TextBody": sent.mail.text,
            "HtmlBody": sent.mail.html,
            "MessageEvents": self._events(sent),
        }

    def _events(self, sent: SentMail) -> list[dict[str, Any]]:
        if self.outcome is None or not sent.is_settled:
            return []
        return [
            {
                "Recipient": parseaddr(sent.mail.to)[1],
                "Type": self.outcome,
                "ReceivedAt": _time(CLOCK.now()),
                "Details": _DETAILS[self.outcome],
            }
        ]


_DETAILS: dict[str, dict[str, str]] = {
    "Delivered": {
        "DeliveryMessage": "smtp;250 2.0.0 OK queued",
        "DestinationServer": "mailbox.example (127.0.0.1)",
        "DestinationIP": "127.0.0.1",
    },
    "Bounced": {
        "Summary": "smtp;550 5.1.1 The email account that you tried to reach does not exist.",
        "BounceID": "374814878",
    },
}


def _time(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _error(status: int, code: int, message: str) -> Response:
    return JSONResponse({"ErrorCode": code, "Message": message}, status_code=status)


def _page(request: Request) -> tuple[int, int] | None:
    offset, count = request.query_params.get("offset", ""), request.query_params.get("count", "")
    if not (offset.isdigit() and count.isdigit() and int(count) <= _MOST_MESSAGES):
        return None
    return int(offset), int(count)


def _is_wanted(mail: Mail, request: Request) -> bool:
    asked = request.query_params
    return (
        asked.get("recipient", "").lower() in mail.to.lower()
        and asked.get("subject", "").lower() in mail.subject.lower()
        and asked.get("fromemail", "").lower() in mail.sender.lower()
    )
