"""Record row 9: the chat inside a report."""

from __future__ import annotations

import re

import httpx
import pytest

from fixtures.report_facts import absent_exclusions, foreign, says
from fixtures.reports import ANALYSIS
from postdeploy.flow import Flow
from postdeploy.pages.qumis.report import ReportPage
from postdeploy.pages.qumis.report_chat import Link, ReportChat
from postdeploy.waiting import until

QUESTION = "Summarize key exclusions in this report"


@pytest.mark.prod_smoke
@pytest.mark.writes("document", "report", "chat")
@pytest.mark.covers(
    "report-chat.opens",
    "report-chat.asks",
    "report-chat.uses-report",
    "report-chat.links",
)
async def test_chat_inside_a_report(flow: Flow) -> None:
    """The chat beside a report answers from that report, and its links lead to the sections."""
    analysis = await flow.shared(ANALYSIS)
    facts = analysis.documents[0].sample.facts
    report = ReportPage(await flow.page("member"), flow.target)

    async with flow.check.gate(
        "report-chat.opens", expected="a chat with a field to write in"
    ) as step:
        await report.open(analysis.id)
        face = await report.settled()
        assert face.heading == analysis.title, f"the report is headed {face.heading!r}"
        chat = await report.open_chat()
        step.saw(f"beside {face.heading!r}, a message can be written: {await chat.may_write()}")
        assert await chat.may_write(), "no message can be written"
    async with flow.check.gate("report-chat.asks", expected="an answer, whole and in time") as step:
        entry = flow.intend("chat", f"about {analysis.title}")
        made = await chat.begin(QUESTION)
        assert made.status == httpx.codes.CREATED, f"{made.status}: {made.text}"
        entry.made(made.id)
        answer = await until(
            chat.answer,
            lambda seen: seen is not None and (not seen.busy or bool(seen.error)),
            what="a whole answer",
            seconds=flow.environment.bounds.chat_seconds,
            every=0.2,
        )
        step.saw(answer)
        assert answer is not None
        assert not answer.error, f"the answer is an error: {answer.error}"
        assert answer.text, "the answer is empty"
        told = [line for line in facts.exclusions if says(answer.text, line)]
        excuse = re.search(chat.excuse_pattern, answer.text) and not told
        assert not excuse, f"in the place of an answer stands an excuse: {answer.text!r}"
    async with flow.check.item("report-chat.uses-report") as step:
        step.saw(answer.text, expected=facts.exclusions)
        missing = absent_exclusions(answer.text, facts)
        assert not missing, f"the answer lacks the exclusions {missing}"
        others = foreign(answer.text, facts)
        assert not others, f"not of this report's policy: {others}"
    async with flow.check.item("report-chat.links") as step:
        sections = await report.sections()
        step.saw(answer.links, expected=f"links that lead to sections of {sections}")
        assert answer.links, "the answer has no link into the report"
        for link in answer.links:
            assert link.text in sections, f"{link.text!r} is no section of {sections}"
            await judge_jump(flow, chat, link)


async def judge_jump(flow: Flow, chat: ReportChat, link: Link) -> None:
    """Pressing the link takes the reader to the section that it names, within the report."""
    assert link.href.startswith("#"), f"{link.text!r} leads out of the report, to {link.href!r}"
    await chat.follow(link)
    seconds = flow.environment.bounds.page_seconds
    fragment = await until(
        chat.fragment,
        lambda seen: seen == link.href,
        what=f"{link.href} in the address",
        seconds=seconds,
    )

    async def section() -> str:
        return await chat.section_in_view(fragment)

    await until(
        section,
        lambda heading: heading == link.text,
        what=f"the section {link.text!r} in view",
        seconds=seconds,
    )
