"""Faults of the pages of one of the five kinds of reports."""

from __future__ import annotations

from typing import Final

from sandbox.faults.report_kinds import family
from sandbox.faults.web_change import Change, WebChangeFault

_WATCH = "  await picker.watch();"
_LISTEN = '  element.addEventListener("submit", submit);'
_ORDER = "await order(view, form, picker.chosen(), choice());"
_SHOW_PHASES = "latest.phases.forEach((phase, index) => showPhase(phases[index], phase));"
_VALUE = "String(Math.round(latest.progress))"
_FINISHED = "isOver(first) && !ordered ? first :"


def _fault(id_: str, name: str, *changes: Change) -> type[WebChangeFault]:
    """A fault of this id and title that makes these changes."""
    return type(
        "WebFaultOfKind",
        (WebChangeFault,),
        {"__module__": __name__, "id": id_, "title": name, "changes": changes},
    )


def _page_throws(kind: str, name: str) -> type[WebChangeFault]:
    throw = 'setTimeout(() => { throw new TypeError("undefined is not iterable"); });'
    broken = f'  if (form.kind === "{kind}") {throw}\n{_WATCH}'
    return _fault(
        f"web.page-throws.{kind}",
        f"The page that asks for a {name} looks right and its script throws",
        Change("pages/generate.js", _WATCH, broken),
    )


def _picker_forgets(kind: str, name: str) -> type[WebChangeFault]:
    untick = 'if (box.type === "checkbox") box.checked = false;'
    forgetting = (
        f'{_LISTEN}\n  if (form.kind === "{kind}")\n'
        f'    element.addEventListener("change", ({{ target: box }}) => {{ {untick} }});'
    )
    return _fault(
        f"web.picker-forgets.{kind}",
        f"A document that is ticked for a {name} is unticked again",
        Change("pages/generate.js", _LISTEN, forgetting),
    )


def _generate_dead(kind: str, name: str) -> type[WebChangeFault]:
    return _fault(
        f"web.generate-dead.{kind}",
        f"Pressing the button for a {name} does nothing",
        Change("pages/generate.js", _ORDER, f'if (form.kind !== "{kind}") {_ORDER}'),
    )


def _phases_frozen(kind: str, name: str) -> type[WebChangeFault]:
    return _fault(
        f"web.phases-frozen.{kind}",
        f"The phases of a {name} never change, nor does its progress",
        Change("progress.js", _SHOW_PHASES, f'if (latest.kind !== "{kind}") {_SHOW_PHASES}'),
        Change("progress.js", _VALUE, f'latest.kind === "{kind}" ? "0" : {_VALUE}'),
    )


def _reopened_untitled(kind: str, name: str) -> type[WebChangeFault]:
    untitled = f'first.kind === "{kind}" ? {{ ...first, title: "Untitled report" }} : first'
    return _fault(
        f"web.reopened-untitled.{kind}",
        f"A {name} that is opened again has lost its title",
        Change("pages/report.js", _FINISHED, f"isOver(first) && !ordered ? ({untitled}) :"),
    )


FAULTS: Final = [
    *family(_page_throws),
    *family(_picker_forgets),
    *family(_generate_dead),
    *family(_phases_frozen),
    *family(_reopened_untitled, ("analysis", "custom")),
]
