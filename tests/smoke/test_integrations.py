"""Row 11: mail, error tracking, session recording and alerts, each observed at the third party."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
import pytest

from fixtures.reports import ANALYSIS
from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.pages.qumis.home import HomePage
from postdeploy.probes import fullstory, mailbox, postmark, sentry
from postdeploy.waiting import until

T = TypeVar("T")
_TRACE = re.compile(
    r"Traceback \(most recent|\bFile [^,\n]{1,200}, line \d+|\.(?:py|rb|js|ts|java|php|go):\d+\b"
)
"""A line of a stack trace of Python, Ruby, Node, Java, PHP, or Go."""


def _declared(thing: T | None, name: str) -> T:
    if thing is None:
        raise ProbeError(
            f"the target file declares no [integrations.{name}]",
            mend="Declare it, or declare its items not applicable",
        )
    return thing


@pytest.mark.prod_smoke
@pytest.mark.writes("document", "report", "mail")
@pytest.mark.covers("email.sent", "email.delivered", "email.received")
async def test_a_report_is_mailed(flow: Flow) -> None:
    """A shared report is sent, Postmark says Delivered, and the mail with its link is in the mailbox."""
    target = _declared(flow.environment.integrations.postmark, "postmark")
    report = await flow.shared(ANALYSIS)
    client, http = await flow.client("member"), flow.http()
    local, _, domain = target.recipient.partition("@")
    # An address of its own for each try, so that no other run's mail can pass for this one's.
    address = f"{local}+{flow.run_id}-{uuid.uuid4().hex[:6]}@{domain}"
    seconds = flow.environment.bounds.mail_seconds
    token = flow.secret("POSTMARK_TOKEN")
    async with flow.check.gate("email.sent") as step:
        flow.intend("mail", address)
        answer = await client.post(f"/api/v1/reports/{report.id}/share", json={"email": address})
        assert answer.status_code == httpx.codes.ACCEPTED, (
            f"{answer.status_code} {answer.text[:200]}"
        )

        async def outbound() -> Sequence[postmark.OutboundMessage]:
            return await postmark.outbound(http, target, token, recipient=address)

        what = f"Postmark lists a message to {address}"
        messages = await until(outbound, bool, what=what, seconds=seconds)
        step.saw(
            [message.subject for message in messages], expected=f"one that names {report.title!r}"
        )
        assert len(messages) == 1, f"{len(messages)} messages were sent"
        assert report.title in messages[0].subject
    async with flow.check.item("email.delivered", expected="Delivered") as step:

        async def happened() -> Sequence[postmark.MessageEvent]:
            return await postmark.events(http, target, token, messages[0].id)

        seen = await until(
            happened,
            lambda events: any(event.type in ("Delivered", "Bounced") for event in events),
            what="Postmark tells that the message was delivered",
            seconds=seconds,
        )
        step.saw([event.type for event in seen])
        delivered = [event.recipient for event in seen if event.type == "Delivered"]
        assert delivered == [address], f"events: {seen}"
        # An earlier attempt had an address of its own, with the same beginning.
        ours = f"{local}+{flow.run_id}-"
        alike = await postmark.outbound(http, target, token, subject=messages[0].subject)
        told = {one for message in alike for one in message.recipients}
        assert address in told, f"asked by its subject, Postmark names {sorted(told)} for the mail"
        strangers = sorted(one for one in told if not one.startswith(ours))
        assert not strangers, f"the mail went to {strangers} as well"
        assert "Bounced" not in [event.type for event in seen], f"it came back: {seen}"
    async with flow.check.item("email.received") as step:

        async def received() -> Sequence[mailbox.Mail]:
            return await mailbox.mails_to(http, target, flow.secret("MAILBOX_TOKEN"), address)

        mails = await until(received, bool, what=f"a mail to {address}", seconds=seconds)
        link = flow.url("app", f"/reports/{report.id}")
        step.saw([mail.subject for mail in mails], expected=f"{messages[0].subject!r} with {link}")
        assert len(mails) == 1, f"{len(mails)} mails arrived"
        assert mails[0].subject == messages[0].subject
        assert mails[0].recipients == (address,)
        assert mails[0].links, "the mail is empty"
        # Whoever reads the HTML never sees the plain text, so each of them must be right.
        for part, found in mails[0].links.items():
            leads = [urlsplit(one)._replace(query="", fragment="").geturl() for one in found]
            assert link in leads, f"the {part} of the mail does not link to the report: {found}"


@pytest.mark.prod_smoke
@pytest.mark.writes("error")
@pytest.mark.covers("sentry.triggered", "sentry.recorded", "sentry.context")
async def test_a_handled_error_reaches_sentry(flow: Flow) -> None:
    """A handled error that carries this run's id appears in Sentry with release, environment and user."""
    target = _declared(flow.environment.integrations.sentry, "sentry")
    client, http = await flow.client("member"), flow.http()
    mark = f"{flow.run_id}-{uuid.uuid4().hex[:8]}"
    async with flow.check.gate("sentry.triggered", expected="a refusal by 4xx, told") as step:
        flow.intend("error", mark)
        headers = {"X-Request-Source": "postdeploy", "X-Correlation-Id": mark}
        answer = await client.get(target.trigger, headers=headers)
        step.saw(f"{answer.status_code} {answer.text[:200]}")
        assert answer.is_client_error, f"{answer.status_code} {answer.text[:200]}"
        assert answer.status_code not in (401, 403, 404, 429), (
            f"not the error that was meant: {answer.status_code}"
        )
        _is_polite(answer, target.told_in)
    async with flow.check.gate("sentry.recorded", expected=f"an event tagged {mark}") as step:

        async def marked() -> Sequence[sentry.Event]:
            return await sentry.marked(http, target, flow.secret("SENTRY_TOKEN"), mark)

        events = await until(
            marked,
            bool,
            what=f"Sentry holds an event tagged {mark}",
            seconds=flow.environment.bounds.sentry_seconds,
        )
        step.saw([event.title for event in events])
    async with flow.check.item("sentry.context") as step:
        event = events[0]
        version = str((await client.get("/health")).json().get("version") or "")
        wanted = (
            f"release with {version!r}, {target.environment!r}, {flow.person('member').email!r}"
        )
        step.saw(f"{event.release!r}, {event.environment!r}, {event.user!r}", expected=wanted)
        assert version, "the API's /health tells no version to compare the release with"
        assert version in event.release, f"the event's release is {event.release!r}"
        assert event.environment == target.environment, f"environment {event.environment!r}"
        assert event.user == flow.person("member").email, f"user {event.user!r}"


