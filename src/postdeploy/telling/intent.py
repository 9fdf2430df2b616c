"""Whether a run tells people of its verdict: in CI it does, at a terminal only when asked to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from postdeploy.embedded import Embedded
from postdeploy.errors import ConfigError, Problem
from postdeploy.settings import Settings, variable
from postdeploy.target import Target
from postdeploy.target_telling import (
    PAGERDUTY_KEY,
    SLACK_TOKEN,
    WEBHOOK_SECRET,
    WEBHOOK_URL,
    Telling,
    channel_webhook,
    is_safe,
)
from postdeploy.telling.teller import Teller

SETTING: Final = "POSTDEPLOY_TELL"
_YES: Final = ("1", "true", "yes", "on")
_NO: Final = ("0", "false", "no", "off")


@dataclass(frozen=True)
class Intent:
    """What a run is going to do about it, and what it says of that at its beginning."""

    teller: Teller | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wish:
    """Whether to tell, and whether somebody has said so."""

    tells: bool
    explicit: bool


def wish(option: bool | None, setting: str, *, in_ci: bool) -> Wish:
    """--tell or --no-tell, else POSTDEPLOY_TELL, else whether a CI system runs this. Raises ConfigError."""
    word = setting.strip().lower()
    if word and word not in (*_YES, *_NO):
        mend = (
            "Set it to 1 or 0, or leave it out: then CI tells and a person at a terminal does not"
        )
        raise ConfigError([Problem(SETTING, f"{setting!r} is neither yes nor no", mend)])
    if option is not None:
        return Wish(option, explicit=True)
    if word:
        return Wish(word in _YES, explicit=True)
    return Wish(in_ci, explicit=False)


def intent(
    target: Target, settings: Settings, asked: Wish, embedded: Embedded | None, without: str = ""
) -> Intent:
    """Whom this run tells; `without` says why it will have no verdict to tell.

    Where somebody has asked for it, raises ConfigError for everything that is missing; else that is in the record.
    """
    telling = target.environment.telling
    own = embedded is not None and embedded.process is not None
    if asked.tells and asked.explicit and not without:
        problems = [*_unreachable(target, own=own), *lacking(target, settings)]
        if problems:
            raise ConfigError(problems)
    declared = receivers_of(telling)
    if not declared or own:
        return Intent()
    if without:
        return Intent(None, (f"postdeploy: tells nobody of its verdict: {without}",))
    if not asked.tells:
        return Intent(None, ("postdeploy: tells nobody of its verdict (--tell does)",))
    return Intent(Teller(target, settings), (f"postdeploy: tells {declared} of its verdict",))


def lacking(target: Target, settings: Settings) -> Iterator[Problem]:
    """A problem for each secret that is not there, or is none, of those that the target's receivers need."""
    telling, given = target.environment.telling, settings.telling
    if telling.slack is not None and SLACK_TOKEN not in given:
        deaf = [name for name in telling.slack.named if channel_webhook(name) not in given]
        hooks = ", ".join(variable(target, channel_webhook(name)) for name in deaf)
        if deaf:
            what = f"is not set, nor is {hooks}: Slack's {', '.join(deaf)} would hear nothing"
            yield _problem(target, SLACK_TOKEN, what)
    if (
        telling.pagerduty is not None
        and target.environment.protected
        and PAGERDUTY_KEY not in given
    ):
        yield _problem(target, PAGERDUTY_KEY, "is not set: nobody would be paged")
    if telling.webhook is not None and WEBHOOK_URL not in given:
        yield _problem(target, WEBHOOK_URL, "is not set: the webhook would hear nothing")
    no_addresses = (SLACK_TOKEN, PAGERDUTY_KEY, WEBHOOK_SECRET)
    for name, secret in given.items():
        if name not in no_addresses and not is_safe(secret.get_secret_value()):
            where = variable(target, name)
            yield Problem(where, "is no https address", "Copy it again from where it was made")


def _problem(target: Target, name: str, what: str) -> Problem:
    mend = f"Export it, or put it into .env ({target.title} {target.name}; docs/telling.md)"
    return Problem(variable(target, name), what, mend)


def _unreachable(target: Target, *, own: bool) -> Iterator[Problem]:
    where = f"{target.file}, [environments.{target.name}]"
    if not receivers_of(target.environment.telling):
        mend = "Add telling.slack, telling.pagerduty or telling.webhook (docs/telling.md)"
        yield Problem(where, "declares nobody who could be told", mend)
    elif own:
        what = "whom it would tell is part of the embedded deployment, which ends with the run"
        yield Problem("--tell", what, "Start one beforehand: python -m sandbox")


def receivers_of(telling: Telling) -> str:
    """Who could be told, in words; "" for nobody."""
    named = ", ".join(telling.slack.named) if telling.slack is not None else ""
    found = (
        f"Slack ({named})" if named else "",
        "PagerDuty" if telling.pagerduty is not None else "",
        "a webhook" if telling.webhook is not None else "",
    )
    return ", ".join(one for one in found if one)
