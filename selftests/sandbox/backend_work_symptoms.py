"""What holds in a healthy stand-in's reports, chats and jobs, and which faults end it."""

from __future__ import annotations

import asyncio
import io
from time import monotonic
from typing import Any

import pypdfium2
from openpyxl import load_workbook

from selftests.sandbox.backend_house import BINDER_PDF, House, Symptom, as_dict


def section(report: dict[str, Any], title: str) -> dict[str, Any]:
    """The section of this title."""
    found: dict[str, Any] = next(part for part in report["sections"] if part["title"] == title)
    return found


async def reports_complete(house: House) -> None:
    """A report is processed, completes with sections, and is among the recent ones."""
    id_ = await house.ready("one.pdf")
    report = await house.report("analysis", [id_])
    assert report["sections"]
    recent = await house.get("/api/v1/recent?kind=reports")
    assert [item["id"] for item in recent["items"]] == [report["id"]]


async def progress_is_seen(house: House) -> None:
    """While a report is made a phase is named."""
    id_ = await house.ready("one.pdf")
    body = {"kind": "analysis", "document_ids": [id_]}
    asked = as_dict(await house.mia.post("/api/v1/reports", json=body), 202)
    report = house.world.reports.find(asked["id"])
    seen = set()
    while report.status != "Complete":
        seen.add(report.as_json()["phase"])
        await asyncio.sleep(0)
    assert {"Reading documents", "Writing report"} <= seen


async def phases_are_listed_as_they_come(house: House) -> None:
    """The phases are listed from the first to the last."""
    id_ = await house.ready("one.pdf")
    body = {"kind": "analysis", "document_ids": [id_]}
    asked = as_dict(await house.mia.post("/api/v1/reports", json=body), 202)
    report = house.world.reports.find(asked["id"])
    names = [phase["name"] for phase in report.as_json()["phases"]]
    assert (names[0], names[-1]) == ("Reading documents", "Writing report")


async def analysis_is_right(house: House) -> None:
    """Summary, findings, limits and endorsements are those of the document."""
    id_ = await house.ready("one.pdf")
    report = await house.report("analysis", [id_])
    values = [row["value"] for row in section(report, "Executive Summary")["rows"]]
    assert {"Northwind Mutual", "Blue Door LLC"} <= set(values)
    assert any("$2,417,000" in item for item in section(report, "Key Findings")["items"])
    rows = [[item["text"] for item in row] for row in section(report, "Limits")["rows"]]
    assert rows == [["General Aggregate", "$2,417,000"], ["Each Occurrence", "$1,013,000"]]
    assert section(report, "Endorsements")["items"] == ["CG 20 10 04 13 - Additional Insured"]


async def reports_are_of_their_document(house: House) -> None:
    """A second report is not about the first one's document."""
    first, second = await house.ready("one.pdf"), await house.ready("two.pdf", BINDER_PDF)
    await house.report("analysis", [first])
    report = await house.report("analysis", [second])
    assert "Red Roof Inc" in str(section(report, "Executive Summary"))


async def comparison_is_right(house: House) -> None:
    """Values stand under their names, and exactly the differing ones are marked and listed."""
    ids = [await house.ready("one.pdf"), await house.ready("two.pdf", BINDER_PDF)]
    report = await house.report("comparison", ids)
    rows = {row[0]["text"]: row[1:] for row in section(report, "Side by side")["rows"]}
    assert [cell["text"] for cell in rows["General Aggregate"]] == ["$2,417,000", "$2,000,000"]
    assert [cell["mark"] for cell in rows["General Aggregate"]] == [True, True]
    assert [cell["mark"] for cell in rows["Carrier"]] == [False, False]
    differences = section(report, "Differences")["items"]
    assert "General Aggregate: $2,417,000 → $2,000,000" in differences


