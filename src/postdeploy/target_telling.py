"""Whom a run tells of its verdict: names and channels, as data; what opens them are settings (docs/telling.md)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, StringConstraints

from postdeploy.errors import Problem
from postdeploy.outcome import Verdict
from postdeploy.tables import Model, Url

SLACK_TOKEN = "TELL_SLACK_TOKEN"  # noqa: S105 - the name of a variable
WEBHOOK_URL = "TELL_WEBHOOK_URL"
WEBHOOK_SECRET = "TELL_WEBHOOK_SECRET"  # noqa: S105
PAGERDUTY_KEY = "TELL_PAGERDUTY_KEY"
_NO_HOST = ".invalid"
"""How the hosts end that stand for addresses which are not known yet."""
_USUAL = {
    Verdict.GO: ("#deployments",),
    Verdict.NO_GO: ("#deployments",),
    Verdict.ROLLBACK: ("#incidents",),
    Verdict.BLOCKED: ("#deployments",),
}

Channel = Annotated[str, StringConstraints(pattern=r"^(#[^\s#@,<>&]{1,80}|[CG][A-Z0-9]{6,20})$")]


def _several(value: object) -> object:
    """One channel is as good as a list of one."""
    return (value,) if isinstance(value, str) else value


def _with_usual(value: object) -> object:
    """What a table says of some verdicts, and the usual channels of the others: no ROLLBACK is silent by oversight."""
    if not isinstance(value, Mapping):
        return value
    return {verdict.value: usual for verdict, usual in _USUAL.items()} | dict(value)


Channels = Annotated[tuple[Channel, ...], BeforeValidator(_several)]


class SlackTelling(Model):
    """Slack: which channels hear of which verdict; an empty list: nobody does."""

    url: Url = "https://slack.com/api"
    channels: Annotated[dict[Verdict, Channels], BeforeValidator(_with_usual)] = dict(_USUAL)

    @property
    def named(self) -> tuple[str, ...]:
        """Every channel once."""
        return tuple(dict.fromkeys(name for some in self.channels.values() for name in some))


class PagerDutyTelling(Model):
    """PagerDuty's Events API v2: an alert on the ROLLBACK of a protected environment, its end on the next GO."""

    url: Url = "https://events.pagerduty.com"


class WebhookTelling(Model):
    """A receiver of one's own, whose address is a secret."""

    verdicts: tuple[Verdict, ...] = tuple(Verdict)


class Telling(Model):
    """Whom a run tells of its verdict once its record is safe; a table that is absent tells nobody."""

    seconds: Annotated[float, Field(gt=0, le=60)] = 10
    """How long all of it may take together."""
    slack: SlackTelling | None = None
    pagerduty: PagerDutyTelling | None = None
    webhook: WebhookTelling | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of all secrets that may open what is declared here."""
        names: list[str] = []
        if self.slack is not None:
            names += [SLACK_TOKEN, *(channel_webhook(name) for name in self.slack.named)]
        if self.pagerduty is not None:
            names.append(PAGERDUTY_KEY)
        if self.webhook is not None:
            names += [WEBHOOK_URL, WEBHOOK_SECRET]
        return tuple(dict.fromkeys(names))

    @property
    def addresses(self) -> dict[str, str]:
        """Key in the target file → address."""
        kinds = {"slack": self.slack, "pagerduty": self.pagerduty}
        return {f"telling.{name}.url": one.url for name, one in kinds.items() if one is not None}


def channel_webhook(channel: str) -> str:
    """The name of the secret that holds a channel's incoming webhook: TELL_SLACK_WEBHOOK_INCIDENTS."""
    return f"TELL_SLACK_WEBHOOK_{re.sub(r'[^A-Z0-9]+', '_', channel.lstrip('#').upper())}"


def is_safe(url: str) -> bool:
    """Whether what is sent there cannot be read on its way: https, or this machine itself."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        bool(parts.port)
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and _is_here(host)))


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def telling_problems(where: str, telling: Telling) -> Iterator[Problem]:
    """Addresses to which nothing may be sent in the clear, and channels that would share a variable."""
    for key, url in telling.addresses.items():
        if not is_safe(url) and not str(urlsplit(url).hostname).endswith(_NO_HOST):
            yield Problem(where, f"{key}: {url} is no https address", "Name an https address")
    first: dict[str, str] = {}
    for channel in telling.slack.named if telling.slack is not None else ():
        other = first.setdefault(channel_webhook(channel), channel)
        if other != channel:
            what = (
                f"telling.slack: {other} and {channel} would have one variable for their webhooks"
            )
            yield Problem(where, what, "Name the channel otherwise, or by its id")
