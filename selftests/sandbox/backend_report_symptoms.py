"""What a healthy stand-in's reports and their chats say to the letter, and which faults end it."""

from __future__ import annotations

import csv
import io
from typing import Any

import pypdfium2
from openpyxl import load_workbook

from sandbox.product.sections import lines_of
from selftests.sandbox.backend_house import House, Symptom, as_dict, pdf

FORMS = [
    "CG 20 10 04 13 - Additional Insured",
    "CG 21 49 09 99 - Total Pollution Exclusion",
]
POLICY_PDF = pdf(
    (
        (
            "Carrier: Northwind Mutual",
            "Named Insured: Blue Door LLC",
            "Policy Number: NW-123-77",
            "Policy Period: 01/01/2026 to 01/01/2027",
            "Document Type: Policy",
            "Limits of Insurance",
            "General Aggregate: $2,417,000",
            "Each Occurrence: $1,013,000",
            "Deductibles",
            "Bodily Injury per Claim: $10,050",
            "Property Damage per Claim: $4,025",
        ),
        ("Endorsements", *FORMS, "Exclusions", "- Pollution", "- War, however caused"),
    )
)
BINDER_PDF = pdf(
    (
        (
            "Carrier: Southwind Casualty",
            "Named Insured: Blue Door LLC",
            "Policy Number: B-9",
            "Policy Period: 01/01/2026 to 01/01/2027",
            "Document Type: Binder",
            "Limits of Insurance",
            "General Aggregate: $2,500,000",
            "Each Occurrence: $1,013,000",
            "Deductibles",
            "Bodily Injury per Claim: $10,050",
            "Property Damage per Claim: $4,250",
        ),
    )
)
CLAIM = "A visitor to the café slipped; one occurrence."


def told(report: dict[str, Any]) -> list[list[str]]:
    """The sections of a report as lines, each with its title first."""
    return [[part["title"], *lines_of(part)] for part in report["sections"]]


def marked(report: dict[str, Any]) -> list[str]:
    """The terms of which a comparison marks both values."""
    rows = report["sections"][0]["rows"]
    return [row[0]["text"] for row in rows if row[1]["mark"] and row[2]["mark"]]


async def two(house: House) -> list[str]:
    """Ids of a policy and of a binder that are ready."""
    return [await house.ready("one.pdf", POLICY_PDF), await house.ready("two.pdf", BINDER_PDF)]


async def export(house: House, report: dict[str, Any], form: str) -> bytes:
    """A file of a report."""
    return (await house.mia.get(f"/api/v1/reports/{report['id']}/export.{form}")).content


async def analysis_is_exact(house: House) -> None:
    """Each section holds what the policy states, in its order."""
    [policy, _] = await two(house)
    assert told(await house.report("analysis", [policy]))[:4] == [
        [
            "Executive Summary",
            "Document: one.pdf",
            "Carrier: Northwind Mutual",
            "Named Insured: Blue Door LLC",
            "Policy Number: NW-123-77",
            "Policy Period: 01/01/2026 to 01/01/2027",
        ],
        [
            "Key Findings",
            "The highest limit is $2,417,000 for General Aggregate.",
            "A deductible of $10,050 applies to Bodily Injury per Claim.",
            "A deductible of $4,025 applies to Property Damage per Claim.",
            "Endorsements that change the form: 2.",
            "Excluded: Pollution",
            "Excluded: War, however caused",
        ],
        ["Limits", "General Aggregate | $2,417,000", "Each Occurrence | $1,013,000"],
        ["Endorsements", *FORMS],
    ]


async def comparison_is_exact(house: House) -> None:
    """Each term has both values; those that differ are marked and listed from first to second."""
    report = await house.report("comparison", await two(house))
    table, differences = told(report)
    assert "Deductible: Bodily Injury per Claim | $10,050 | $10,050" in table
    assert "General Aggregate | $2,417,000 | $2,500,000" in table
    assert "General Aggregate: $2,417,000 → $2,500,000" in differences
    assert differences[-1] == f"Endorsements: {'; '.join(FORMS)} → not stated"
    assert marked(report) == [line.split(": ")[0] for line in differences[1:4]] + [
        "Deductible: Property Damage per Claim",
        "Endorsements",
    ]


async def comparison_pdf_is_whole(house: House) -> None:
    """The PDF holds the second document's values, too."""
    report = await house.report("comparison", await two(house))
    text = _solid(_pdf_text(await export(house, report, "pdf")))
    assert "B-9" in text
    assert "Termone.pdftwo.pdf" in text
    assert "GeneralAggregate$2,417,000$2,500,000" in text


