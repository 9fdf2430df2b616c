"""The integrations speak the interfaces that their makers document."""

from __future__ import annotations

import gzip
import json
import time
import zlib
from collections.abc import Callable, Iterator

import pytest

from selftests.sandbox.served_integrations import (
    EVENTS,
    FULLSTORY,
    LAG,
    POSTMARK,
    SENTRY,
    Served,
    event_types,
    eventually,
    post_bundle,
    report_an_error,
)


@pytest.fixture
def served() -> Iterator[Served]:
    opened = Served()
    yield opened
    opened.stop()


def test_a_mail_is_sent_then_delivered_then_in_the_mailbox(served: Served) -> None:
    message = served.mail()
    assert event_types(served, message) == []
    assert served.mailbox() == []
    assert eventually(lambda: event_types(served, message)) == ["Delivered"]
    (arrived,) = served.mailbox()
    read = served.get(f"/mailbox/api/v1/message/{arrived['ID']}")
    assert read["Subject"] == 'Mia Member shared "Policy Analysis" with you'
    assert "/reports/7" in read["Text"]
    assert "/reports/7" in read["HTML"]
    raw = served.http.get(f"/mailbox/api/v1/message/{arrived['ID']}/raw").text
    assert "multipart/alternative" in raw


def test_postmark_finds_messages_by_recipient_and_subject(served: Served) -> None:
    served.mail()
    asked = {"count": 10, "offset": 0, "recipient": "tom.teammate@harbor.example"}
    found = served.get("/postmark/messages/outbound", POSTMARK, **asked)
    assert found["TotalCount"] == 1
    assert found["Messages"][0]["Recipients"] == ["tom.teammate@harbor.example"]
    found = served.get("/postmark/messages/outbound", POSTMARK, **asked, subject="Invoice")
    assert found == {"TotalCount": 0, "Messages": []}


def test_postmark_wants_its_token_and_paging(served: Served) -> None:
    path = "/postmark/messages/outbound"
    assert served.http.get(path).status_code == 401
    assert served.http.get(path, headers={"X-Postmark-Server-Token": "no"}).status_code == 401
    assert served.http.get(path, headers=POSTMARK).status_code == 422


def test_a_bounced_mail_says_so_and_does_not_arrive(served: Served) -> None:
    served.integrations.postmark.outcome = "Bounced"
    message = served.mail()
    assert eventually(lambda: event_types(served, message)) == ["Bounced"]
    assert served.mailbox() == []


def test_mails_are_deleted_by_id(served: Served) -> None:
    served.mail()
    (kept,) = eventually(served.mailbox)
    served.http.request("DELETE", "/mailbox/api/v1/messages", json={"IDs": ["another"]})
    assert [mail["ID"] for mail in served.mailbox()] == [kept["ID"]]
    served.http.request("DELETE", "/mailbox/api/v1/messages", json={"IDs": [kept["ID"]]})
    assert served.mailbox() == []


def test_what_the_real_sdk_sends_can_be_read(served: Served) -> None:
    report_an_error(served)
    (event,) = eventually(lambda: served.get(EVENTS, SENTRY, full="true"))
    tags = {tag["key"]: tag["value"] for tag in event["tags"]}
    assert event["title"] == "ValueError: unknown type"
    assert event["release"]["version"] == "2026.11.3-4f2a9c1"
    assert event["user"]["email"] == "mia.member@harbor.example"
    assert tags["environment"] == "sandbox"
    assert tags["correlation_id"] == "run-1"
    assert event["contexts"]["organisation"] == {"name": "Harbor Brokerage"}


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [("identity", bytes), ("gzip", gzip.compress), ("deflate", zlib.compress)],
)
def test_envelopes_come_in_every_compression(
    served: Served, encoding: str, compress: Callable[[bytes], bytes]
) -> None:
    event = json.dumps({"event_id": "a" * 32, "message": "hello"})
    report = '{"type": "client_report", "length": 2}\n{}'
    envelope = f'{{}}\n{report}\n{{"type": "event"}}\n{event}\n'
    answer = served.http.post(
        "/sentry/api/1/envelope/",
        content=compress(envelope.encode()),
        headers={"Content-Encoding": encoding},
    )
    assert answer.json() == {"id": "a" * 32}
    (found,) = eventually(lambda: served.get(EVENTS, SENTRY))
    assert found["title"] == "hello"


def test_refused_events_cannot_be_read(served: Served) -> None:
    served.integrations.sentry.refuses_events = True
    report_an_error(served)
    time.sleep(LAG * 2)
    assert served.get(EVENTS, SENTRY) == []


def test_sentry_wants_its_token_and_knows_one_organization(served: Served) -> None:
    probe = "/sentry/api/0/organizations/qumis/"
    assert served.http.get(probe, headers=SENTRY).json()["slug"] == "qumis"
    assert served.http.get(probe).status_code == 401
    assert served.http.get(probe, headers={"Authorization": "Bearer no"}).status_code == 401
    other = "/sentry/api/0/organizations/other/"
    assert served.http.get(other, headers=SENTRY).status_code == 404


def test_bytes_that_are_no_envelope_are_refused(served: Served) -> None:
    answer = served.http.post("/sentry/api/1/envelope/", content=b"not an envelope")
    assert answer.status_code == 400


def test_a_recorded_session_can_be_read_with_its_events(served: Served) -> None:
    post_bundle(served)
    post_bundle(served)
    found = served.get("/fullstory/sessions/v2", FULLSTORY, email="mia.member@harbor.example")
    (session,) = found["sessions"]
    path = f"/fullstory/v2/sessions/{session['sessionId'].replace(':', '%3A')}/events"
    events = served.get(path, FULLSTORY)["events"]
    assert [event["event_type"] for event in events] == ["click", "click"]
    assert events[0]["source_properties"]["url"]["path"] == "/chat"
    assert session["createdTime"] == pytest.approx(time.time(), abs=30)


def test_fullstory_tells_people_apart_and_wants_its_key(served: Served) -> None:
    post_bundle(served)
    path = "/fullstory/sessions/v2"
    asked = {"email": "tom.teammate@harbor.example"}
    assert served.get(path, FULLSTORY, **asked) == {"sessions": []}
    assert served.http.get(path, params=asked).status_code == 401


def test_the_recorder_script_is_served(served: Served) -> None:
    answer = served.http.get("/fullstory/s/fs.js")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "rec/bundle" in answer.text


def test_slack_takes_a_message_and_refuses_an_empty_one(served: Served) -> None:
    hook = "/slack/services/T000/B000/sandbox"
    assert served.http.post(hook, json={"text": "test alert"}).text == "ok"
    assert served.integrations.slack.messages == [{"text": "test alert"}]
    assert served.http.post(hook, json={}).status_code == 400
    assert served.http.post("/slack/services/T0/B0/x", json={"text": "a"}).status_code == 404
