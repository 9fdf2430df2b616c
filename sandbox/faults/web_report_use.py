"""Faults of the pages that ask for a report, of what one does with one, and of chats, on the screen."""

from __future__ import annotations

from typing import ClassVar

from sandbox.faults.web_change import Change, WebChangeFault


class FormWithAlert(WebChangeFault):
    id: ClassVar[str] = "web.report-pages-alert"
    title: ClassVar[str] = "The pages that ask for a report show an error above their form"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("pages/generate.js", "readingOnly(view.me), element", "problem(), element"),
        Change(
            "pages/generate.js",
            "function claimField() {",
            (
                "function problem() {\n"
                '  return h("p", { role: "alert", class: "alert" }, "Something went wrong.");\n'
                "}\n\nfunction claimField() {"
            ),
        ),
    )


class GenerateTooEarly(WebChangeFault):
    id: ClassVar[str] = "web.generate-too-early"
    title: ClassVar[str] = "The button Generate is enabled before anything is chosen"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/generate.js",
            'class: "primary", disabled: true }, form.action',
            'class: "primary" }, form.action',
        ),
    )


class PickerTicksOne(WebChangeFault):
    id: ClassVar[str] = "web.picker-ticks-one"
    title: ClassVar[str] = "Choosing a second document unticks the first"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "picker.js",
            "    known.set(document.id,",
            (
                '    box.addEventListener("change", () => {\n'
                "      for (const other of known.values()) if (other.box !== box) other.box.checked = false;\n"
                "    });\n"
                "    known.set(document.id,"
            ),
        ),
    )


class ReportNotFoundByAddress(WebChangeFault):
    id: ClassVar[str] = "web.report-not-found-by-address"
    title: ClassVar[str] = "A report that is opened by its address says Page not found"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/report.js",
            "  const latest = isOver(first)",
            (
                "  if (isOver(first) && !ordered) {\n"
                '    view.main.replaceChildren(pageHeading("Page not found"));\n'
                "    return;\n"
                "  }\n"
                "  const latest = isOver(first)"
            ),
        ),
    )


class ChartNextFigure(WebChangeFault):
    id: ClassVar[str] = "web.chart-next-figure"
    title: ClassVar[str] = "A bar of the chart tells the next bar's amount"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "sections.js",
            "bars.map((bar) => h(",
            "bars.map((bar, at) => ({ ...bar, text: bars[(at + 1) % bars.length].text })).map((bar) => h(",
        ),
    )


class RecentDead(WebChangeFault):
    id: ClassVar[str] = "web.recent-dead"
    title: ClassVar[str] = "The entries of Recent look like links and lead nowhere"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/home.js",
            'h("a", { href: path }, title)',
            'h("a", { href: path, onClick: (event) => event.preventDefault() }, title)',
        ),
    )


class ChatFieldReadOnly(WebChangeFault):
    id: ClassVar[str] = "web.chat-field-read-only"
    title: ClassVar[str] = "Nothing can be written into the field of a chat"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/chat.js",
            "  main.append(\n",
            '  talk.form.querySelector("input").readOnly = true;\n  main.append(\n',
        ),
    )


class ChatWithoutDocuments(WebChangeFault):
    id: ClassVar[str] = "web.chat-without-documents"
    title: ClassVar[str] = "A chat offers no documents to choose from"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("pages/chat.js", "picker.watch(), saved", "null, saved"),
    )


class ChatReopenedEmpty(WebChangeFault):
    id: ClassVar[str] = "web.chat-reopened-empty"
    title: ClassVar[str] = "A saved chat that is opened again shows no messages"
    changes: ClassVar[tuple[Change, ...]] = (Change("pages/chat.js", "talk.show(known);", ""),)


class ReportChatFieldReadOnly(WebChangeFault):
    id: ClassVar[str] = "web.report-chat-field-read-only"
    title: ClassVar[str] = "Nothing can be written into the field of a report's chat"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "report-chat.js",
            "  function toggle(",
            '  talk.form.querySelector("input").readOnly = true;\n\n  function toggle(',
        ),
    )
