"""Vendors are read as they document their interfaces; their own trouble is never the product's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx
import pytest

from postdeploy.errors import ProbeError, Unreachable
from postdeploy.probes import fullstory, mailbox, postmark, sentry, sidekiq
from postdeploy.target import Fullstory, Postmark, Sentry
from selftests.unit.talking import client_for

T = TypeVar("T")
HERE = "http://127.0.0.1"
POSTMARK = Postmark(url=f"{HERE}/postmark", mailbox_url=f"{HERE}/mailbox", recipient="t@h.example")
SENTRY = Sentry(url=f"{HERE}/sentry", organisation="qumis", project="api", trigger="/x")
FULLSTORY = Fullstory(url=f"{HERE}/fullstory")

READS: dict[str, Callable[[httpx.AsyncClient], Awaitable[Any]]] = {
    "postmark messages": lambda c: postmark.outbound(c, POSTMARK, "token", recipient="t@h.example"),
    "postmark events": lambda c: postmark.events(c, POSTMARK, "token", "m1"),
    "mailbox": lambda c: mailbox.mails_to(c, POSTMARK, "token", "t@h.example"),
    "sentry": lambda c: sentry.marked(c, SENTRY, "token", "r1"),
    "fullstory sessions": lambda c: fullstory.sessions(c, FULLSTORY, "key", "m@h.example"),
    "fullstory events": lambda c: fullstory.event_types(c, FULLSTORY, "key", "s1"),
    "sidekiq": lambda c: sidekiq.observe(c, f"{HERE}/sidekiq/stats", "user", "password"),
}
VENDORS = [name for name in READS if name != "sidekiq"]


class Vendor:
    """Answers by path, and remembers what it was asked."""

    def __init__(self, **bodies: Any) -> None:
        self.bodies = bodies
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return httpx.Response(200, json=self.bodies[request.url.path.rsplit("/", 1)[-1] or "list"])


def read(
    answer: Callable[[httpx.Request], httpx.Response],
    work: Callable[[httpx.AsyncClient], Awaitable[T]],
) -> T:
    async def scene() -> T:
        async with client_for(answer) as client:
            return await work(client)

    return asyncio.run(scene())


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize(
    ("status", "told"), [(401, "refused"), (403, "refused"), (500, "answered 500")]
)
def test_a_refusal_could_not_be_observed(name: str, status: int, told: str) -> None:
    with pytest.raises(ProbeError, match=told):
        read(lambda _: httpx.Response(status), READS[name])


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize("body", ["<h1>Welcome</h1>", "{}", "[1]"], ids=["html", "empty", "list"])
def test_an_answer_of_another_kind_could_not_be_observed(name: str, body: str) -> None:
    if name == "sentry" and body == "[1]":
        body = '{"detail": "moved"}'
    with pytest.raises(ProbeError):
        read(lambda _: httpx.Response(200, text=body), READS[name])


@pytest.mark.parametrize("name", VENDORS)
def test_throttling_names_its_mend(name: str) -> None:
    with pytest.raises(ProbeError, match=r"throttles \(429\)\. Wait a minute"):
        read(lambda _: httpx.Response(429), READS[name])


@pytest.mark.parametrize("name", VENDORS)
@pytest.mark.parametrize(
    "error", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow")], ids=type
)
def test_a_silent_vendor_is_never_taken_for_a_silent_product(name: str, error: Exception) -> None:
    def silence(_: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(ProbeError, match="gave no answer") as told:
        read(silence, READS[name])
    assert not isinstance(told.value, Unreachable)


def test_postmark_messages_are_asked_for_by_recipient_and_read_in_order() -> None:
    messages = [
        {"MessageID": "m2", "Subject": "Shared with you", "Status": "Sent"},
        {"MessageID": "m1", "Subject": "Welcome", "Status": "Queued"},
    ]
    vendor = Vendor(outbound={"TotalCount": 2, "Messages": messages})
    found = read(vendor, READS["postmark messages"])
    assert [(one.id, one.subject, one.status) for one in found] == [
        ("m2", "Shared with you", "Sent"),
        ("m1", "Welcome", "Queued"),
    ]
    (request,) = vendor.asked
    assert request.url.params["recipient"] == "t@h.example"
    assert request.headers["X-Postmark-Server-Token"] == "token"


def test_postmark_events_are_read_in_order() -> None:
    told = [{"Type": kind, "Recipient": "t@h.example"} for kind in ("Delivered", "Opened")]
    found = read(Vendor(details={"MessageEvents": told}), READS["postmark events"])
    assert [event.type for event in found] == ["Delivered", "Opened"]


def test_a_mail_is_read_whole_with_text_and_html() -> None:
    vendor = Vendor(
        search={"messages": [{"ID": "a1"}]},
        a1={
            "Subject": "Shared",
            "To": [{"Address": "t@h.example"}],
            "Text": "Here it is: https://app.example/reports/1.",
            "HTML": '<p>https://b.example</p><A HREF="https://a.example/?x=1&amp;y=2">b</A><a>none</a>',
        },
    )
    (mail,) = read(vendor, READS["mailbox"])
    assert (mail.id, mail.subject, mail.recipients) == ("a1", "Shared", ("t@h.example",))
    assert mail.links == {
        "Text": ("https://app.example/reports/1",),
        "HTML": ("https://a.example/?x=1&y=2",),
    }
    assert vendor.asked[0].url.params["query"] == 'to:"t@h.example"'


@pytest.mark.parametrize("release", ["2026.11.3", {"version": "2026.11.3"}], ids=["text", "object"])
def test_a_sentry_event_is_read_with_its_context(release: object) -> None:
    event = {
        "eventID": "e1",
        "title": "TypeError",
        "tags": [{"key": "run", "value": "r1"}],
        "user": {"email": "m@h.example"},
        "release": release,
        "environment": "qa",
    }
    (found,) = read(Vendor(list=[event]), READS["sentry"])
    assert (found.id, found.user, found.tags) == ("e1", "m@h.example", {"run": "r1"})
    assert (found.release, found.environment) == ("2026.11.3", "qa")


def test_a_sentry_event_may_have_its_release_in_its_tags() -> None:
    named = {"run": "r1", "release": "2026.11.3", "environment": "qa"}
    tags = [{"key": key, "value": value} for key, value in named.items()]
    (found,) = read(Vendor(list=[{"id": "e1", "tags": tags, "user": None}]), READS["sentry"])
    assert (found.release, found.environment, found.user) == ("2026.11.3", "qa", "")


def _sentry_page(request: httpx.Request, others: int, pages: int) -> httpx.Response:
    """A page of events of others; the last of all is the one that is looked for."""
    number = int(request.url.params.get("cursor", "0:0:0").split(":")[1]) // others
    events: list[dict[str, Any]] = [{"id": f"e{number}-{n}", "tags": []} for n in range(others)]
    last = number == pages - 1
    if last:
        events[-1]["tags"] = [{"key": "run", "value": "r1"}]
    cursor, results = f"0:{(number + 1) * others}:0", str(not last).lower()
    after = f'<{request.url}>; rel="next"; results="{results}"; cursor="{cursor}"'
    return httpx.Response(200, json=events, headers={"Link": after})


def test_a_sentry_event_is_found_behind_those_of_others() -> None:
    found = read(lambda request: _sentry_page(request, 100, 3), READS["sentry"])
    assert [event.id for event in found] == ["e2-99"]


def test_an_endless_list_of_sentry_events_is_not_read_to_its_end() -> None:
    asked: list[httpx.Request] = []

    def endless(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return _sentry_page(request, 100, 10**6)

    assert read(endless, READS["sentry"]) == []
    assert len(asked) == sentry.MOST_PAGES


@pytest.mark.parametrize(
    "created",
    [1795000000, "1795000000", "2026-11-18T11:06:40Z"],
    ids=["number", "digits", "ISO 8601"],
)
def test_a_fullstory_session_is_read_with_its_moment(created: object) -> None:
    raw = {"sessionId": "s1", "createdTime": created, "fsUrl": "https://app.fullstory.example/s1"}
    (found,) = read(Vendor(v2={"sessions": [raw]}), READS["fullstory sessions"])
    assert found.id == "s1"
    assert found.created == datetime.fromtimestamp(1795000000, UTC)


def test_a_fullstory_session_without_a_moment_could_not_be_observed() -> None:
    with pytest.raises(ProbeError, match="holds no time of creation"):
        read(Vendor(v2={"sessions": [{"sessionId": "s1"}]}), READS["fullstory sessions"])


def test_fullstory_event_types_are_read_in_order() -> None:
    told = [{"event_type": kind} for kind in ("navigate", "click")]
    assert read(Vendor(events={"events": told}), READS["fullstory events"]) == ["navigate", "click"]


STATS = {
    "processed": 10,
    "failed": 1,
    "busy": 2,
    "processes": 1,
    "enqueued": 3,
    "retries": 0,
    "dead": 0,
    "default_latency": 0.5,
}


def test_sidekiqs_numbers_are_read() -> None:
    numbers = read(Vendor(stats={"sidekiq": STATS}), READS["sidekiq"])
    assert (numbers.processed, numbers.busy, numbers.latency_seconds) == (10, 2, 0.5)


def test_sidekiqs_missing_numbers_are_named() -> None:
    fewer = {name: value for name, value in STATS.items() if name not in ("dead", "busy")}
    with pytest.raises(ProbeError, match="lack busy, dead"):
        read(Vendor(stats={"sidekiq": fewer}), READS["sidekiq"])


def test_sidekiq_belongs_to_the_product_so_its_silence_is_the_products() -> None:
    def silence(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(Unreachable):
        read(silence, READS["sidekiq"])
