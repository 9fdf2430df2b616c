"""The mailbox that delivered mails arrive in, read by Mailpit's interface."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

if TYPE_CHECKING:
    from sandbox.integrations.postmark import SentMail


@dataclass(frozen=True)
class _Arrived:
    id: str
    sent: SentMail

    def message(self) -> EmailMessage:
        """The mail as it came over SMTP: plain text, and HTML as the alternative."""
        mail = self.sent.mail
        message = EmailMessage()
        message["From"], message["To"] = mail.sender, mail.to
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(self.sent.received_at)
        message["Message-ID"] = f"<{self.sent.id}@qumis.example>"
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        return message


class Mailbox:
    """Every mail that was delivered, newest first; `loses_mail` lets none arrive."""

    def __init__(self) -> None:
        self._mails: list[_Arrived] = []
        self.loses_mail = False

    def deliver(self, sent: SentMail) -> None:
        """Take a mail in; it can be read once its delivery has settled."""
        if not self.loses_mail:
            self._mails.append(_Arrived(sent.id.replace("-", "")[:22], sent))

    def routes(self) -> list[BaseRoute]:
        """What is served below /mailbox."""
        return [
            Route("/api/v1/info", self._info),
            Route("/api/v1/messages", self._list),
            Route("/api/v1/messages", self._delete, methods=["DELETE"]),
            Route("/api/v1/search", self._search),
            Route("/api/v1/message/{message_id}", self._message),
            Route("/api/v1/message/{message_id}/raw", self._raw),
        ]

    def _present(self) -> list[_Arrived]:
        return [mail for mail in reversed(self._mails) if mail.sent.is_settled]

    async def _info(self, _request: Request) -> Response:
        present = len(self._present())
        return JSONResponse({"Version": "v1.27.0", "Messages": present, "Unread": present})

    async def _list(self, request: Request) -> Response:
        return self._listed(request, self._present())

    async def _search(self, request: Request) -> Response:
        query = request.query_params.get("query", "")
        if not query:
            return PlainTextResponse("Error: no search query", status_code=400)
        return self._listed(request, [m for m in self._present() if _matches(m, query)])

    def _listed(self, request: Request, found: list[_Arrived]) -> Response:
        start = int(request.query_params.get("start", "0"))
        limit = int(request.query_params.get("limit", "50"))
        page = [_summary(mail) for mail in found[start : start + limit]]
        total = len(self._present())
        return JSONResponse(
            {
                "total": total,
                "unread": total,
                "count": len(page),
                "messages_count": len(found),
                "start": start,
                "tags": [],
                "messages": page,
            }
        )

    async def _message(self, request: Request) -> Response:
        mail = self._found(request)
        if mail is None:
            return PlainTextResponse("Message not found", status_code=404)
        body = {"Text": mail.sent.mail.text, "HTML": mail.sent.mail.html, "Inline": []}
        return JSONResponse(_summary(mail) | body | {"Attachments": []})

    async def _raw(self, request: Request) -> Response:
        mail = self._found(request)
        if mail is None:
            return PlainTextResponse("Message not found", status_code=404)
        return PlainTextResponse(mail.message().as_string())

    async def _delete(self, request: Request) -> Response:
        body = await request.body()
        ids = set(json.loads(body).get("IDs") or []) if body else set()
        # Without IDs Mailpit deletes everything.
        self._mails = [mail for mail in self._mails if ids and mail.id not in ids]
        return PlainTextResponse("ok")

    def _found(self, request: Request) -> _Arrived | None:
        wanted = request.path_params["message_id"]
        present = self._present()
        if wanted == "latest":
            return present[0] if present else None
        return next((mail for mail in present if mail.id == wanted), None)


def _address(text: str) -> dict[str, str]:
    name, address = parseaddr(text)
    return {"Name": name, "Address": address}


def _summary(arrived: _Arrived) -> dict[str, Any]:
    mail = arrived.sent.mail
    return {
        "ID": arrived.id,
        "MessageID": f"{arrived.sent.id}@qumis.example",
        "Read": False,
        "From": _address(mail.sender),
        "To": [_address(mail.to)],
        "Cc": [],
        "Bcc": [],
        "ReplyTo": [],
        "Subject": mail.subject,
        "Created": arrived.sent.received_at.isoformat(),
        "Date": arrived.sent.received_at.isoformat(),
        "Tags": [],
        "Size": len(arrived.message().as_bytes()),
        "Attachments": 0,
        "Snippet": mail.text[:250],
    }


def _matches(arrived: _Arrived, query: str) -> bool:
    mail = arrived.sent.mail
    places = {"to": mail.to, "addressed": mail.to, "from": mail.sender, "subject": mail.subject}
    whole = " ".join((mail.to, mail.sender, mail.subject, mail.text))
    for term in _terms(query):
        field, colon, wanted = term.partition(":")
        known = bool(colon) and field.lower() in places
        place, text = (places[field.lower()], wanted) if known else (whole, term)
        if text.strip('"').lower() not in place.lower():
            return False
    return True


def _terms(query: str) -> list[str]:
    try:
        return shlex.split(query)
    except ValueError:
        # A lone quotation mark is a term like any other.
        return query.split()
