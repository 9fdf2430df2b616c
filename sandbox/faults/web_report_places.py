"""Faults of the pages of reports that are there and not seen, there twice, or about something else."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sandbox.faults.base import Fault
from sandbox.faults.web_change import Change, WebChangeFault
from sandbox.web.app import render_shell

if TYPE_CHECKING:
    from sandbox.world import World

_CONTENT = "CONTENT[section.kind](section)"
_ORDERED = 'const { id } = await call("reports", { method: "POST", json: wish });'


class HighlightsUnseen(WebChangeFault):
    id: ClassVar[str] = "web.highlights-unseen"
    title: ClassVar[str] = "What a comparison marks looks like what it does not mark"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "app.css",
            "mark { background: var(--warn-soft); color: inherit;",
            "mark { background: none; color: inherit;",
        ),
    )


class LimitsWithoutData(WebChangeFault):
    id: ClassVar[str] = "web.limits-no-data"
    title: ClassVar[str] = "The table of limits says in one wide cell that there is no data"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "sections.js",
            _CONTENT,
            (
                'section.title === "Limits" ? grid({ ...section, rows: '
                f'[[{{ text: "No data available." }}]] }}) : {_CONTENT}'
            ),
        ),
    )


class PickerOffersTwice(WebChangeFault):
    id: ClassVar[str] = "web.picker-offers-twice"
    title: ClassVar[str] = "The report pages offer each document twice"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("picker.js", "`choice-${document.id}`", "`choice-${list.childElementCount}`"),
        Change(
            "picker.js",
            "!known.has(document.id)).forEach(add);",
            (
                "!known.has(document.id)).forEach((document) => {\n"
                "      add(document);\n"
                '      if (legend === "Documents") add(document);\n'
                "    });"
            ),
        ),
    )


class EntriesRepeated(WebChangeFault):
    id: ClassVar[str] = "web.entries-repeated"
    title: ClassVar[str] = "Findings and recommendations list each entry twice"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "sections.js",
            _CONTENT,
            (
                "/Findings|Recommendations/.test(section.title) ? "
                f"list({{ items: section.items.flatMap((item) => [item, item]) }}) : {_CONTENT}"
            ),
        ),
    )


class OrdersAnother(WebChangeFault):
    id: ClassVar[str] = "web.orders-another"
    title: ClassVar[str] = (
        "What is ordered is a report about the documents below the ones that are ticked"
    )
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/generate.js",
            _ORDERED,
            (
                'const ids = [...document.querySelectorAll("fieldset.picker input[type=checkbox]")]\n'
                "    .map((box) => box.value);\n"
                "  wish.document_ids = documentIds.map((one) => ids[(ids.indexOf(one) + 1) % ids.length]);\n"
                f"  {_ORDERED}"
            ),
        ),
    )


class ChecklistWantsTwo(WebChangeFault):
    id: ClassVar[str] = "web.checklist-wants-two"
    title: ClassVar[str] = "A coverage checklist of one policy alone cannot be asked for"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("report-forms.js", "=> documents >= 1,", "=> documents >= 2,"),
    )


class FinishedWithAlert(WebChangeFault):
    id: ClassVar[str] = "web.finished-with-alert"
    title: ClassVar[str] = "A finished report says that a part of it could not be made"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/report.js",
            "const title = h(",
            (
                'view.main.append(alertBox("A part of this report could not be made."));\n'
                "  const title = h("
            ),
        ),
    )


class ReportAnswers404(Fault):
    """A server that does not know the paths of its own application."""

    id = "web.report-answers-404"
    title = "The address of a report is answered with 404, and with the page all the same"

    def apply(self, world: World) -> None:
        async def unknown(request: Request) -> Response | None:
            if not request.url.path.startswith("/reports/"):
                return None
            return HTMLResponse(render_shell(world, request), status_code=404)

        world.interceptors.add("app", unknown)