async def coverage_is_exact(house: House) -> None:
    """The claim's limit, each deductible with its amount, every exclusion, and the right number."""
    [policy, _] = await two(house)
    report = await house.report("coverage", [policy], claim=CLAIM)
    assert told(report) == [
        [
            "Findings",
            f"The claim “{CLAIM}” was read against one.pdf.",
            "Limit: Each Occurrence $1,013,000.",
            "Deductible: Bodily Injury per Claim $10,050.",
            "Deductible: Property Damage per Claim $4,025.",
            "Exclusion: Pollution",
            "Exclusion: War, however caused",
        ],
        [
            "Recommendations",
            "Reserve the Bodily Injury per Claim deductible of $10,050.",
            "Reserve the Property Damage per Claim deductible of $4,025.",
            "Give notice to Northwind Mutual under NW-123-77.",
        ],
    ]


async def coverage_pdf_is_whole(house: House) -> None:
    """The PDF takes up the claim."""
    [policy, _] = await two(house)
    report = await house.report("coverage", [policy], claim=CLAIM)
    assert _solid(CLAIM) in _solid(_pdf_text(await export(house, report, "pdf")))


async def saving_is_kept(house: House) -> None:
    """A saved report is saved for whoever asks later."""
    [policy, _] = await two(house)
    report = await house.report("coverage", [policy], claim=CLAIM)
    as_dict(await house.mia.post(f"/api/v1/reports/{report['id']}/save"), 200)
    assert (await house.get(f"/api/v1/reports/{report['id']}"))["saved"] is True


async def checklist_is_exact(house: House) -> None:
    """Every document, with its own carrier, limits and deductibles; CSV and Excel say the same."""
    report = await house.report("checklist", await two(house))
    table = told(report)[0][1:]
    assert table[0] == "one.pdf | Northwind Mutual | General Aggregate | $2,417,000 | not stated"
    assert table[3] == (
        "one.pdf | Northwind Mutual | Property Damage per Claim | not stated | $4,025"
    )
    assert table[4] == "two.pdf | Southwind Casualty | General Aggregate | $2,500,000 | not stated"
    text = (await export(house, report, "csv")).decode()
    assert [" | ".join(row) for row in csv.reader(io.StringIO(text))][1:] == table
    sheet = load_workbook(io.BytesIO(await export(house, report, "xlsx"))).worksheets[0]
    assert [" | ".join(map(str, row)) for row in sheet.values][1:] == table


async def custom_is_exact(house: House) -> None:
    """The template's sections in their order, with nothing left raw; its CSV says the same."""
    [policy, _] = await two(house)
    report = await house.report("custom", [policy], template="Renewal Summary")
    overview, limits, endorsements, _ = told(report)
    assert [overview[0], overview[-1]] == ["Overview", "Policy Period: 01/01/2026 to 01/01/2027"]
    assert limits[1] == "one.pdf | General Aggregate | $2,417,000"
    assert endorsements == ["Endorsements", *FORMS]
    assert FORMS[1] in (await export(house, report, "csv")).decode()


async def pdf_has_the_pages_figures(house: House) -> None:
    """The PDF's figures are those of the report."""
    [policy, _] = await two(house)
    report = await house.report("analysis", [policy])
    text = _solid(_pdf_text(await export(house, report, "pdf")))
    assert "EachOccurrence$1,013,000" in text


async def chat_is_exact(house: House) -> None:
    """The figure that was asked for, of the document that was chosen, with its page."""
    [policy, _] = await two(house)
    text, end = await house.ask("What is the general aggregate?", document_ids=[policy])
    assert text == "The general aggregate limit is $2,417,000."
    assert end["citations"] == [{"document_id": policy, "name": "one.pdf", "page": 1}]


async def saved_chat_has_its_title(house: House) -> None:
    """A saved chat is called what it was saved as."""
    chat = as_dict(await house.mia.post("/api/v1/chats", json={}), 201)
    await house.mia.post(f"/api/v1/chats/{chat['id']}/save", json={"title": "Mine"})
    assert (await house.get(f"/api/v1/chats/{chat['id']}"))["title"] == "Mine"


async def report_chat_is_exact(house: House) -> None:
    """All exclusions of the report's document, and links to the sections that they name."""
    [policy, _] = await two(house)
    report = await house.report("analysis", [policy])
    text, end = await house.ask("Which exclusions are there?", report_id=report["id"])
    assert text == "The exclusions are: Pollution; War, however caused."
    anchors = {part["title"]: f"#{part['id']}" for part in report["sections"]}
    assert end["links"]
    assert all(anchors[link["section"]] == link["anchor"] for link in end["links"])


async def each_kind_completes(house: House) -> None:
    """A report of each kind is made."""
    [policy, binder] = await two(house)
    await house.report("analysis", [policy])
    await house.report("comparison", [policy, binder])
    await house.report("coverage", [policy], claim=CLAIM)
    await house.report("checklist", [policy])
    await house.report("custom", [policy], template="Risk Review")


