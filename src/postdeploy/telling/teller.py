"""Tells people of a finished run, all at once and once, and says what became of it; its verdict is what it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, cast

from postdeploy.closing import Closing
from postdeploy.outcome import Verdict
from postdeploy.redact import Redactor
from postdeploy.settings import Machine, Settings, proxies, variable
from postdeploy.target import Target
from postdeploy.target_telling import is_safe
from postdeploy.telling import pagerduty, slack, webhook
from postdeploy.telling.letter import Letter, Unsent
from postdeploy.telling.news import News, news_of
from postdeploy.telling.posting import Post, Sent
from postdeploy.threads import DaemonThreads

_GRACE: Final = 0.3
"""Seconds beyond the limit in which an answer that has come is still taken down."""
_AT_ONCE: Final = 16


@dataclass(frozen=True)
class Teller:
    """Whom the runs of an environment tell, and by which secrets."""

    target: Target
    settings: Settings

    def tell(self, closing: Closing) -> list[dict[str, Any]]:
        """Tell everybody of the verdict within the target's limit; entries for the journal that say how it went.

        Never raises, and takes a Ctrl-C as leave to wait no longer.
        """
        environment = self.target.environment
        news = news_of(closing, protected=environment.protected, link=Machine().run_url)
        if news is None:
            return []
        redactor = Redactor()
        redactor.learn_all(self.settings.kinds())
        letters = [_safe(one) for one in self._letters(news, redactor)]
        sent = self._sent([one for one in letters if isinstance(one, Letter)])
        entries: list[dict[str, Any]] = []
        for one in letters:
            how = Sent("failed", one.why) if isinstance(one, Unsent) else sent.pop(0)
            entries += _entries(one, how, news.verdict)
        return [dict(cast(dict[str, Any], redactor.clean_tree(one))) for one in entries]

    def _letters(self, news: News, redactor: Redactor) -> Iterator[Letter | Unsent]:
        telling = self.target.environment.telling
        secrets = {name: one.get_secret_value() for name, one in self.settings.telling.items()}
        given = (secrets, self._variable, redactor.clean_tree)
        if telling.pagerduty is not None:
            yield from pagerduty.letters(news, telling.pagerduty, *given)
        if telling.slack is not None:
            yield from slack.letters(news, telling.slack, *given)
        if telling.webhook is not None:
            yield from webhook.letters(news, telling.webhook, *given)

    def _variable(self, name: str) -> str:
        return variable(self.target, name)

    def _sent(self, letters: Sequence[Letter]) -> list[Sent]:
        """How each ended. One that hangs is not waited for: it ends with the process."""
        seconds = self.target.environment.telling.seconds
        post = Post(time.monotonic() + seconds, proxies(), threading.Event())
        threads = DaemonThreads(_AT_ONCE, "telling")
        futures = [threads.submit(post.send, letter) for letter in letters]
        silent = Sent("unknown", f"no answer within {seconds:g} s; it may have arrived", 1)
        try:
            wait(futures, timeout=seconds + _GRACE)
        except KeyboardInterrupt:
            silent = Sent("unknown", "the run was ended before there was an answer", 1)
        finally:
            post.over.set()
            threads.shutdown()
        return [_ended(future, silent) for future in futures]


def _safe(one: Letter | Unsent) -> Letter | Unsent:
    """A letter that anybody could read on its way is not sent."""
    if isinstance(one, Unsent) or is_safe(one.url):
        return one
    return Unsent(one.by, one.where, "its address is no https address", one.event)


def _ended(future: Future[Sent], silent: Sent) -> Sent:
    return future.result() if future.done() else silent


def _entries(one: Letter | Unsent, how: Sent, verdict: Verdict) -> Iterator[dict[str, Any]]:
    yield {
        "kind": "told",
        "by": one.by,
        "where": one.where,
        "event": one.event,
        "verdict": verdict.value,
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "outcome": how.outcome,
        "note": how.note,
        "attempts": how.attempts,
    }
    if how.outcome != "told":
        yield {"kind": "warning", "text": _warning(one, how)}


def _warning(one: Letter | Unsent, how: Sent) -> str:
    whom = _whom(one)
    lead = "may not have been told" if how.outcome == "unknown" else "was not told"
    return f"{whom} {lead} of the verdict: {how.note}"


def _whom(one: Letter | Unsent) -> str:
    if one.by == "slack":
        return f"{one.where} (Slack)"
    if one.by == "pagerduty":
        return f"PagerDuty ({one.event})"
    return f"The webhook {one.where}" if one.where != "webhook" else "The webhook"
