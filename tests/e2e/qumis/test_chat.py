"""Record row 9: the chat page."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import httpx
import pytest

from fixtures.report_facts import amounts_in, says
from fixtures.vault import BINDER, POLICY, VaultDocument
from postdeploy.flow import Flow
from postdeploy.naming import name_of
from postdeploy.pages.qumis.chat import ChatPage
from postdeploy.pages.qumis.report_chat import Answer, Conversation
from postdeploy.pages.qumis.report_recent import Recent
from postdeploy.pages.qumis.viewer import ViewerPage
from postdeploy.waiting import until

COVERAGE = "General Aggregate"


@pytest.mark.prod_smoke
@pytest.mark.writes("document", "chat")
@pytest.mark.covers(
    "chat.opens",
    "chat.asks",
    "chat.uses-context",
    "chat.citations",
    "chat.saves",
    "chat.listed",
    "chat.recent",
)
async def test_chat_about_a_policy(flow: Flow) -> None:
    """The chat answers from the policy that it was asked about, cites it, and can be kept."""
    # The binder states another figure: an answer from the wrong document cannot be right by chance.
    policy, binder = await asyncio.gather(flow.shared(POLICY), flow.shared(BINDER))
    figure = policy.sample.facts.limits[COVERAGE]
    question = f"What is the general aggregate in {policy.name}?"
    title = name_of(flow.run_id, "general-aggregate")
    page = await flow.page("member")
    chat = ChatPage(page, flow.target)
    talk = chat.conversation

    async with flow.check.gate(
        "chat.opens", expected="the page Chat, with a field to write in"
    ) as step:
        await chat.open()
        face = await chat.settled()
        step.saw(f"{face.heading!r}, alerts {face.alerts}")
        assert face.heading == chat.heading_words, f"the page is headed {face.heading!r}"
        assert not face.alerts, f"the page says {face.alerts}"
        assert await talk.may_write(), "no message can be written"
        assert await talk.answer() is None, "a new chat holds an answer already"
        await until(
            chat.offered,
            lambda names: policy.name in names,
            what=f"{policy.name} offered",
            seconds=flow.environment.bounds.page_seconds,
            every=0.2,
        )
        await chat.choose(policy.name)
        assert await chat.chosen() == [policy.name], f"in the chat are {await chat.chosen()}"
    async with flow.check.gate("chat.asks", expected="an answer, whole and in time") as step:
        entry = flow.intend("chat", title)
        made = await talk.begin(question)
        assert made.status == httpx.codes.CREATED, f"{made.status}: {made.text}"
        entry.made(made.id)
        answer = await whole_answer(flow, talk)
        step.saw(answer)
        judge_answered(answer, question, await talk.questions())
    async with flow.check.item("chat.uses-context") as step:
        step.saw(answer.text, expected=f"${figure:,}, and no other figure")
        other = binder.sample.facts.limits[COVERAGE]
        amounts = amounts_in(answer.text)
        assert other not in amounts, f"the answer gives the binder's ${other:,}: {answer.text!r}"
        assert set(amounts) == {figure}, f"should be ${figure:,}: {answer.text!r}"
    async with flow.check.item("chat.citations") as step:
        step.saw(answer.citations, expected=f"{policy.name}, and a page of it with ${figure:,}")
        await judge_citations(flow, chat, answer, policy)
    async with flow.check.branch():
        await kept_chat(flow, chat, made.id, title, question, answer)


async def kept_chat(
    flow: Flow, chat: ChatPage, chat_id: str, title: str, question: str, answer: Answer
) -> None:
    """The chat is kept under its title, listed, and among the recent chats, not the reports."""
    path = f"/chat/{chat_id}"
    async with flow.check.gate("chat.saves", expected=f"kept as {title!r}") as step:
        await chat.save(title)
        said = await until(
            chat.announcements,
            lambda texts: any(says(text, chat.saved_words) for text in texts),
            what="the word that the chat is kept",
            seconds=flow.environment.bounds.page_seconds,
        )
        client = await flow.client("member")
        data = (await client.get(f"/api/v1/chats/{chat_id}")).json()
        step.saw(f"{said}; the API says saved={data.get('saved')}, title={data.get('title')!r}")
        assert data.get("saved") is True, "the page says that the chat is kept, the API does not"
        assert data.get("title") == title, f"the chat is kept as {data.get('title')!r}"
    async with flow.check.item("chat.listed", expected=f"{title!r}, leading to {path}") as step:
        await chat.open()
        await chat.settled()
        kept = await chat.kept()
        step.saw(kept)
        mine = [link for link in kept if link.href == path]
        assert [link.text for link in mine] == [title], f"of this chat the list holds {mine}"
        await chat.open_kept(mine[0])
        reread = await whole_answer(flow, chat.conversation)
        assert await chat.conversation.questions() == [question], "the kept chat lost its question"
        assert reread.text == answer.text, f"the kept chat now answers {reread.text!r}"
        cited = [link.href for link in reread.citations]
        before = [link.href for link in answer.citations]
        assert cited == before, f"the kept chat cites {cited}, and cited {before}"
    async with flow.check.item("chat.recent", expected=f"{title!r} under Chats alone") as step:
        recent = Recent(chat.page, flow.target)
        await recent.open()
        await recent.settled()
        under_reports = await recent.entries()
        await recent.toggle("chats")
        under_chats = await until(
            recent.entries,
            lambda entries: any(entry.href == path for entry in entries),
            what=f"{title!r} among the recent chats",
            seconds=flow.environment.bounds.page_seconds,
        )
        step.saw(under_chats)
        mine = [entry for entry in under_chats if entry.href == path]
        assert [entry.text for entry in mine] == [title], f"of this chat: {mine}"
        assert path not in [entry.href for entry in under_reports], "listed among the reports too"
        strangers = [entry for entry in under_chats if not entry.href.startswith("/chat/")]
        assert not strangers, f"listed among the chats: {strangers}"
        assert await recent.pressed() == [recent.chats_words], (
            f"pressed is {await recent.pressed()}"
        )


async def whole_answer(flow: Flow, talk: Conversation) -> Answer:
    """The newest answer, once it is whole or has failed; the deadline is the chat's."""
    answer = await until(
        talk.answer,
        lambda seen: seen is not None and (not seen.busy or bool(seen.error)),
        what="a whole answer",
        seconds=flow.environment.bounds.chat_seconds,
        every=0.2,
    )
    assert answer is not None
    return answer