def _is_polite(answer: httpx.Response, told_in: Sequence[str]) -> None:
    """The refusal tells what was wrong, in the product's own shape, and nothing of its insides."""
    kind = answer.headers.get("content-type", "")
    assert "json" in kind, f"the refusal is {kind or 'of no type'}: {answer.text[:200]!r}"
    body = answer.json()
    lacking = [key for key in told_in if not isinstance(body, dict) or not body.get(key)]
    assert not lacking, f"the refusal lacks {' and '.join(lacking)}: {answer.text[:200]!r}"
    insides = _TRACE.findall(answer.text)
    assert not insides, f"the refusal shows a stack trace: {insides[0]!r}"


@pytest.mark.prod_smoke
@pytest.mark.writes("page")
@pytest.mark.covers("fullstory.session", "fullstory.events")
async def test_the_session_is_recorded(flow: Flow) -> None:
    """FullStory holds a session of the test user from this run, with events."""
    target = _declared(flow.environment.integrations.fullstory, "fullstory")
    key, http = flow.secret("FULLSTORY_KEY"), flow.http()
    began = datetime.fromisoformat(flow.run.started)
    page = await flow.page("member")
    await page.goto(flow.url("app", "/"))
    await HomePage(page, flow.target).documents_link.click()
    seconds = flow.environment.bounds.fullstory_seconds
    async with flow.check.gate(
        "fullstory.session", expected="a session since the run began"
    ) as step:

        async def recorded() -> Sequence[fullstory.RecordedSession]:
            found = await fullstory.sessions(http, target, key, flow.person("member").email)
            return [session for session in found if session.created >= began]

        sessions = await until(recorded, bool, what="a session of this run", seconds=seconds)
        step.saw([session.url for session in sessions])
    async with flow.check.item("fullstory.events", expected="at least one event") as step:

        async def events() -> Sequence[str]:
            return [
                kind
                for s in sessions
                for kind in await fullstory.event_types(http, target, key, s.id)
            ]

        seen = await until(events, bool, what="events in the session", seconds=seconds)
        step.saw(sorted(set(seen)))


@pytest.mark.prod_smoke
@pytest.mark.writes("alert")
@pytest.mark.covers("slack.alerts")
async def test_the_alert_channel_takes_a_message(flow: Flow) -> None:
    """The alert channel's webhook accepts a test alert."""
    target = _declared(flow.environment.integrations.slack, "slack")
    async with flow.check.item("slack.alerts", expected="200 ok") as step:
        text = f"Test alert of the post-deployment validation, run {flow.run_id}. Nothing is wrong."
        flow.intend("alert", text, role=None)
        answer = await flow.http().post(
            target.url + flow.secret("SLACK_WEBHOOK_PATH"), json={"text": text}
        )
        step.saw(f"{answer.status_code} {answer.text[:40]}")
        assert answer.status_code == httpx.codes.OK
        assert answer.text == "ok"
