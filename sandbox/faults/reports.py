"""Faults of the making of reports, of their lists and of what is done with them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.faults.base import Fault, put, wrap
from sandbox.faults.figures import nearly_right
from sandbox.product.documents import Document
from sandbox.product.jobs import Job
from sandbox.product.reports import BUILD, Report
from sandbox.product.sections import Section

if TYPE_CHECKING:
    from sandbox.product.people import Person
    from sandbox.world import World


class ReportStuck(Fault):
    """A progress bar that moves and a report that never is."""

    id = "reports.stuck"
    title = "Reports never complete though their progress moves"

    def apply(self, world: World) -> None:
        async def run(job: Job) -> None:
            report = world.reports.find(job.payload["report_id"])
            report.status = "Processing"
            while True:
                report.step = (report.step + 1) % 18
                await asyncio.sleep(job.seconds / 10)

        world.jobs.handlers[BUILD] = run


class ReportsNeverRun(Fault):
    """Jobs of a queue that no worker listens to."""

    id = "reports.never-run"
    title = "Report jobs are accepted and no worker ever takes them"

    def apply(self, world: World) -> None:
        def mislaid(original: Callable[[Job], None], job: Job) -> None:
            if job.kind != BUILD:
                original(job)

        wrap(world.jobs, "push", mislaid)


class ReportsFail(Fault):
    """A worker with a defect."""

    id = "reports.fail"
    title = "Every report fails, also when it is tried again"

    def apply(self, world: World) -> None:
        def fail(_report: Report) -> list[Section]:
            raise KeyError("coverage_parts")

        put(world.reports, "write", fail)


class ReportsWithoutProgress(Fault):
    """A report of which one sees nothing until it is there."""

    id = "reports.without-progress"
    title = "A report shows no phase and no progress while it is made"

    def apply(self, world: World) -> None:
        async def silently(job: Job) -> None:
            report = world.reports.find(job.payload["report_id"])
            await asyncio.sleep(job.seconds)
            report.sections = world.reports.write(report)
            world.reports.finish(report)

        world.jobs.handlers[BUILD] = silently


class PhasesBackwards(Fault):
    """A list that somebody has sorted."""

    id = "reports.phases-backwards"
    title = "The phases of a report are listed from the last to the first, while the work goes on as ever"

    def apply(self, world: World) -> None:
        def listed(report: Report) -> list[dict[str, str]]:
            names = [phase["name"] for phase in Report.phases(report)]
            stand = [phase["status"] for phase in Report.phases(report)]
            return [
                {"name": name, "status": status}
                for name, status in zip(reversed(names), stand, strict=True)
            ]

        def submit(original: Callable[[Report], None], report: Report) -> None:
            put(report, "phases", lambda: listed(report))
            original(report)

        wrap(world.reports, "submit", submit)


class ReportOfPreviousDocument(Fault):
    """A cache with the wrong key."""

    id = "reports.previous-document"
    title = "A report is written from the documents of the report before it"

    def apply(self, world: World) -> None:
        before: list[list[Document]] = []

        def write(original: Callable[[Report], list[Section]], report: Report) -> list[Section]:
            fitting = [documents for documents in before if len(documents) == len(report.documents)]
            before.append(report.documents)
            used = fitting[-1] if fitting else report.documents
            return original(replace(report, documents=used))

        wrap(world.reports, "write", write)


class NotInRecent(Fault):
    """A list that forgot its newest kind."""

    id = "reports.not-in-recent"
    title = "A finished report is not among the recent ones"

    def apply(self, world: World) -> None:
        put(world.reports, "recent", lambda _person: [])


class CompletesEmpty(Fault):
    """A report of which only the title is there."""

    id = "reports.empty"
    title = "Reports complete without any section"

    def apply(self, world: World) -> None:
        put(world.reports, "write", lambda _report: [])


class ArtifactsMissing(Fault):
    """Links to files that are not there."""

    id = "reports.artifacts-missing"
    title = "The artifacts that a custom report links to do not exist"

    def apply(self, world: World) -> None:
        def dead(original: Callable[[Report], Section], report: Report) -> Section:
            section = original(report)
            links = [{**link, "href": link["href"] + ".gz"} for link in section["items"]]
            return {**section, "items": links}

        wrap(world.reports, "artifacts", dead)


class ExportPdfBlank(Fault):
    """A file of the right kind with nothing in it."""

    id = "reports.pdf-blank"
    title = "The PDF of a report has its title and nothing else"

    def apply(self, world: World) -> None:
        def blank(original: Callable[[Report], bytes], report: Report) -> bytes:
            return original(replace(report, sections=[]))

        wrap(world.exports, "pdf", blank)


class CsvDiffers(Fault):
    """Two files of one table that do not agree."""

    id = "reports.csv-differs"
    title = "One limit in the CSV of a checklist differs from the table"

    def apply(self, world: World) -> None:
        def other(original: Callable[[Report], bytes], report: Report) -> bytes:
            return nearly_right(original(report).decode(), 1).encode()

        wrap(world.exports, "csv", other)


class ExcelEmpty(Fault):
    """A workbook that opens, and that is all."""

    id = "reports.excel-empty"
    title = "The Excel file of a checklist has its header and no row"

    def apply(self, world: World) -> None:
        def headed(original: Callable[[list[list[str]]], bytes], rows: list[list[str]]) -> bytes:
            return original(rows[:1])

        wrap(world.exports, "workbook", headed)


class ShareNotSent(Fault):
    """An answer that promises a mail that nobody sends."""

    id = "reports.share-not-sent"
    title = "Sharing a report is answered with 202 and no mail is sent"

    def apply(self, world: World) -> None:
        def forget(_person: Person, _report: Report, _address: str) -> None:
            return None

        put(world.sharing, "mail", forget)


class ShareLinksElsewhere(Fault):
    """A mail with a link that leads nowhere."""

    id = "reports.share-links-elsewhere"
    title = "The mail about a shared report links to another report"

    def apply(self, world: World) -> None:
        def misled(original: Callable[..., None], person: Person, report: Report, to: str) -> None:
            original(person, replace(report, id=report.id[:4] + report.id[:3:-1]), to)

        wrap(world.sharing, "mail", misled)


class MadeTwice(Fault):
    """A request that a proxy sends once more because the first answer was late."""

    id = "reports.made-twice"
    title = "Each report that is asked for is made twice"

    def apply(self, world: World) -> None:
        def twice(original: Callable[..., Report], *wish: object) -> Report:
            original(*wish)
            return original(*wish)

        wrap(world.reports, "request", twice)
