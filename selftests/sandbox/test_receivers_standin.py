"""The receivers of verdicts refuse what their makers' documentation says that they refuse."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Iterator
from typing import Any

import pytest

from selftests.sandbox.served_integrations import Served

BOT = {"Authorization": "Bearer xoxb-sandbox-0000-token"}
KEY = "5a9db0c5a9db0c5a9db0c5a9db0c5a9d"
HOOK = "/webhook/4f1c0a77b2d94e05"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    opened = Served()
    yield opened
    opened.stop()


def post(served: Served, body: Any, headers: dict[str, str] = BOT) -> Any:
    return served.http.post("/slack/api/chat.postMessage", json=body, headers=headers).json()


def header(text: str) -> dict[str, Any]:
    return {"type": "header", "text": {"type": "plain_text", "text": text}}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"channel": "#nowhere", "text": "a"}, "channel_not_found"),
        ({"channel": "#incidents"}, "no_text"),
        ({"channel": "#incidents", "blocks": [header("a" * 151)]}, "invalid_blocks"),
        ({"channel": "#incidents", "blocks": [header("")]}, "invalid_blocks"),
        ({"channel": "#incidents", "blocks": [header("a")] * 51}, "invalid_blocks"),
        (
            {"channel": "#incidents", "blocks": [{"type": "actions", "elements": []}]},
            "invalid_blocks",
        ),
    ],
)
def test_slack_refuses_in_a_word_and_with_200(served: Served, body: Any, error: str) -> None:
    assert post(served, body) == {"ok": False, "error": error}


def test_slack_wants_its_token_and_keeps_what_it_took(served: Served) -> None:
    message = {"channel": "#incidents", "text": "a", "blocks": [header("a" * 150)]}
    assert post(served, message, {})["error"] == "not_authed"
    assert post(served, message, {"Authorization": "Bearer xoxb-other"})["error"] == "invalid_auth"
    assert post(served, message)["ok"] is True
    history = served.get("/slack/api/conversations.history", BOT, channel="incidents")
    assert history["messages"] == [message]


def event(**changes: Any) -> dict[str, Any]:
    payload = {"summary": "s", "source": "here", "severity": "critical"}
    return {
        "routing_key": KEY,
        "event_action": "trigger",
        "dedup_key": "k",
        "payload": payload,
    } | changes


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"routing_key": "short"}, "Length of 'routing_key'"),
        ({"event_action": "open"}, "'event_action'"),
        ({"event_action": "resolve", "dedup_key": ""}, "'dedup_key'"),
        ({"payload": {"summary": "a" * 1025, "source": "x", "severity": "info"}}, "too long"),
        ({"payload": {"summary": "a", "source": "", "severity": "info"}}, "'payload.source'"),
        ({"payload": {"summary": "a", "source": "x", "severity": "bad"}}, "'payload.severity'"),
    ],
)
def test_pagerduty_says_what_is_wrong_with_an_event(
    served: Served, changes: Any, error: str
) -> None:
    answer = served.http.post("/pagerduty/v2/enqueue", json=event(**changes))
    assert (answer.status_code, answer.json()["status"]) == (400, "invalid event")
    assert any(error in told for told in answer.json()["errors"])


def test_an_alert_is_opened_once_and_its_end_is_no_mistake_where_there_is_none(
    served: Served,
) -> None:
    alerts = served.integrations.pagerduty.open
    end = {"routing_key": KEY, "event_action": "resolve", "dedup_key": "k"}
    for sent in (end, event(), event(), end):
        assert served.http.post("/pagerduty/v2/enqueue", json=sent).status_code == 202
        assert list(alerts) == (["k"] if sent["event_action"] == "trigger" else [])


def test_a_webhook_takes_what_is_signed_and_new(served: Served) -> None:
    def signed(moment: int) -> int:
        content = f"msg_1.{moment}.".encode() + b"{}"
        made = hmac.new(b"a key that both sides have.", content, hashlib.sha256).digest()
        headers = {"webhook-id": "msg_1", "webhook-timestamp": str(moment)}
        headers["webhook-signature"] = f"v1,{base64.b64encode(made).decode()}"
        return served.http.post(HOOK, content=b"{}", headers=headers).status_code

    now = int(time.time())
    assert served.http.post(HOOK, json={}).status_code == 401
    assert [signed(now - 3600), signed(now), signed(now)] == [401, 204, 204]
    assert served.integrations.webhook.documents == [{}]
