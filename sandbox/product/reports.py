"""Reports: asked for, made in the background phase by phase, kept, and shared."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.product.documents import Document, Documents, now
from sandbox.product.errors import InvalidError, NotFoundError
from sandbox.product.jobs import Job, Jobs
from sandbox.product.people import Person
from sandbox.product.sections import Section, lines_of, links_section
from sandbox.product.writer import TEMPLATES, Writer

PHASES = ("Reading documents", "Extracting data", "Generating insights", "Writing report")
BUILD = "report.build"
STEPS_PER_PHASE = 5


@dataclass
class Report:
    """A report, finished or not; `step` counts the steps of all phases."""

    id: str
    kind: str
    title: str
    owner: Person
    documents: list[Document]
    claim: str = ""
    template: str = ""
    status: str = "Queued"
    step: int = 0
    sections: list[Section] = field(default_factory=list)
    saved: bool = False
    shared_with: set[str] = field(default_factory=set)
    created_at: str = field(default_factory=now)
    job_id: str = ""
    error: str | None = None

    @property
    def progress(self) -> int:
        """How much is done, 0 to 100."""
        return 100 * self.step // (len(PHASES) * STEPS_PER_PHASE)

    def phase_index(self) -> int:
        """Which phase is running; beyond the last when all are done."""
        return self.step // STEPS_PER_PHASE

    def phases(self) -> list[dict[str, str]]:
        """The phases and how each stands."""
        current = self.phase_index() if self.status != "Queued" else -1
        return [
            {"name": name, "status": _standing(index, current)} for index, name in enumerate(PHASES)
        ]

    def as_json(self) -> dict[str, Any]:
        """What the API tells about a report."""
        running = self.status == "Processing" and self.phase_index() < len(PHASES)
        return {
            "id": self.id,
            "kind": self.kind,
            "title": self.title,
            "status": self.status,
            "phase": PHASES[self.phase_index()] if running else None,
            "progress": self.progress,
            "phases": self.phases(),
            "sections": self.sections,
            "saved": self.saved,
            "document_ids": [document.id for document in self.documents],
            "claim": self.claim,
            "template": self.template,
            "created_at": self.created_at,
            "job_id": self.job_id,
            "error": self.error,
        }

    def summary(self) -> dict[str, Any]:
        """What lists of reports tell."""
        return {
            "id": self.id,
            "kind": self.kind,
            "title": self.title,
            "status": self.status,
            "owner": self.owner.email,
            "document_ids": [document.id for document in self.documents],
            "created_at": self.created_at,
        }

    def text(self) -> str:
        """All that the report says, as lines."""
        return "\n".join(line for section in self.sections for line in lines_of(section))


def _standing(index: int, current: int) -> str:
    if index < current:
        return "complete"
    return "running" if index == current else "pending"


class Reports:
    """The product's table of reports and their making."""

    def __init__(
        self, documents: Documents, jobs: Jobs, writer: Writer, api_url: Callable[[], str]
    ) -> None:
        self._documents = documents
        self._jobs = jobs
        self._writer = writer
        self._api_url = api_url
        self._reports: dict[str, Report] = {}
        jobs.handlers[BUILD] = self.run
        jobs.gave_up = self.gave_up

    def request(
        self,
        person: Person,
        kind: str,
        document_ids: list[str],
        claim: str = "",
        template: str = "",
    ) -> Report:
        """Ask for a report.

        Raises InvalidError if the choice is not complete, NotFoundError for a document of others.
        """
        documents = [self._documents.get(person, document_id) for document_id in document_ids]
        refuse_incomplete(kind, documents, claim, template)
        report = Report(
            f"rep_{secrets.token_hex(8)}",
            kind,
            title_of(kind, documents, template),
            person,
            documents,
            claim,
            template,
        )
        self._reports[report.id] = report
        self.submit(report)
        return report

    def submit(self, report: Report) -> None:
        """Queue the making of a report."""
        report.job_id = self._jobs.enqueue(BUILD, report.owner, {"report_id": report.id}).id

    def get(self, person: Person, report_id: str) -> Report:
        """A report of the person's or shared with them; else NotFoundError."""
        report = self._reports.get(report_id)
        if report is None or not self.may_see(person, report):
            raise NotFoundError("There is no such report.")
        return report

    def may_see(self, person: Person, report: Report) -> bool:
        """Whether a report is the person's own or was sent to them."""
        return report.owner == person or person.email in report.shared_with

    def recent(self, person: Person) -> list[Report]:
        """The person's reports, newest first."""
        return [report for report in self._reports.values() if report.owner == person][::-1]

    def delete(self, report: Report) -> None:
        """Forget a report."""
        self._reports.pop(report.id, None)

    def find(self, report_id: str) -> Report:
        """A report by id, whoever asks; KeyError if it is gone."""
        return self._reports[report_id]

    async def run(self, job: Job) -> None:
        """Make a report: the phases one after another, then its sections."""
        report = self._reports.get(job.payload["report_id"])
        if report is None:
            return
        report.status, report.step = "Processing", 0
        for _ in range(len(PHASES) * STEPS_PER_PHASE):
            await asyncio.sleep(job.seconds / (len(PHASES) * STEPS_PER_PHASE))
            report.step += 1
        report.sections = self.write(report)
        self.finish(report)

    def finish(self, report: Report) -> None:
        """Call a report complete."""
        report.status = "Complete"

    def gave_up(self, job: Job) -> None:
        """Call a report failed when its job is dead."""
        report = self._reports.get(job.payload.get("report_id", ""))
        if report is not None:
            report.status, report.error = "Failed", job.error

    def write(self, report: Report) -> list[Section]:
        """The sections of a report, from its documents."""
        documents, writer = report.documents, self._writer
        if report.kind == "analysis":
            return writer.analysis(documents[0])
        if report.kind == "comparison":
            return writer.comparison(documents[0], documents[1])
        if report.kind == "coverage":
            return writer.coverage(documents[0], report.claim)
        if report.kind == "checklist":
            return writer.checklist(documents)
        return [*writer.custom(report.template, documents), self.artifacts(report)]

    def artifacts(self, report: Report) -> Section:
        """The files that a custom report is also available as."""
        base = f"{self._api_url()}/api/v1/reports/{report.id}/export"
        links = [("report.pdf", f"{base}.pdf"), ("data.csv", f"{base}.csv")]
        return links_section("Artifacts", links)


