"""Sends a report to somebody by mail."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from sandbox.product.errors import InvalidError
from sandbox.product.people import Person
from sandbox.product.reports import Report

SENDER = "Qumis <reports@qumis.example>"
Send = Callable[[str, str, str, str, str], object]


class Sharing:
    """Writes the mails that the product sends; `send` takes sender, to, subject, HTML and text."""

    def __init__(self, send: Send, app_url: Callable[[], str]) -> None:
        self._send = send
        self._app_url = app_url

    def share(self, person: Person, report: Report, email: str) -> None:
        """Let somebody see a report and mail them; raises InvalidError for a bad address."""
        address = email.strip()
        if "@" not in address.strip("@") or " " in address:
            raise InvalidError("That is not an e-mail address.")
        report.shared_with.add(address.lower())
        self.mail(person, report, address)

    def mail(self, person: Person, report: Report, address: str) -> None:
        """Send the mail about a shared report."""
        subject = f'{person.name} shared "{report.title}" with you'
        url = f"{self._app_url()}/reports/{report.id}"
        html = (
            f"<p>{escape(person.name)} shared a report with you.</p>"
            f'<p><a href="{url}">{escape(report.title)}</a></p>'
        )
        text = f"{person.name} shared a report with you.\n\n{report.title}\n{url}\n"
        self._send(SENDER, address, subject, html, text)
