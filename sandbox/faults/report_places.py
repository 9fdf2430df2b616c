"""Faults that put the right values of a report at the wrong place, or in the wrong hands."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from sandbox.faults.base import Fault, put, wrap
from sandbox.product.documents import Document
from sandbox.product.errors import NotFoundError
from sandbox.product.reports import Report
from sandbox.product.sections import Section, lines_of, list_section

if TYPE_CHECKING:
    from sandbox.product.people import Person
    from sandbox.world import World

_AMOUNT = re.compile(r"\$\d[\d,]*")
_EXPORT = re.compile(r"/api/v1/reports/(\w+)/export\.(pdf|xlsx|csv)")
_SWAPPED = {"Carrier": "Named Insured", "Named Insured": "Carrier"}


class CarrierUnderInsured(Fault):
    """Two labels that have changed places."""

    id = "reports.carrier-under-insured"
    title = "A report gives the carrier under Named Insured, and the insured under Carrier"

    def apply(self, world: World) -> None:
        def summary(original: Callable[[Document], Section], document: Document) -> Section:
            return _relabelled(original(document))

        def custom(original: Callable[..., list[Section]], *arguments: object) -> list[Section]:
            overview, *others = original(*arguments)
            return [_relabelled(overview), *others]

        wrap(world.writer, "summary", summary)
        wrap(world.writer, "custom", custom)


def _relabelled(section: Section) -> Section:
    rows = [{**row, "term": _SWAPPED.get(row["term"], row["term"])} for row in section["rows"]]
    return {**section, "rows": rows}


class PdfAmountsShifted(Fault):
    """Each amount one line too low, in the file alone."""

    id = "reports.pdf-amounts-shifted"
    title = "In the PDF of a report each amount stands one line too low"

    def apply(self, world: World) -> None:
        def shifted(original: Callable[[Report], bytes], report: Report) -> bytes:
            return original(replace(report, sections=[_shifted(part) for part in report.sections]))

        wrap(world.exports, "pdf", shifted)


def _shifted(section: Section) -> Section:
    """The same section as a list, in which the lines with one amount have given it to the next of them."""
    lines = lines_of(section)
    places = [at for at, line in enumerate(lines) if len(_AMOUNT.findall(line)) == 1]
    amounts = [_AMOUNT.findall(lines[at])[0] for at in places]
    for at, amount in zip(places, [*amounts[-1:], *amounts[:-1]], strict=True):
        lines[at] = _AMOUNT.sub(amount, lines[at])
    return list_section(section["title"], lines)


class ComparisonPdfSwapped(Fault):
    """The right columns under each other's names, in the file alone."""

    id = "comparison.pdf-columns-swapped"
    title = "The PDF of a comparison has each document's values under the other's name"

    def apply(self, world: World) -> None:
        def swapped(original: Callable[[Report], bytes], report: Report) -> bytes:
            if report.kind != "comparison":
                return original(report)
            table, *others = report.sections
            rows = [[term, second, first] for term, first, second in table["rows"]]
            return original(replace(report, sections=[{**table, "rows": rows}, *others]))

        wrap(world.exports, "pdf", swapped)


class SharedForNobody(Fault):
    """A mail with a link that is right, and that opens nothing."""

    id = "reports.shared-for-nobody"
    title = "A report that was shared can be opened by nobody but its owner"

    def apply(self, world: World) -> None:
        def owner_alone(person: Person, report: Report) -> bool:
            return report.owner == person

        put(world.reports, "may_see", owner_alone)


Getting = Callable[["Person", str], Report]


class SharedEmpty(Fault):
    """A door that opens on an empty room."""

    id = "reports.shared-empty"
    title = "A report that was shared opens for the colleague, and has no sections there"

    def apply(self, world: World) -> None:
        def emptied(original: Getting, person: Person, report_id: str) -> Report:
            report = original(person, report_id)
            return report if report.owner == person else replace(report, sections=[])

        wrap(world.reports, "get", emptied)


class SharedWithoutPdf(Fault):
    """A right that one of two routes asks for."""

    id = "reports.shared-without-pdf"
    title = "A report that was shared can be read by the colleague, and its PDF is refused to them"

    def apply(self, world: World) -> None:
        def lent(original: Getting, person: Person, report_id: str) -> Report:
            report = original(person, report_id)
            return report if report.owner == person else replace(report)

        def owners(original: Callable[[Report], bytes], report: Report) -> bytes:
            if world.reports.find(report.id) is not report:
                raise NotFoundError("There is no such report.")
            return original(report)

        wrap(world.reports, "get", lent)
        wrap(world.exports, "pdf", owners)


class FilesWithoutKind(Fault):
    """Files that no program opens by their names."""

    id = "reports.files-without-kind"
    title = "Every export is saved as a file called download, without an ending"

    def apply(self, world: World) -> None:
        async def nameless(request: Request) -> Response | None:
            asked = _EXPORT.fullmatch(request.url.path)
            if asked is None:
                return None
            make: Callable[[Report], bytes] = getattr(world.exports, asked[2])
            body = await asyncio.to_thread(make, world.reports.find(asked[1]))
            headers = {"Content-Disposition": 'attachment; filename="download"'}
            return Response(body, media_type="application/octet-stream", headers=headers)

        world.interceptors.add("api", nameless)


class LimitsInAnotherCurrency(Fault):
    """A locale that was not set."""

    id = "analysis.limits-in-another-currency"
    title = "The limits of a policy analysis are in Canadian dollars"

    def apply(self, world: World) -> None:
        def canadian(original: Callable[[Document], Section], document: Document) -> Section:
            section = original(document)
            for row in section["rows"]:
                row[-1]["text"] = f"CA{row[-1]['text']}"
            return section

        wrap(world.writer, "limits", canadian)


class ClaimGarbled(Fault):
    """Bytes that are read in another encoding than they were written in."""

    id = "coverage.claim-garbled"
    title = "A coverage report garbles every letter of the claim that is not ASCII"

    def apply(self, world: World) -> None:
        def garbled(
            original: Callable[[Document, str], list[str]], document: Document, claim: str
        ) -> list[str]:
            return original(document, claim.encode().decode("latin-1"))

        wrap(world.writer, "claim_findings", garbled)


class CustomDatesRaw(Fault):
    """Dates as a program writes them."""

    id = "custom.dates-raw"
    title = "A custom report writes its dates as timestamps"

    def apply(self, world: World) -> None:
        def raw(original: Callable[..., list[Section]], *arguments: object) -> list[Section]:
            overview, *others = original(*arguments)
            rows = [{**row, "value": _stamped(row["value"])} for row in overview["rows"]]
            return [{**overview, "rows": rows}, *others]

        wrap(world.writer, "custom", raw)


def _stamped(text: str) -> str:
    return re.sub(r"\b(\d\d)/(\d\d)/(\d{4})\b", r"\3-\1-\2T00:00:00.000Z", text)