async def coverage_is_right(house: House) -> None:
    """Findings speak of the claim and of the figures; something is recommended."""
    id_ = await house.ready("one.pdf")
    report = await house.report("coverage", [id_], claim="A tank leaked: pollution.")
    findings = " ".join(section(report, "Findings")["items"])
    assert all(part in findings for part in ("tank leaked", "$2,417,000", "$5,000", "Pollution"))
    assert "Northwind Mutual" in " ".join(section(report, "Recommendations")["items"])


async def checklist_is_right(house: House) -> None:
    """The table holds carrier, limit and deductible; CSV and Excel agree with it."""
    id_ = await house.ready("one.pdf")
    report = await house.report("checklist", [id_])
    table = report["sections"][0]
    rows = [[item["text"] for item in row] for row in table["rows"]]
    assert rows[1] == ["one.pdf", "Northwind Mutual", "Each Occurrence", "$1,013,000", "$5,000"]
    base = f"/api/v1/reports/{report['id']}/export"
    assert '"$2,417,000"' in (await house.mia.get(f"{base}.csv")).text
    book = load_workbook(io.BytesIO((await house.mia.get(f"{base}.xlsx")).content))
    sheet = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    assert sheet == [table["columns"], *rows]


async def custom_is_right(house: House) -> None:
    """The template's sections, with facts in them, and artifacts that are there."""
    id_ = await house.ready("one.pdf")
    report = await house.report("custom", [id_], template="Renewal Summary")
    titles = [part["title"] for part in report["sections"]]
    assert titles == ["Overview", "Limits", "Endorsements", "Artifacts"]
    assert "$2,417,000" in str(section(report, "Limits"))
    for link in section(report, "Artifacts")["items"]:
        assert (await house.mia.get(link["href"])).status_code == 200


async def pdf_has_content(house: House) -> None:
    """The exported PDF holds a figure."""
    id_ = await house.ready("one.pdf")
    report = await house.report("analysis", [id_])
    content = (await house.mia.get(f"/api/v1/reports/{report['id']}/export.pdf")).content
    assert "$2,417,000" in pypdfium2.PdfDocument(content)[0].get_textpage().get_text_range()


async def share_is_mailed(house: House) -> None:
    """One mail, which links to the report."""
    mails: list[tuple[str, ...]] = []
    house.world.integrations.postmark.send = lambda *mail: mails.append(mail)  # type: ignore
    id_ = await house.ready("one.pdf")
    report = await house.report("analysis", [id_])
    path = f"/api/v1/reports/{report['id']}/share"
    assert (await house.mia.post(path, json={"email": "x@y.example"})).status_code == 202
    assert len(mails) == 1
    assert mails[0][1] == "x@y.example"
    assert f"/reports/{report['id']}" in mails[0][3]


async def chat_is_right(house: House) -> None:
    """The figure of the chosen document, cited."""
    await house.ready("two.pdf", BINDER_PDF)
    id_ = await house.ready("one.pdf")
    text, end = await house.ask("What is the general aggregate?", document_ids=[id_])
    assert text == "The general aggregate limit is $2,417,000."
    assert end["citations"] == [{"document_id": id_, "name": "one.pdf", "page": 1}]


async def chats_are_kept(house: House) -> None:
    """A saved chat is in both lists."""
    chat = as_dict(await house.mia.post("/api/v1/chats", json={}), 201)
    await house.mia.post(f"/api/v1/chats/{chat['id']}/save", json={"title": "Mine"})
    listed = await house.get("/api/v1/chats")
    recent = await house.get("/api/v1/recent?kind=chats")
    assert [item["title"] for item in listed["chats"]] == ["Mine"]
    assert [item["title"] for item in recent["items"]] == ["Mine"]


async def report_chat_is_right(house: House) -> None:
    """It answers from the report's document, and links to a section that is there."""
    await house.ready("two.pdf", BINDER_PDF)
    id_ = await house.ready("one.pdf")
    report = await house.report("analysis", [id_])
    text, end = await house.ask("What is the general aggregate?", report_id=report["id"])
    assert "$2,417,000" in text
    assert end["links"][0] == {"section": "Limits", "anchor": "#limits"}


