"""Record row 9: the chat page."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import urlsplit

import httpx
import pytest

from fixtures.privacy import require_private_chat
from fixtures.report_facts import amounts_in, foreign, misattributed, says
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
    "chat.saves",
    "chat.citations",
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
        excuse = re.search(talk.excuse_pattern, answer.text) and not amounts_in(answer.text)
        assert not excuse, f"in the place of an answer stands an excuse: {answer.text!r}"
    async with flow.check.item("chat.uses-context") as step:
        step.saw(answer.text, expected=f"${figure:,}, and nothing that the policy does not say")
        judge_figure(answer.text, policy, binder)
    async with flow.check.item("chat.saves", expected=f"kept as {title!r}") as step:
        step.saw(await keep(flow, chat, made.id, title))
    if flow.check.wants("chat.citations"):
        async with flow.check.item("chat.citations") as step:
            step.saw(answer.citations, expected=f"{policy.name}, and a page of it with ${figure:,}")
            if not flow.check.passed("chat.saves"):
                await chat.go(
                    f"/chat/{made.id}"
                )  # a dialog that is still open would take the click
            await judge_citations(chat, answer, policy)
    if flow.check.passed("chat.saves"):
        await kept_chat(flow, chat, made.id, title, question, answer)


def judge_figure(text: str, policy: VaultDocument, binder: VaultDocument) -> None:
    """The policy's figure is in the answer, and whatever else the answer says stands in the policy as well."""
    figure, other = (one.sample.facts.limits[COVERAGE] for one in (policy, binder))
    amounts = amounts_in(text)
    assert other not in amounts, f"the answer gives the binder's ${other:,}: {text!r}"
    assert figure in amounts, f"should be ${figure:,}: {text!r}"
    strange = foreign(text, policy.sample.facts)
    assert not strange, f"not of this policy: {strange}"
    wrong = misattributed(text.splitlines(), policy.sample.facts)
    assert not wrong, f"the figure of another coverage: {wrong}"


async def keep(flow: Flow, chat: ChatPage, chat_id: str, title: str) -> str:
    """Keep the chat under the title, and tell what the page and the API say of it then."""
    await chat.save(title)
    said = await until(
        chat.announcements,
        lambda texts: any(says(text, chat.saved_words) for text in texts),
        what="the word that the chat is kept",
        seconds=flow.environment.bounds.page_seconds,
    )
    client = await flow.client("member")
    data = (await client.get(f"/api/v1/chats/{chat_id}")).json()
    assert data.get("saved") is True, "the page says that the chat is kept, the API does not"
    assert data.get("title") == title, f"the chat is kept as {data.get('title')!r}"
    return f"{said}; the API says saved={data['saved']}, title={data['title']!r}"


async def kept_chat(
    flow: Flow, chat: ChatPage, chat_id: str, title: str, question: str, answer: Answer
) -> None:
    """The chat that was kept is listed, and among the recent chats, not the reports."""
    path = f"/chat/{chat_id}"
    async with flow.check.item("chat.listed", expected=f"{title!r}, leading to {path}") as step:
        await chat.open()
        await chat.settled()
        kept = await until(
            chat.kept,
            lambda links: any(link.href == path for link in links),
            what=f"{title!r} in the list of chats",
            seconds=flow.environment.bounds.page_seconds,
        )
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
        await require_private_chat(flow, chat_id)
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
        # A link to all chats may stand among them; a report may not.
        strangers = [entry for entry in under_chats if entry.href.startswith("/reports/")]
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


async def judge_citations(chat: ChatPage, answer: Answer, policy: VaultDocument) -> None:
    """Every citation names the policy and a page of it; pressed, it opens there, and a cited page has the figure."""
    assert answer.citations, "the answer cites nothing"
    numbers = []
    for citation in answer.citations:
        assert citation.text.startswith(policy.name), f"cited is {citation.text!r}"
        address = urlsplit(citation.href)
        assert address.path == f"/documents/{policy.id}", f"it leads to {citation}"
        number = address.fragment.removeprefix("page-")
        assert number.isdecimal(), f"the citation names no page: {citation.href}"
        assert says(citation.text, chat.citation_page.format(number=number)), f"it says {citation}"
        numbers.append(int(number))
    await chat.conversation.link(answer.citations[0]).click()
    viewer = ViewerPage(chat.page, chat.target)
    face = await viewer.settled(leaving=chat.heading_words)
    assert face.heading == policy.name, f"the citation opens {face.heading!r}"
    figure = policy.sample.facts.limits[COVERAGE]
    texts = [await viewer.text(number) for number in numbers]
    assert any(figure in amounts_in(text) for text in texts), (
        f"of the pages {numbers} none holds ${figure:,}: {texts[0][:200]!r}"
    )