_NEEDED = {"analysis": (1, 1), "comparison": (2, 2), "coverage": (1, 1)}
_TITLES = {
    "analysis": "Policy Analysis",
    "coverage": "Coverage Report",
    "checklist": "Coverage Checklist",
}
KINDS = ("analysis", "comparison", "coverage", "checklist", "custom")


def refuse_incomplete(kind: str, documents: list[Document], claim: str, template: str) -> None:
    """Raise InvalidError unless a report of this kind can be made from this choice."""
    if kind not in KINDS:
        raise InvalidError(f"There is no report of kind {kind!r}.")
    least, most = _NEEDED.get(kind, (1, 1000))
    if not least <= len(documents) <= most:
        raise InvalidError("This number of documents does not fit the report.")
    if any(document.status != "Ready" or document.trashed for document in documents):
        raise InvalidError("Every document must be ready.")
    if kind == "coverage" and not claim.strip():
        raise InvalidError("A claim description is needed.")
    if kind == "custom" and template not in TEMPLATES:
        raise InvalidError("A template is needed.")


def title_of(kind: str, documents: list[Document], template: str) -> str:
    """How a report is called."""
    names = [document.name for document in documents]
    if kind == "comparison":
        return f"Policy Comparison: {names[0]} and {names[1]}"
    return f"{_TITLES.get(kind, template)}: {', '.join(names)}"