def judge_answered(answer: Answer, question: str, questions: list[str]) -> None:
    """The question stands in the log, and has an answer that is no error and not empty."""
    assert not answer.error, f"the answer is an error: {answer.error}"
    assert answer.text, "the answer is empty"
    assert questions == [question], f"asked was {question!r}, the log holds {questions}"


async def judge_citations(
    flow: Flow, chat: ChatPage, answer: Answer, policy: VaultDocument
) -> None:
    """Every citation names the policy, and the first opens it on a page with the figure."""
    assert answer.citations, "the answer cites nothing"
    for citation in answer.citations:
        assert citation.text.startswith(policy.name), f"cited is {citation.text!r}"
        assert urlsplit(citation.href).path == f"/documents/{policy.id}", f"it leads to {citation}"
    page = await flow.contexts[-1].new_page()
    viewer = ViewerPage(page, flow.target)
    await viewer.go(answer.citations[0].href)
    face = await viewer.settled()
    assert face.heading == policy.name, f"the citation opens {face.heading!r}"
    number = urlsplit(answer.citations[0].href).fragment.removeprefix("page-")
    cited = chat.citation_page.format(number=number)
    assert number.isdecimal(), f"the citation names no page: {answer.citations[0].href}"
    assert says(answer.citations[0].text, cited), f"it says {answer.citations[0]}"
    text = await viewer.text(int(number))
    figure = policy.sample.facts.limits[COVERAGE]
    assert figure in amounts_in(text), f"page {number} does not hold ${figure:,}: {text[:200]!r}"
    await page.close()
