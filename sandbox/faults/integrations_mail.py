"""Faults of the mails that the product sends."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from sandbox.faults.base import Fault
from sandbox.integrations.postmark import Mail

if TYPE_CHECKING:
    from sandbox.world import World


def _with_other_links(mail: Mail) -> Mail:
    def elsewhere(text: str) -> str:
        return re.sub(r"https?://[^\s\"<]+", "https://staging.qumis.example/reports/1", text)

    return replace(mail, html=elsewhere(mail.html), text=elsewhere(mail.text))


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
