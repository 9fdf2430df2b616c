"""Faults of chats about documents and about reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.faults.base import Fault, put, wrap
from sandbox.faults.figures import nearly_right
from sandbox.product.chats import Chat
from sandbox.product.documents import Document
from sandbox.product.errors import ModelProviderError
from sandbox.product.llm import Answer

if TYPE_CHECKING:
    from sandbox.product.people import Person
    from sandbox.world import World


class ChatFigureWrong(Fault):
    """A figure that is nearly right."""

    id = "chat.figure-wrong"
    title = "A chat's answers hold figures that the document does not"

    def apply(self, world: World) -> None:
        def wrong(original: Callable[..., Answer], *arguments: object) -> Answer:
            answer = original(*arguments)
            return replace(answer, text=nearly_right(answer.text))

        wrap(world.llm, "compose", wrong)


class ChatProviderError(Fault):
    """A model provider that is overloaded."""

    id = "chat.provider-error"
    title = "The model provider answers every question with an error"

    def apply(self, world: World) -> None:
        def fail(_question: str, _documents: list[Document]) -> Answer:
            raise ModelProviderError("The model provider returned an error: 529 overloaded.")

        put(world.llm, "compose", fail)


class ChatHangs(Fault):
    """An answer that begins, and never ends."""

    id = "chat.hangs"
    title = "A chat's answer stops after its first word"

    def apply(self, world: World) -> None:
        world.pace = replace(world.pace, word=3600.0)


class ChatSeesNothing(Fault):
    """Documents that do not reach the model."""

    id = "chat.sees-nothing"
    title = "A chat's answers do not draw on the documents"

    def apply(self, world: World) -> None:
        put(world.chats, "context", lambda _chat: [])


class ChatCitesAnother(Fault):
    """A source that is not the source."""

    id = "chat.cites-another"
    title = "A chat's answers cite another document than the one they are from"

    def apply(self, world: World) -> None:
        def misled(original: Callable[..., Any], answer: Answer) -> list[dict[str, Any]]:
            return [_other(world, citation) for citation in original(answer)]

        wrap(world.chats, "citations", misled)


def _other(world: World, citation: dict[str, Any]) -> dict[str, Any]:
    """A citation of another document, or of none where there is no other."""
    cited = world.documents.find(citation["document_id"])
    assert cited is not None
    others = [item for item in world.documents.visible(cited.owner) if item is not cited]
    name, id_ = (others[0].name, others[0].id) if others else ("Untitled.pdf", "doc_0")
    return {**citation, "document_id": id_, "name": name}


class ChatNotCited(Fault):
    """Answers without sources."""

    id = "chat.not-cited"
    title = "A chat's answers cite nothing"

    def apply(self, world: World) -> None:
        put(world.chats, "citations", lambda _answer: [])


class ChatNotSaved(Fault):
    """An answer that promises what never happens."""

    id = "chat.not-saved"
    title = "Saving a chat is confirmed and the chat is in no list"

    def apply(self, world: World) -> None:
        def nothing(_person: Person) -> list[Chat]:
            return []

        put(world.chats, "saved", nothing)


class ChatNotInRecent(Fault):
    """A list that forgot its second kind."""

    id = "chat.not-in-recent"
    title = "A saved chat is in the list of chats and not among the recent ones"

    def apply(self, world: World) -> None:
        async def nothing(request: Request) -> Response | None:
            chats = request.url.path == "/api/v1/recent" and "kind=chats" in request.url.query
            return JSONResponse({"items": []}) if chats else None

        world.interceptors.add("api", nothing)


class ReportChatOfAnother(Fault):
    """A chat that is told the wrong report."""

    id = "report-chat.of-another"
    title = "The chat of a report answers from another report's documents"

    def apply(self, world: World) -> None:
        def other(original: Callable[[Chat], list[Document]], chat: Chat) -> list[Document]:
            if chat.report is None:
                return original(chat)
            ready = world.documents.ready(chat.owner)
            return [document for document in ready if document not in chat.report.documents][:1]

        wrap(world.chats, "context", other)


class ReportChatWithoutLinks(Fault):
    """Answers that lead nowhere."""

    id = "report-chat.without-links"
    title = "The answers in a report's chat link to no section"

    def apply(self, world: World) -> None:
        put(world.chats, "links", lambda *_: [])


class ReportChatLinksDead(Fault):
    """Links to nothing."""

    id = "report-chat.links-dead"
    title = "The answers in a report's chat link to sections that are not there"

    def apply(self, world: World) -> None:
        def dead(original: Callable[..., list[dict[str, str]]], *arguments: object) -> list[Any]:
            found = original(*arguments)
            return [{**link, "anchor": f"{link['anchor']}-section"} for link in found]

        wrap(world.chats, "links", dead)
