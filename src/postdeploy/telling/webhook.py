"""The letter to a receiver of one's own: a small JSON document, signed as Standard Webhooks has it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from postdeploy.plain import one_line, shortened
from postdeploy.record.model import Item, Record
from postdeploy.record.writers.wording import MEANINGS, unwell
from postdeploy.target_telling import WEBHOOK_SECRET, WEBHOOK_URL, WebhookTelling
from postdeploy.telling.letter import Answer, Letter, Unsent, as_json
from postdeploy.telling.news import News

SCHEMA: Final = 1
ITEMS_AT_MOST: Final = 20
_WORDS_AT_MOST: Final = 600
_PREFIX: Final = "whsec_"


def letters(
    news: News,
    telling: WebhookTelling,
    secrets: Mapping[str, str],
    variable: Callable[[str], str],
    clean: Callable[[Any], Any],
) -> Iterator[Letter | Unsent]:
    """One, if the receiver wants to hear of this verdict."""
    if news.verdict not in telling.verdicts:
        return
    url = secrets.get(WEBHOOK_URL)
    if url is None:
        yield Unsent("webhook", "webhook", f"{variable(WEBHOOK_URL)} is not set")
        return
    body = as_json(clean(document(news)))
    headers = {"Content-Type": "application/json", "webhook-id": f"msg_{news.record.run_id}"}
    headers["webhook-timestamp"] = str(int(time.time()))
    if secret := secrets.get(WEBHOOK_SECRET):
        headers["webhook-signature"] = _signature(secret, headers, body)
    host = urlsplit(url).hostname or "webhook"
    yield Letter("webhook", host, url, body, _refusal, headers)


def document(news: News) -> dict[str, Any]:
    """What the receiver is told; docs/telling.md describes it."""
    record = news.record
    items = unwell(record)
    return {
        "schema": SCHEMA,
        "verdict": news.verdict.value,
        "exit_code": news.exit_code,
        "because": _words(record.decision.because),
        "do": MEANINGS[news.verdict],
        "system": record.system,
        "system_title": _words(record.system_title),
        "environment": record.environment,
        "protected": news.protected,
        "version": {_words(k): _words(v) for k, v in record.version.observed.items()},
        "scope": record.scope,
        "run_id": record.run_id,
        "tester": _words(record.tester),
        "reason": _words(record.reason),
        "started": record.started.isoformat(timespec="milliseconds"),
        "ended": record.ended.isoformat(timespec="milliseconds") if record.ended else None,
        "failing": [_item(item) for item in items[:ITEMS_AT_MOST]],
        "more_failing": max(0, len(items) - ITEMS_AT_MOST),
        "since_earlier_runs": _history(record),
        "link": news.link or None,
        "record_withheld": news.withheld,
    }


def _item(item: Item) -> dict[str, str]:
    told = {"id": item.id, "weight": item.weight.value, "outcome": item.outcome.value}
    return {**told, "title": _words(item.title), "note": _words(item.note)}


def _history(record: Record) -> dict[str, list[str]] | None:
    past = record.history
    if past is None:
        return None
    kinds = {"new_red": past.new_red, "still_red": past.still_red, "fixed": past.fixed}
    return {kind: list(names[:ITEMS_AT_MOST]) for kind, names in kinds.items()}


def _signature(secret: str, headers: Mapping[str, str], body: bytes) -> str:
    """By the key behind whsec_, which is base64, or by the secret as it is written."""
    key = secret.encode()
    if secret.startswith(_PREFIX):
        try:
            key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            key = secret.encode()
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()}"


def _refusal(answer: Answer) -> str:
    return "" if 200 <= answer.status < 300 else f"the receiver answered {answer.status}"


def _words(text: str) -> str:
    return shortened(one_line(text), _WORDS_AT_MOST)
