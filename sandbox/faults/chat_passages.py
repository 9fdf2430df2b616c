"""Faults of single answers of chats: the right words, and one thing wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from sandbox.faults.base import Fault, put, wrap
from sandbox.product.chats import Chat, Message
from sandbox.product.documents import Document
from sandbox.product.llm import Answer, best_amount

if TYPE_CHECKING:
    from sandbox.world import World

Composing = Callable[[str, list[Document]], Answer]
Replying = Callable[[Chat, str], Message]


class FigureOfAnotherCoverage(Fault):
    """The right words, and a figure that stands elsewhere in the same document."""

    id = "chat.figure-of-another-coverage"
    title = "A chat's answer gives one coverage the figure of another"

    def apply(self, world: World) -> None:
        def other(original: Composing, question: str, documents: list[Document]) -> Answer:
            answer = original(question, documents)
            for document in documents:
                found = best_amount(question, document.facts)
                if found is not None:
                    texts = [limit.text for limit in document.facts.limits]
                    wrong = next(text for text in texts if text != found[1].text)
                    answer = replace(answer, text=answer.text.replace(found[1].text, wrong))
            return answer

        wrap(world.llm, "compose", other)


class ChoiceIgnored(Fault):
    """A chat about one document that speaks of all."""

    id = "chat.choice-ignored"
    title = "A chat answers from every document, whichever was chosen"

    def apply(self, world: World) -> None:
        def every(original: Callable[[Chat], list[Document]], chat: Chat) -> list[Document]:
            if chat.report is not None:
                return original(chat)
            return world.documents.ready(chat.owner)

        wrap(world.chats, "context", every)


class CitesAnotherPage(Fault):
    """The right document, opened at the wrong page."""

    id = "chat.cites-another-page"
    title = "A chat's answers cite a page of the document that does not say so"

    def apply(self, world: World) -> None:
        def misled(original: Callable[..., Any], answer: Answer) -> list[dict[str, Any]]:
            return [
                {**citation, "page": 2 if citation["page"] == 1 else 1}
                for citation in original(answer)
            ]

        wrap(world.chats, "citations", misled)


class SavedWithoutTitle(Fault):
    """A chat that is kept, under a name that nobody gave it."""

    id = "chat.saved-without-title"
    title = "A saved chat loses the title that it was given"

    def apply(self, world: World) -> None:
        def nameless(original: Callable[[Chat, str], None], chat: Chat, title: str) -> None:
            original(chat, title)
            chat.title = "New chat"

        wrap(world.chats, "save", nameless)


class ReportChatHangs(Fault):
    """An answer that never begins."""

    id = "report-chat.hangs"
    title = "A question in a report's chat is never answered"

    def apply(self, world: World) -> None:
        paths: set[str] = set()

        def noted(original: Callable[..., Chat], *arguments: Any) -> Chat:
            chat = original(*arguments)
            if chat.report is not None:
                paths.add(f"/api/v1/chats/{chat.id}/messages")
            return chat

        async def hang(request: Request) -> Response | None:
            if request.url.path not in paths:
                return None
            return StreamingResponse(_forever(), media_type="text/event-stream")

        wrap(world.chats, "open", noted)
        world.interceptors.add("api", hang)


async def _forever() -> AsyncIterator[str]:
    yield ": working\n\n"
    await asyncio.sleep(3600)


class ReportChatAnswersEmpty(Fault):
    """A model that had nothing to say, and a page that does not mind."""

    id = "report-chat.answers-empty"
    title = "The answers in a report's chat are empty"

    def apply(self, world: World) -> None:
        _change_reply(world, lambda message: replace(message, text=""))


class ReportChatDropsExclusion(Fault):
    """A list that ends too early."""

    id = "report-chat.exclusion-dropped"
    title = "A report's chat lists all exclusions but the last"

    def apply(self, world: World) -> None:
        def shorter(message: Message) -> Message:
            return replace(message, text=f"{message.text.rpartition(';')[0]}.")

        _change_reply(world, shorter)


class ReportChatLinksCrossed(Fault):
    """Links to sections that are there, and are not the ones that are named."""

    id = "report-chat.links-crossed"
    title = "The links in a report's chat lead to another section than they name"

    def apply(self, world: World) -> None:
        def crossed(original: Replying, chat: Chat, text: str) -> Message:
            message = original(chat, text)
            if chat.report is None:
                return message
            names = [section["id"] for section in chat.report.sections]
            links = [
                {**link, "anchor": f"#{_after(names, link['anchor'].lstrip('#'))}"}
                for link in message.links
            ]
            return replace(message, links=links)

        wrap(world.chats, "reply", crossed)


def _after(names: list[str], name: str) -> str:
    return names[(names.index(name) + 1) % len(names)]


def _change_reply(world: World, change: Callable[[Message], Message]) -> None:
    """Let the answers of chats about reports be others."""

    def changed(original: Replying, chat: Chat, text: str) -> Message:
        message = original(chat, text)
        return message if chat.report is None else change(message)

    wrap(world.chats, "reply", changed)


class ExcuseForAnswer(Fault):
    """A rescue in the model's service that turns every failure into friendly words."""

    id = "chat.excuse-for-answer"
    title = (
        "A chat answers with an excuse, as if that were an answer, when the model provider fails"
    )
    said = "I'm sorry, the service is temporarily unavailable. Please try again later."

    def apply(self, world: World) -> None:
        def sorry(_question: str, _documents: list[Document]) -> Answer:
            return Answer(self.said)

        put(world.llm, "compose", sorry)


class ExcuseInOtherWords(ExcuseForAnswer):
    """The same rescue, in words that name no service."""

    id = "chat.excuse-in-other-words"
    title = "A chat answers that it cannot answer right now when the model provider fails"
    said = "I'm sorry, I can't answer that right now."


class AnswersAtLength(Fault):
    """No fault at all: models say more than they were asked for."""

    id = "chat.answers-at-length"
    title = "A chat's answer goes on to the document's other limits, each of them right"

    def apply(self, world: World) -> None:
        def longer(original: Composing, question: str, documents: list[Document]) -> Answer:
            answer = original(question, documents)
            more = [
                f"The {limit.name} limit is {limit.text}."
                for document in documents
                for limit in document.facts.limits
                if best_amount(question, document.facts) and limit.text not in answer.text
            ]
            return replace(answer, text="\n".join([answer.text, *more]))

        wrap(world.llm, "compose", longer)
