"""Letters to PagerDuty's Events API v2: an alert on ROLLBACK of a protected environment, its end on the next GO.

Nobody remembers whether there is an alert: each GO of a protected environment ends the one of that name, and
PagerDuty passes over the end of an alert that is not there. So the same key serves every run, and it does no harm
to send an event twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from postdeploy.outcome import Verdict, Weight
from postdeploy.plain import one_line, shortened
from postdeploy.record.model import Record
from postdeploy.record.writers.wording import MEANINGS, counted, place, unwell, versions
from postdeploy.target_telling import PAGERDUTY_KEY, PagerDutyTelling
from postdeploy.telling.letter import Answer, Letter, Unsent, as_json
from postdeploy.telling.news import News

_SUMMARY: Final = 1024
_ITEMS_AT_MOST: Final = 20
_WORDS_AT_MOST: Final = 400
_KEY: Final = 255
_TAKEN: Final = 202


def letters(
    news: News,
    telling: PagerDutyTelling,
    secrets: Mapping[str, str],
    variable: Callable[[str], str],
    clean: Callable[[Any], Any],
) -> Iterator[Letter | Unsent]:
    """At most one: of a protected environment, and of a ROLLBACK or a GO."""
    key = _dedup_key(news)
    if not news.protected or news.verdict not in (Verdict.ROLLBACK, Verdict.GO):
        return
    event: dict[str, Any] = {"dedup_key": key, "client": "postdeploy"}
    if news.verdict is Verdict.ROLLBACK:
        event |= {"event_action": "trigger", **clean(_alert(news))}
    else:
        if unseen := _unseen(news.record):
            why = f"red before and not looked at now: {', '.join(unseen[:3])}"
            yield Unsent("pagerduty", key, f"the alert stays: {why}", "resolve")
            return
        event |= {"event_action": "resolve"}
    if PAGERDUTY_KEY not in secrets:
        yield Unsent(
            "pagerduty", key, f"{variable(PAGERDUTY_KEY)} is not set", event["event_action"]
        )
        return
    yield Letter(
        "pagerduty",
        key,
        f"{telling.url.rstrip('/')}/v2/enqueue",
        as_json({"routing_key": secrets[PAGERDUTY_KEY], **event}),
        _refusal,
        {"Content-Type": "application/json"},
        event["event_action"],
        repeatable=True,
    )


def _dedup_key(news: News) -> str:
    return f"postdeploy/{news.place}"[:_KEY]


def _unseen(record: Record) -> list[str]:
    """What called for a rollback in an earlier run, and was not seen in this one: a GO that says nothing of it."""
    grave = {item.id for item in record.items if item.weight is Weight.R}
    return [name for name in (record.history.unseen if record.history else ()) if name in grave]


def _alert(news: News) -> dict[str, Any]:
    record = news.record
    summary = f"{news.verdict}: {place(record)} {versions(record)}. {record.decision.because}"
    alert: dict[str, Any] = {
        "payload": {
            "summary": _words(summary, _SUMMARY),
            "source": news.place,
            "severity": "critical",
            "timestamp": _moment(record.ended or record.started),
            "component": record.system,
            "group": record.environment,
            "class": "deployment",
            "custom_details": _details(news),
        }
    }
    if news.link:
        alert |= {"client_url": news.link, "links": [{"href": news.link, "text": "The run"}]}
    return alert


def _details(news: News) -> dict[str, Any]:
    record = news.record
    items = unwell(record)
    failing = [_words(f"{one.outcome} {one.id}: {one.note}") for one in items[:_ITEMS_AT_MOST]]
    more = len(items) - len(failing)
    return {
        "do": MEANINGS[news.verdict],
        "version": _words(versions(record)),
        "run": record.run_id,
        "scope": record.scope,
        "tester": _words(record.tester),
        "reason": _words(record.reason),
        "failing": [*failing, *([f"and {counted(more, 'more item')}"] if more > 0 else [])],
    }


def _refusal(answer: Answer) -> str:
    if answer.status == _TAKEN:
        return ""
    told = answer.json()
    errors = told.get("errors") if isinstance(told, dict) else None
    words = "; ".join(map(str, errors)) if isinstance(errors, list) else ""
    return f"PagerDuty answered {answer.status}" + (f": {words}" if words else "")


def _words(text: str, limit: int = _WORDS_AT_MOST) -> str:
    return shortened(one_line(text), limit)


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
