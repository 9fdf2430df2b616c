"""Conversations about documents and about reports."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from sandbox.product.documents import Document, Documents, now
from sandbox.product.errors import InvalidError, ModelProviderError, NotFoundError
from sandbox.product.llm import Answer, Llm, words_of
from sandbox.product.people import Person
from sandbox.product.reports import Report
from sandbox.product.sections import Section, lines_of


@dataclass
class Message:
    """One article of a conversation; `failed` if the model could not answer."""

    author: str
    text: str
    citations: list[dict[str, Any]] = field(default_factory=list)
    links: list[dict[str, str]] = field(default_factory=list)
    failed: bool = False


@dataclass
class Chat:
    """A conversation; without chosen documents it speaks of all that are ready."""

    id: str
    owner: Person
    document_ids: list[str]
    report: Report | None = None
    title: str = "New chat"
    saved: bool = False
    messages: list[Message] = field(default_factory=list)
    created_at: str = field(default_factory=now)

    def summary(self) -> dict[str, Any]:
        """What lists of chats tell."""
        return {
            "id": self.id,
            "title": self.title,
            "saved": self.saved,
            "owner": self.owner.email,
            "document_ids": self.document_ids,
            "report_id": self.report.id if self.report else None,
            "created_at": self.created_at,
        }

    def as_json(self) -> dict[str, Any]:
        """What the API tells about one chat."""
        return {**self.summary(), "messages": [vars(message) for message in self.messages]}


class Chats:
    """The product's table of chats, and the answers in them."""

    def __init__(self, documents: Documents, llm: Llm) -> None:
        self._documents = documents
        self._llm = llm
        self._chats: dict[str, Chat] = {}

    def open(self, person: Person, document_ids: list[str], report: Report | None) -> Chat:
        """Begin a chat; raises NotFoundError for a document that is not the person's to see."""
        for document_id in document_ids:
            self._documents.get(person, document_id)
        chat = Chat(f"chat_{secrets.token_hex(8)}", person, document_ids, report)
        self._chats[chat.id] = chat
        return chat

    def get(self, person: Person, chat_id: str) -> Chat:
        """A chat of the person's; else NotFoundError."""
        chat = self._chats.get(chat_id)
        if chat is None or chat.owner != person:
            raise NotFoundError("There is no such chat.")
        return chat

    def own(self, person: Person) -> list[Chat]:
        """The person's chats, saved or not, newest first."""
        return [chat for chat in self._chats.values() if chat.owner == person][::-1]

    def saved(self, person: Person) -> list[Chat]:
        """The person's saved chats, newest first."""
        return [chat for chat in self._chats.values() if chat.saved and chat.owner == person][::-1]

    def save(self, chat: Chat, title: str) -> None:
        """Keep a chat under a title; raises InvalidError for an empty one."""
        if not title.strip():
            raise InvalidError("A title is needed.")
        chat.title, chat.saved = title.strip(), True

    def delete(self, chat: Chat) -> None:
        """Forget a chat."""
        self._chats.pop(chat.id, None)

    def context(self, chat: Chat) -> list[Document]:
        """The documents that a chat speaks of."""
        if chat.report is not None:
            return chat.report.documents
        ready = self._documents.ready(chat.owner)
        chosen = [document for document in ready if document.id in chat.document_ids]
        return chosen or ready

    def ask(self, chat: Chat, text: str) -> Message:
        """Note a question and answer it; the answer may be a failed one."""
        if not text.strip():
            raise InvalidError("A message is needed.")
        chat.messages.append(Message("You", text.strip()))
        try:
            message = self.reply(chat, text)
        except ModelProviderError as error:
            message = Message("Qumis", error.message, failed=True)
        chat.messages.append(message)
        return message

    def reply(self, chat: Chat, text: str) -> Message:
        """Qumis's answer to a question, with where it is from."""
        answer = self._llm.answer(text, self.context(chat))
        links = self.links(chat.report, text, answer) if chat.report else []
        return Message("Qumis", answer.text, self.citations(answer), links)

    def citations(self, answer: Answer) -> list[dict[str, Any]]:
        """The documents and pages that an answer rests on, each once."""
        sources = {(doc.id, doc.name, page): None for doc, page in answer.sources}
        return [{"document_id": id_, "name": name, "page": page} for id_, name, page in sources]

    def links(self, report: Report, question: str, answer: Answer) -> list[dict[str, str]]:
        """The sections of the report that an answer is about, best first, at most three."""
        asked = words_of(f"{question} {answer.text}")
        close = [section for section in report.sections if _closeness(section, asked)[0]]
        best = sorted(close, key=lambda section: _closeness(section, asked), reverse=True)[:3]
        return [
            {"section": item["title"], "anchor": f"#{item['id']}"}
            for item in best or report.sections[:1]
        ]


def _closeness(section: Section, asked: set[str]) -> tuple[int, float]:
    """How many of the words stand in a section, and which share of the section they are."""
    words = words_of(" ".join([section["title"], *lines_of(section)]))
    shared = len(words & asked)
    return shared, shared / max(len(words), 1)