async def jobs_all_run(house: House) -> None:
    """Six documents at once are all read."""
    sent = [await house.upload(house.mia, f"{number}.pdf") for number in range(6)]
    for document in sent:
        await house.until(f"/api/v1/documents/{document['id']}", "Ready")


async def jobs_are_retried(house: House) -> None:
    """A job that fails once completes at its second attempt."""
    job = as_dict(await house.ada.post("/api/v1/diagnostics/jobs", json={"fail_times": 1}), 202)
    found = await house.ended(job["id"])
    assert (found["status"], found["attempts"]) == ("complete", 2)


async def queue_is_clean(house: House) -> None:
    """Nothing old, nothing dead."""
    auth = ("sidekiq", "sidekiq-sandbox")
    stats = as_dict(await house.nobody.get("/sidekiq/stats", auth=auth), 200)["sidekiq"]
    assert (stats["default_latency"], stats["dead"]) == (0, 0)


async def no_job_runs(house: House) -> None:
    """Nothing runs where nobody has ordered anything."""
    auth = ("sidekiq", "sidekiq-sandbox")
    stats = as_dict(await house.nobody.get("/sidekiq/stats", auth=auth), 200)["sidekiq"]
    assert stats["busy"] == 0


async def answers_come_quickly(house: House) -> None:
    """Eight requests of each kind take less than a second each."""
    for path in ("documents", "status", "recent"):
        for _ in range(8):
            began = monotonic()
            await house.get(f"/api/v1/{path}")
            assert monotonic() - began < 1


SYMPTOMS: dict[Symptom, tuple[str, ...]] = {
    reports_complete: (
        "reports.stuck",
        "reports.never-run",
        "reports.fail",
        "reports.empty",
        "reports.not-in-recent",
    ),
    progress_is_seen: ("reports.without-progress",),
    phases_are_listed_as_they_come: ("reports.phases-backwards",),
    analysis_is_right: (
        "analysis.limit-wrong",
        "analysis.endorsements-missing",
        "analysis.summary-generic",
        "analysis.findings-generic",
    ),
    reports_are_of_their_document: ("reports.previous-document",),
    comparison_is_right: (
        "comparison.no-differences",
        "comparison.all-highlighted",
        "comparison.none-highlighted",
        "comparison.columns-swapped",
    ),
    coverage_is_right: ("coverage.claim-ignored", "coverage.no-recommendations"),
    checklist_is_right: (
        "checklist.deductibles-missing",
        "checklist.carrier-wrong",
        "reports.csv-differs",
        "reports.excel-empty",
    ),
    custom_is_right: (
        "custom.other-template",
        "custom.sections-empty",
        "reports.artifacts-missing",
    ),
    pdf_has_content: ("reports.pdf-blank",),
    share_is_mailed: ("reports.share-not-sent", "reports.share-links-elsewhere"),
    chat_is_right: (
        "chat.figure-wrong",
        "chat.provider-error",
        "chat.hangs",
        "chat.sees-nothing",
        "chat.cites-another",
        "chat.not-cited",
    ),
    chats_are_kept: ("chat.not-saved", "chat.not-in-recent"),
    report_chat_is_right: (
        "report-chat.of-another",
        "report-chat.without-links",
        "report-chat.links-dead",
    ),
    jobs_all_run: ("jobs.one-in-five-lost", "jobs.worker-down", "jobs.slow"),
    jobs_are_retried: ("jobs.no-retries",),
    queue_is_clean: ("jobs.old-job-stuck", "jobs.dead-set"),
    no_job_runs: ("jobs.one-long-job",),
    answers_come_quickly: (
        "performance.slow-tail",
        "performance.slow-status",
        "performance.request-times-out",
        "performance.status-fails-in-bursts",
    ),
}
