"""Each fault of the integrations, and of the checker's tokens, shows in one place from outside."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from sandbox.faults.base import find_fault, known_faults
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

SHOWS_IN = {
    "integrations.mail-bounced": {"mail events", "mailbox"},
    "integrations.mail-bounced-afterwards": {"mail events", "mail recipients"},
    "integrations.mail-copied-to-a-stranger": {"mail addressees"},
    "integrations.mail-delivered-to-another": {"mail recipients"},
    "integrations.mail-html-link-elsewhere": {"mail HTML link"},
    "integrations.mail-link-in-words-only": {"mail HTML link"},
    "integrations.mail-never-delivered": {"mail events", "mail recipients", "mailbox"},
    "integrations.mail-not-received": {"mailbox"},
    "integrations.mail-twice": {"mailbox"},
    "integrations.mail-wrong-link": {"mail link", "mail HTML link"},
    "integrations.mail-wrong-subject": {"mail subject"},
    "integrations.sentry-busy": {
        *("error events", "error release", "error user", "error mark", "error environment"),
    },
    "integrations.sentry-drops-events": {"error events"},
    "integrations.sentry-other-environment": {"error environment"},
    "integrations.sentry-other-release": {"error release"},
    "integrations.sentry-other-user": {"error user"},
    "integrations.sentry-without-release": {"error release"},
    "integrations.sentry-without-tags": {"error mark"},
    "integrations.sentry-without-user": {"error user"},
    "integrations.fullstory-anonymous": {"sessions", "session events", "session age"},
    "integrations.fullstory-old-sessions": {"session age"},
    "integrations.fullstory-no-session": {"sessions", "session events", "session age"},
    "integrations.fullstory-no-events": {"session events"},
    "integrations.slack-webhook-broken": {"webhook", "webhook says"},
    "integrations.slack-webhook-swallowed": {"webhook says"},
    "checker.sentry-token": {"Sentry's answer"},
    "checker.postmark-token": {"Postmark's answer"},
    "checker.fullstory-key": {"FullStory's answer"},
}


def view(fault_id: str | None = None) -> dict[str, Any]:
    """What can be read after the product has sent a mail, reported an error and been recorded."""
    served = Served()
    try:
        if fault_id is not None:
            find_fault(fault_id)().apply(world_of(served))
        seen = probes(served)
        read_all = all(status == 200 for status in seen.values())
        return seen | (mail(served) | watchers(served) if read_all else {})
    finally:
        served.stop()


def world_of(served: Served) -> Any:
    return SimpleNamespace(integrations=served.integrations)


def probes(served: Served) -> dict[str, Any]:
    asked = {"count": "1", "offset": "0", "email": "mia.member@harbor.example"}
    places = {
        "Postmark's answer": ("/postmark/messages/outbound", POSTMARK),
        "Sentry's answer": ("/sentry/api/0/organizations/qumis/", SENTRY),
        "FullStory's answer": ("/fullstory/sessions/v2", FULLSTORY),
    }
    return {
        name: served.http.get(path, headers=headers, params=asked).status_code
        for name, (path, headers) in places.items()
    }


def mail(served: Served) -> dict[str, Any]:
    message = served.mail()
    eventually(lambda: event_types(served, message), LAG * 2)
    details = served.get(f"/postmark/messages/outbound/{message}/details", POSTMARK)
    asked = {"subject": details["Subject"], "count": "50", "offset": "0"}
    alike = served.get("/postmark/messages/outbound", POSTMARK, **asked)["Messages"]
    return {
        "mail addressees": sorted({one for each in alike for one in each["Recipients"]}),
        "mail events": [event["Type"] for event in details["MessageEvents"]],
        "mail subject": details["Subject"],
        "mail recipients": [event["Recipient"] for event in details["MessageEvents"]],
        "mail link": details["TextBody"],
        "mail HTML link": details["HtmlBody"],
        "mailbox": len(served.mailbox()),
    }


def watchers(served: Served) -> dict[str, Any]:
    report_an_error(served)
    post_bundle(served)
    time.sleep(LAG * 1.5)
    errors = served.get(EVENTS, SENTRY, full="true")
    asked = {"email": "mia.member@harbor.example"}
    sessions = served.get("/fullstory/sessions/v2", FULLSTORY, **asked)["sessions"]
    paths = [f"/fullstory/v2/sessions/{s['sessionId']}/events" for s in sessions]
    hook = served.http.post("/slack/services/T000/B000/sandbox", json={"text": "alert"})
    return {
        "error events": len(errors),
        **({"error release": errors[0]["release"]} if errors else {}),
        **({"error user": errors[0]["user"]} if errors else {}),
        **({"error mark": tag(errors[0], "correlation_id")} if errors else {}),
        **({"error environment": tag(errors[0], "environment")} if errors else {}),
        "sessions": len(sessions),
        "session events": [len(served.get(path, FULLSTORY)["events"]) for path in paths],
        "session age": [session["createdTime"] > time.time() - 60 for session in sessions],
        "webhook": hook.status_code,
        "webhook says": hook.text,
    }


def tag(event: dict[str, Any], name: str) -> list[str]:
    return [found["value"] for found in event["tags"] if found["key"] == name]


@pytest.fixture(scope="module")
def healthy() -> dict[str, Any]:
    return view()


def test_every_fault_of_the_integrations_is_expected_somewhere() -> None:
    known = {f.id for f in known_faults() if f.id.startswith(("integrations.", "checker."))}
    assert {fault_id for fault_id in known if ".aws-" not in fault_id} >= set(SHOWS_IN)
    # These are the API's own, and are tried with it.
    ways = ("unhandled", "swallowed", "as-page", "tells-trace")
    of_the_api = {f"integrations.error-{way}" for way in ways}
    assert {f for f in known if f.startswith("integrations.")} == {
        f for f in SHOWS_IN if f.startswith("integrations.")
    } | of_the_api


@pytest.mark.parametrize("fault_id", sorted(SHOWS_IN))
def test_a_fault_shows_where_it_is_expected(healthy: dict[str, Any], fault_id: str) -> None:
    seen = view(fault_id)
    assert {name for name in seen if seen[name] != healthy[name]} == SHOWS_IN[fault_id]
