"""The services that the product is integrated with, each speaking its documented interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from starlette.applications import Starlette
from starlette.routing import Mount

from sandbox.integrations.fullstory import FullStory
from sandbox.integrations.mailbox import Mailbox
from sandbox.integrations.pagerduty import PagerDuty
from sandbox.integrations.postmark import Postmark
from sandbox.integrations.sentry import Sentry
from sandbox.integrations.slack import Slack
from sandbox.integrations.slack_api import SlackApi
from sandbox.integrations.webhook import Webhook

if TYPE_CHECKING:
    from sandbox.pace import Pace

__all__ = ["Integrations"]


class Paced(Protocol):
    """What the integrations must know of the world: how fast things go."""

    @property
    def pace(self) -> Pace:
        """How long a mail is on its way, and an event until it can be read."""
        ...


class Integrations:
    """Postmark, the mailbox, Sentry, FullStory, Slack, PagerDuty and a webhook, served by one application."""

    def __init__(self, world: Paced) -> None:
        def lag() -> float:
            return world.pace.index_lag

        self.mailbox = Mailbox()
        self.postmark = Postmark(self.mailbox, lag)
        self.sentry = Sentry(lag)
        self.fullstory = FullStory()
        self.slack = Slack()
        self.slack_api = SlackApi()
        self.pagerduty = PagerDuty()
        self.webhook = Webhook()
        self.app = Starlette(
            routes=[
                Mount("/postmark", routes=self.postmark.routes()),
                Mount("/mailbox", routes=self.mailbox.routes()),
                Mount("/sentry", routes=self.sentry.routes()),
                Mount("/fullstory", routes=self.fullstory.routes()),
                Mount("/slack/api", routes=self.slack_api.routes()),
                Mount("/slack", routes=self.slack.routes()),
                Mount("/pagerduty", routes=self.pagerduty.routes()),
                Mount("/webhook", routes=self.webhook.routes()),
            ]
        )
