"""Faults of single passages of a coverage report and of a coverage checklist: nearly right, and wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.faults.base import Fault, wrap
from sandbox.product.documents import Document
from sandbox.product.facts import NOT_STATED
from sandbox.product.sections import Section

if TYPE_CHECKING:
    from sandbox.world import World

Rows = list[list[str]]
Sentences = Callable[[Document, str], list[str]]
Tabulated = Callable[[Document], Rows]


class OtherLimit(Fault):
    """A limit of the policy that the claim is not about."""

    id = "coverage.limit-of-another-coverage"
    title = "A coverage report gives the limit of another coverage than the claim's"

    def apply(self, world: World) -> None:
        def other(original: Sentences, document: Document, claim: str) -> list[str]:
            found = original(document, claim)
            asked = next((line for line in found if line.startswith("Limit: ")), "")
            if not asked:  # a claim that names no coverage
                return found
            limits = [f"Limit: {limit.name} {limit.text}." for limit in document.facts.limits]
            instead = next(line for line in limits if line != asked)
            return [instead if line == asked else line for line in found]

        wrap(world.writer, "claim_findings", other)


class DeductiblesSwapped(Fault):
    """The right amounts, each beside the other's name."""

    id = "coverage.deductibles-swapped"
    title = "The deductibles in a coverage report's findings have changed places"

    def apply(self, world: World) -> None:
        def swapped(original: Sentences, document: Document, claim: str) -> list[str]:
            first, second = document.facts.deductibles[:2]
            wrong = {
                f"Deductible: {first.name} {first.text}.": f"Deductible: {first.name} {second.text}.",
                f"Deductible: {second.name} {second.text}.": f"Deductible: {second.name} {first.text}.",
            }
            return [wrong.get(line, line) for line in original(document, claim)]

        wrap(world.writer, "claim_findings", swapped)


class ExclusionDropped(Fault):
    """A list that ends too early."""

    id = "coverage.exclusion-dropped"
    title = "A coverage report's findings leave out the policy's last exclusion"

    def apply(self, world: World) -> None:
        def shorter(original: Sentences, document: Document, claim: str) -> list[str]:
            return original(document, claim)[:-1]

        wrap(world.writer, "claim_findings", shorter)


class AdviceUnderAnotherNumber(Fault):
    """Advice about a policy of which one digit is wrong."""

    id = "coverage.advice-under-another-number"
    title = "A coverage report recommends to give notice under another policy's number"

    def apply(self, world: World) -> None:
        def other(original: Sentences, document: Document, claim: str) -> list[str]:
            number = document.facts.get("number")
            wrong = f"{number[:-1]}{(int(number[-1]) + 1) % 10}"
            return [line.replace(number, wrong) for line in original(document, claim)]

        wrap(world.writer, "recommendations", other)


class SaveForgotten(Fault):
    """An answer that promises what never happens."""

    id = "reports.save-forgotten"
    title = "Saving a report is confirmed and the report is not saved"

    def apply(self, world: World) -> None:
        async def confirmed(request: Request) -> Response | None:
            saving = request.method == "POST" and request.url.path.endswith("/save")
            if not saving or "/reports/" not in request.url.path:
                return None
            return JSONResponse({"saved": True})

        world.interceptors.add("api", confirmed)


class ChecklistLimitsShifted(Fault):
    """The right amounts, each one row too low."""

    id = "checklist.limits-shifted"
    title = "Each limit of a checklist stands beside the next coverage's name"

    def apply(self, world: World) -> None:
        def shifted(original: Tabulated, document: Document) -> Rows:
            rows = original(document)
            stated = [row for row in rows if row[3] != NOT_STATED]
            limits = [row[3] for row in stated]
            for row, limit in zip(stated, [limits[-1], *limits[:-1]], strict=True):
                row[3] = limit
            return rows

        wrap(world.writer, "checklist_rows", shifted)


class ChecklistDeductiblesSwapped(Fault):
    """The right amounts, each beside the other's name."""

    id = "checklist.deductibles-swapped"
    title = "Two deductibles of a checklist have changed places"

    def apply(self, world: World) -> None:
        def swapped(original: Tabulated, document: Document) -> Rows:
            rows = original(document)
            first, second = [row for row in rows if row[4] != NOT_STATED][:2]
            first[4], second[4] = second[4], first[4]
            return rows

        wrap(world.writer, "checklist_rows", swapped)


class ChecklistCarrierOfFirst(Fault):
    """A column that repeats its first value."""

    id = "checklist.carrier-of-first"
    title = "A checklist names the first document's carrier for every document"

    def apply(self, world: World) -> None:
        def repeated(
            original: Callable[[list[Document]], list[Section]], documents: list[Document]
        ) -> list[Section]:
            sections = original(documents)
            rows = sections[0]["rows"]
            for row in rows:
                row[1] = rows[0][1]
            return sections

        wrap(world.writer, "checklist", repeated)


class ChecklistLacksDocument(Fault):
    """A choice of three of which two are taken into account."""

    id = "checklist.document-missing"
    title = "A checklist leaves out the last of its documents"

    def apply(self, world: World) -> None:
        def fewer(
            original: Callable[[list[Document]], list[Section]], documents: list[Document]
        ) -> list[Section]:
            return original(documents[:-1] or documents)

        wrap(world.writer, "checklist", fewer)
