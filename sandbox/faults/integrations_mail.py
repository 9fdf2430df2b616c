"""Faults of the mails that the product sends."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from sandbox.faults.base import Fault, wrap
from sandbox.integrations.postmark import Mail, SentMail

if TYPE_CHECKING:
    from sandbox.world import World


def _with_other_links(mail: Mail) -> Mail:
    def elsewhere(text: str) -> str:
        return re.sub(r"https?://[^\s\"<]+", "https://staging.qumis.example/reports/1", text)

    return replace(mail, html=elsewhere(mail.html), text=elsewhere(mail.text))


def _with_another_html_link(mail: Mail) -> Mail:
    return replace(mail, html=_with_other_links(mail).html)


def _with_other_subject(mail: Mail) -> Mail:
    return replace(mail, subject="Notification from Qumis")


class MailNeverDelivered(Fault):
    id: ClassVar[str] = "integrations.mail-never-delivered"
    title: ClassVar[str] = "Postmark sends mails but never reports a delivery"

    def apply(self, world: World) -> None:
        """Break it."""
        world.integrations.postmark.outcome = None


class MailBounced(Fault):
    id: ClassVar[str] = "integrations.mail-bounced"
    title: ClassVar[str] = "Mails bounce"

    def apply(self, world: World) -> None:
        """Break it."""
        world.integrations.postmark.outcome = "Bounced"


class MailLost(Fault):
    id: ClassVar[str] = "integrations.mail-not-received"
    title: ClassVar[str] = "Postmark says Delivered, and nothing is in the mailbox"

    def apply(self, world: World) -> None:
        """Break it."""
        world.integrations.mailbox.loses_mail = True


class MailWrongLink(Fault):
    id: ClassVar[str] = "integrations.mail-wrong-link"
    title: ClassVar[str] = "The link in a mail leads to another environment"

    def apply(self, world: World) -> None:
        """Break it."""
        world.integrations.postmark.alter = _with_other_links


class MailWrongSubject(Fault):
    id: ClassVar[str] = "integrations.mail-wrong-subject"
    title: ClassVar[str] = "A mail about a shared report has another subject"

    def apply(self, world: World) -> None:
        """Break it."""
        world.integrations.postmark.alter = _with_other_subject


class MailHtmlLink(Fault):
    id: ClassVar[str] = "integrations.mail-html-link-elsewhere"
    title: ClassVar[str] = (
        "The link that one sees in a mail leads elsewhere; only its plain text is right"
    )

    def apply(self, world: World) -> None:
        """Break it."""
        world.integrations.postmark.alter = _with_another_html_link


class MailTwice(Fault):
    id: ClassVar[str] = "integrations.mail-twice"
    title: ClassVar[str] = "Every mail is sent twice"

    def apply(self, world: World) -> None:
        """Break it."""

        def twice(original: Callable[..., str], *mail: str) -> str:
            original(*mail)
            return original(*mail)

        wrap(world.integrations.postmark, "send", twice)


class MailCopied(Fault):
    id: ClassVar[str] = "integrations.mail-copied-to-a-stranger"
    title: ClassVar[str] = (
        "Every mail is sent to a second address as well, of which nobody was told"
    )

    def apply(self, world: World) -> None:
        """Break it."""

        def copied(
            original: Callable[..., str], sender: str, to: str, subject: str, html: str, text: str
        ) -> str:
            original(sender, "archive@elsewhere.example", subject, html, text)
            return original(sender, to, subject, html, text)

        wrap(world.integrations.postmark, "send", copied)


class MailDeliveredElsewhere(Fault):
    id: ClassVar[str] = "integrations.mail-delivered-to-another"
    title: ClassVar[str] = "Postmark says Delivered, of another recipient's copy"

    def apply(self, world: World) -> None:
        """Break it."""

        def of_another(
            original: Callable[[SentMail], list[dict[str, Any]]], sent: SentMail
        ) -> list[dict[str, Any]]:
            events = original(sent)
            return [{**event, "Recipient": "archive@qumis.example"} for event in events]

        wrap(world.integrations.postmark, "_events", of_another)


class MailLinkInWords(Fault):
    id: ClassVar[str] = "integrations.mail-link-in-words-only"
    title: ClassVar[str] = "A mail shows the right address, and the link under it leads elsewhere"

    def apply(self, world: World) -> None:
        """Break it."""

        def mislead(mail: Mail) -> Mail:
            (address,) = re.findall(r'href="([^"]+)"', mail.html)
            shown = re.sub(r">[^<]*</a>", f">{address}</a>", mail.html)
            elsewhere = "https://staging.qumis.example/reports/1"
            return replace(mail, html=shown.replace(f'href="{address}"', f'href="{elsewhere}"'))

        world.integrations.postmark.alter = mislead


class MailBouncedAfterwards(Fault):
    id: ClassVar[str] = "integrations.mail-bounced-afterwards"
    title: ClassVar[str] = "The recipient's server takes a mail, and returns it a moment later"

    def apply(self, world: World) -> None:
        """Break it."""

        def returned(
            original: Callable[[SentMail], list[dict[str, Any]]], sent: SentMail
        ) -> list[dict[str, Any]]:
            return [one | {"Type": kind} for one in original(sent) for kind in _RETURNED]

        wrap(world.integrations.postmark, "_events", returned)


_RETURNED = ("Delivered", "Bounced")