async def share_reaches_whom_it_names(house: House) -> None:
    """The mail goes to the address that was given."""
    mails: list[tuple[str, ...]] = []
    house.world.integrations.postmark.send = lambda *mail: mails.append(mail)  # type: ignore
    [policy, _] = await two(house)
    report = await house.report("analysis", [policy])
    path = f"/api/v1/reports/{report['id']}/share"
    as_dict(await house.mia.post(path, json={"email": "x@y.example"}), 202)
    assert [mail[1] for mail in mails] == ["x@y.example"]


async def share_opens_the_report(house: House) -> None:
    """Whom a report was shared with may read it, and nobody may before."""
    [policy, _] = await two(house)
    path = f"/api/v1/reports/{(await house.report('analysis', [policy]))['id']}"
    as_dict(await house.tom.get(path), 404)
    address = {"email": "tom.teammate@harbor.example"}
    as_dict(await house.mia.post(f"{path}/share", json=address), 202)
    assert as_dict(await house.tom.get(path), 200)["sections"]
    assert (await house.tom.get(f"{path}/export.pdf")).status_code == 200


async def files_are_named_by_their_kind(house: House) -> None:
    """Each export has the ending of what it is."""
    report = await house.report("checklist", await two(house))
    for form in ("pdf", "xlsx", "csv"):
        answer = await house.mia.get(f"/api/v1/reports/{report['id']}/export.{form}")
        assert answer.headers["content-disposition"].endswith(f'.{form}"')


def _solid(text: str) -> str:
    return "".join(text.split())


def _pdf_text(content: bytes) -> str:
    return str(pypdfium2.PdfDocument(content)[0].get_textpage().get_text_range())


SYMPTOMS: dict[Symptom, tuple[str, ...]] = {
    analysis_is_exact: (
        "analysis.period-wrong",
        "analysis.finding-of-another-coverage",
        "analysis.limits-swapped",
        "analysis.endorsement-dropped",
        "analysis.endorsement-edition",
        "analysis.limits-in-another-currency",
        "reports.carrier-under-insured",
    ),
    comparison_is_exact: (
        "comparison.row-missing",
        "comparison.difference-omitted",
        "comparison.difference-invented",
        "comparison.differences-reversed",
        "comparison.highlights-on-next-row",
        "comparison.same-document-twice",
    ),
    comparison_pdf_is_whole: (
        "comparison.pdf-of-first-document",
        "comparison.pdf-columns-swapped",
        "comparison.pdf-names-swapped",
    ),
    coverage_is_exact: (
        "coverage.limit-of-another-coverage",
        "coverage.deductibles-swapped",
        "coverage.exclusion-dropped",
        "coverage.claim-garbled",
        "coverage.advice-under-another-number",
    ),
    saving_is_kept: ("reports.save-forgotten",),
    checklist_is_exact: (
        "checklist.limits-shifted",
        "checklist.deductibles-swapped",
        "checklist.carrier-of-first",
        "checklist.document-missing",
        "checklist.excel-lacks-last-row",
        "checklist.csv-columns-swapped",
        "checklist.excel-unreadable",
    ),
    custom_is_exact: (
        "custom.endorsement-dropped",
        "custom.placeholder-left",
        "custom.placeholder-in-brackets",
        "custom.sections-of-all-templates",
        "custom.amounts-bare",
        "custom.sections-reversed",
        "custom.data-lacks-endorsements",
        "custom.dates-raw",
    ),
    pdf_has_the_pages_figures: ("reports.pdf-figures-differ", "reports.pdf-amounts-shifted"),
    chat_is_exact: (
        "chat.figure-of-another-coverage",
        "chat.choice-ignored",
        "chat.cites-another-page",
        "chat.excuse-for-answer",
        "chat.excuse-in-other-words",
        "chat.answers-at-length",
    ),
    saved_chat_has_its_title: ("chat.saved-without-title",),
    report_chat_is_exact: (
        "report-chat.hangs",
        "report-chat.answers-empty",
        "report-chat.exclusion-dropped",
        "report-chat.links-crossed",
    ),
    each_kind_completes: (
        "reports.stuck.analysis",
        "reports.stuck.comparison",
        "reports.stuck.coverage",
        "reports.stuck.checklist",
        "reports.stuck.custom",
    ),
    share_reaches_whom_it_names: ("reports.share-to-nobody",),
    coverage_pdf_is_whole: ("coverage.pdf-lacks-claim",),
    share_opens_the_report: (
        "reports.shared-for-nobody",
        "reports.shared-empty",
        "reports.shared-without-pdf",
    ),
    files_are_named_by_their_kind: ("reports.files-without-kind",),
}
