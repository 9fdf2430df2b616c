"""Letters to Slack: by a bot token to any channel, or by an incoming webhook, which belongs to one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from postdeploy.record.writers import slack
from postdeploy.target_telling import SLACK_TOKEN, SlackTelling, channel_webhook
from postdeploy.telling.letter import Answer, Letter, Unsent, as_json
from postdeploy.telling.news import News

_JSON: Final = {"Content-Type": "application/json; charset=utf-8"}
_OK: Final = 200


def letters(
    news: News,
    telling: SlackTelling,
    secrets: Mapping[str, str],
    variable: Callable[[str], str],
    clean: Callable[[Any], Any],
) -> Iterator[Letter | Unsent]:
    """One for each channel that hears of this verdict. A webhook of its own wins over the token."""
    message = clean(slack.message(news.record, news.link))
    for channel in telling.channels[news.verdict]:
        name = channel_webhook(channel)
        if hook := secrets.get(name):
            yield Letter("slack", channel, hook, as_json(message), _hook_refusal, _JSON)
        elif token := secrets.get(SLACK_TOKEN):
            body = as_json({"channel": channel, **message})
            headers = {**_JSON, "Authorization": f"Bearer {token}"}
            url = f"{telling.url.rstrip('/')}/chat.postMessage"
            yield Letter("slack", channel, url, body, _api_refusal, headers)
        else:
            why = f"neither {variable(SLACK_TOKEN)} nor {variable(name)} is set"
            yield Unsent("slack", channel, why)


def _hook_refusal(answer: Answer) -> str:
    if answer.status == _OK and answer.body.strip() == b"ok":
        return ""
    return _answered(answer, answer.body.decode("utf-8", "replace"))


def _api_refusal(answer: Answer) -> str:
    told = answer.json()
    if not isinstance(told, dict):
        return _answered(answer, "")
    if answer.status == _OK and told.get("ok") is True:
        return ""
    return _answered(answer, str(told.get("error", "")))


def _answered(answer: Answer, words: str) -> str:
    """Slack answers in a word; a page is of somebody who stands between."""
    word = words.strip()
    if word and len(word) <= 80 and "<" not in word:
        return f"Slack answered {word}" + ("" if answer.status == _OK else f" ({answer.status})")
    return f"what answered ({answer.status}) is not Slack"
