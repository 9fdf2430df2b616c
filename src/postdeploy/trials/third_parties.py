"""The tokens of the third parties, each by a read that changes nothing."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Iterator, Mapping
from typing import TYPE_CHECKING

import httpx

from postdeploy.errors import ProbeError
from postdeploy.policy import Permit, policy_of
from postdeploy.policy.http import PolicyTransport
from postdeploy.probes import fullstory, mailbox, postmark, sentry
from postdeploy.probes.http import ObservingTransport
from postdeploy.probes.proxy import ProxiedTransport, Proxies
from postdeploy.threads import ChecksLoop
from postdeploy.trials.finding import Finding, missing

if TYPE_CHECKING:
    from postdeploy.settings import Settings
    from postdeploy.target import Integrations, Target

_SECONDS = 10
_NOBODY = "nobody@postdeploy.invalid"


def third_parties(
    target: Target, settings: Settings, proxies: Proxies, trust: ssl.SSLContext
) -> Iterator[Finding]:
    """A row for each that is declared."""
    with asyncio.Runner(loop_factory=ChecksLoop) as runner:
        yield from runner.run(_all(target, settings, proxies, trust))
    if target.environment.integrations.slack is not None:
        # Its webhook takes nothing but messages, and each of them is read by people.
        yield Finding("Slack", True, "not tried: each try would be a message")


async def _all(
    target: Target, settings: Settings, proxies: Proxies, trust: ssl.SSLContext
) -> list[Finding]:
    inner = ProxiedTransport(proxies, trust, httpx.Limits(max_connections=8))
    guarded = PolicyTransport(inner, policy_of(target), Permit())
    transport = ObservingTransport(guarded, lambda _: None)
    async with httpx.AsyncClient(transport=transport, timeout=_SECONDS) as client:
        trials = _trials(client, target.environment.integrations, settings)
        return list(await asyncio.gather(*(_tried(what, work) for what, work in trials.items())))


def _trials(
    client: httpx.AsyncClient, integrations: Integrations, settings: Settings
) -> Mapping[str, Awaitable[object]]:
    trials: dict[str, Awaitable[object]] = {}
    if (mail := integrations.postmark) is not None:
        token, reading = settings.secret("POSTMARK_TOKEN"), settings.secret("MAILBOX_TOKEN")
        trials["Postmark"] = postmark.outbound(client, mail, token, recipient=_NOBODY)
        trials["mailbox"] = mailbox.mails_to(client, mail, reading, _NOBODY)
    if (errors := integrations.sentry) is not None:
        token = settings.secret("SENTRY_TOKEN")
        trials["Sentry"] = sentry.observe_access(client, errors, token)
    if (recorded := integrations.fullstory) is not None:
        key = settings.secret("FULLSTORY_KEY")
        trials["FullStory"] = fullstory.sessions(client, recorded, key, _NOBODY)
    return trials


async def _tried(what: str, work: Awaitable[object]) -> Finding:
    try:
        await work
    except ProbeError as error:
        return missing(what, error)
    return Finding(what, True, "the token can read")
