"""Faults of the chat and of the chat beside a report."""

from __future__ import annotations

from typing import ClassVar

from sandbox.faults.web_change import Change, WebChangeFault


class ChatSendDead(WebChangeFault):
    id: ClassVar[str] = "web.chat-send-dead"
    title: ClassVar[str] = "Send does nothing in a chat"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("conversation.js", "    if (!text) return;", "    if (text !== null) return;"),
    )


class ChatAnswerEmpty(WebChangeFault):
    id: ClassVar[str] = "web.chat-answer-empty"
    title: ClassVar[str] = "An answer arrives but its text is not shown"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("conversation.js", "add: (text) => words.append(text),", "add: () => {},"),
    )


class ChatAnswerHangs(WebChangeFault):
    id: ClassVar[str] = "web.chat-answer-hangs"
    title: ClassVar[str] = "An answer in a chat never ends"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "conversation.js",
            "await receive(answer, await ask(text));",
            "await ask(text);\n      await new Promise(() => {});",
        ),
    )


class CitationsMissing(WebChangeFault):
    id: ClassVar[str] = "web.citations-missing"
    title: ClassVar[str] = "An answer has no citations"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("conversation.js", "article.append(...citationList(citations), ", "article.append("),
    )


class CitationsWrongDocument(WebChangeFault):
    id: ClassVar[str] = "web.citations-wrong-document"
    title: ClassVar[str] = "The citations of an answer lead to another document"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "conversation.js",
            "href: `/documents/${id}#page-${page}`",
            "href: `/documents/${otherThan(id)}#page-${page}`",
        ),
        Change(
            "conversation.js",
            "function citationList(",
            (
                "function otherThan(id) {\n"
                "  return document.querySelector(`.choice "
                'input:not([value="${id}"])`)?.value ?? id;\n'
                "}\n"
                "\n"
                "function citationList("
            ),
        ),
    )


class ChatSaveDead(WebChangeFault):
    id: ClassVar[str] = "web.chat-save-dead"
    title: ClassVar[str] = "Save chat does nothing"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("pages/chat.js", "onClick: () => saveChat(talk, saved)", "onClick: () => {}"),
    )


class ChatSavePretended(WebChangeFault):
    id: ClassVar[str] = "web.chat-save-pretended"
    title: ClassVar[str] = "Saving a chat says Chat saved but saves nothing"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/chat.js",
            'await call(`chats/${talk.chatId()}/save`, { method: "POST", json: { title } });',
            "",
        ),
    )


class ChatListLacksNewest(WebChangeFault):
    id: ClassVar[str] = "web.chat-list-lacks-newest"
    title: ClassVar[str] = "The list of saved chats leaves out the newest"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("pages/chat.js", "...chats.map(", "...chats.slice(1).map("),
    )


class ReportChatDead(WebChangeFault):
    id: ClassVar[str] = "web.report-chat-dead"
    title: ClassVar[str] = "Ask about this report opens nothing"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("report-chat.js", "element.hidden = !element.hidden;", "element.hidden = true;"),
    )


class ReportChatForgetsReport(WebChangeFault):
    id: ClassVar[str] = "web.report-chat-forgets-report"
    title: ClassVar[str] = "The chat beside a report does not know the report"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("report-chat.js", "{ report_id: report.id }", "{}"),
    )


class ReportChatAnchorMissing(WebChangeFault):
    id: ClassVar[str] = "web.report-chat-anchor-missing"
    title: ClassVar[str] = "The links of the chat beside a report lead to anchors that do not exist"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "conversation.js",
            'href: `#${anchor.replace(/^#/, "")}`',
            'href: `#section-${anchor.replace(/^#/, "")}`',
        ),
    )


class CitationsDead(WebChangeFault):
    id: ClassVar[str] = "web.citations-dead"
    title: ClassVar[str] = (
        "The citations of an answer name the right document and do nothing when pressed"
    )
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "conversation.js",
            'h("a", { href: `/documents/${id}#page-${page}` }',
            'h("a", { href: `/documents/${id}#page-${page}`, onClick: (event) => event.preventDefault() }',
        ),
    )
