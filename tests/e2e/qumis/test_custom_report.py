"""Record row 8: a custom report, made from a template."""

from __future__ import annotations

import re

import httpx
import pytest

from fixtures.documents.facts import DocumentFacts
from fixtures.privacy import require_private_report
from fixtures.report_facts import facts_named, faulty, foreign, lacking, says
from fixtures.report_files import judge_file
from fixtures.report_orders import ReportOrder
from fixtures.report_places import limits_in, mislabelled, unlike
from fixtures.reports import RENEWAL_POLICY
from postdeploy.flow import Flow
from postdeploy.pages.qumis.report import Downloaded, ReportPage
from postdeploy.probes.exports import read_csv, read_pdf

RAW = re.compile(
    r"\{\{.*?\}\}|\{%.*?%\}|<%.*?%>|\$\{.*?\}|\{\w[\w. ]*\}|%\([a-z_]+\)s"  # unfilled placeholders
    r"|<<\s*\w[^<>\n]*>>|(?<![\d%])%[A-Z][A-Z_]+%|(?<!_)__[A-Z]\w*[A-Za-z0-9]__(?!_)"
    r"|\[(?:Insert|Enter|Your) [^\]\n]+\]|\[[A-Za-z]+_[A-Za-z_]+\]"  # but neither "[sic]" nor "[Page 3]"
    r"|\[(?:[A-Z]\w* )+(?i:name|date|address|amount|number|title|here)\]"
    r"|\bNaN\b|\[object \w+\]|(?:^|\t|: )(?:undefined|null)[ \t]*$"  # values that are none, not words:
    r"|(?:^|\t)(?:undefined|null|nil)[ \t]*(?:\t|$)"  # a policy says "None" and "null and void" itself
    r"|</?(?:[a-z]|(?i:br|b|i|u|p|em|strong|span|div|h[1-6]|[uo]l|li|table|t[rdh])\b)[^<>]*>"
    r"|&(?:[a-z]{2,8}|#\w+);|\\[nt\"]"  # markup and escapes shown as such
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d"  # moments as programs write them
    r"|\[[^\]\n]+\]\((?:https?:|mailto:|/|#)[^)\s]*\)|\|[ \t]*:?-{3,}:?[ \t]*\||(?:^[ \t]*\* \S.*\n?){2}"
    r"|\*\*|^\s*#{1,6} |```|\blorem ipsum\b|\bTODO\b|\bTBD\b",
    re.MULTILINE,
)
"""What must never be read in a finished report."""


@pytest.mark.prod_smoke
@pytest.mark.writes("document", "report")
@pytest.mark.covers(
    "custom.loads",
    "custom.selects",
    "custom.generates",
    "custom.progress",
    "custom.completes",
    "custom.opens",
    "custom.sections",
    "custom.formatting",
    "custom.artifacts",
)
async def test_custom_report(flow: Flow) -> None:
    """A template is filled from a policy: its sections, its files, and nothing left raw."""
    policy = await flow.shared(RENEWAL_POLICY)
    facts = policy.sample.facts
    order = ReportOrder(flow, await flow.page("member"), "custom", [policy])
    await order.load(tile=flow.environment.tiles["custom-reporting"].label)
    await order.select(template=order.form.words.renewal_summary)
    await order.generate()
    await order.follow()
    report = await order.complete()
    words = report.words
    content = [words.overview, words.limits, words.endorsements]

    async with flow.check.gate("custom.opens") as step:
        status = await report.open(order.report_id)
        face = await report.settled()
        step.saw(f"{face.heading!r} at {face.path}", expected=f"{order.title!r}")
        assert face.heading == order.title, f"the report is headed {face.heading!r}"
        assert face.path == f"/reports/{order.report_id}", f"the report opened at {face.path}"
        assert status < httpx.codes.BAD_REQUEST, f"the report came with the status {status}"
        assert not face.alerts, f"the report says {face.alerts}"
    async with flow.check.item("custom.sections") as step:
        sections = await report.sections()
        step.saw(sections, expected=f"{content} with the policy's facts")
        absent = [name for name in content if name not in sections]
        assert not absent, f"the report lacks {absent}, it has {sections}"
        assert not faulty(sections), f"sections without a heading, or there twice: {sections}"
        others = [name for name in sections if name not in (*content, words.artifacts)]
        assert not others, f"sections that the template does not have: {others}"
        await judge_sections(report, facts)
    async with flow.check.item("custom.formatting") as step:
        sections, text = await report.sections(), await report.text()
        raw = [match.group().strip() for match in RAW.finditer(text)]
        step.saw(f"{sections}, raw: {raw}", expected=f"{[*content, words.artifacts]}, nothing raw")
        assert not raw, f"shown raw: {raw}"
        known = [name for name in [*content, words.artifacts] if name in sections]
        assert len(known) > 1, f"the report is not set under headings, only {sections}"
        ordered = [name for name in sections if name in known]
        assert ordered == known, f"the headings stand in the order {sections}"
        odd = [
            line
            for line in text.splitlines()
            if re.search(r"\$(?!\d{1,3}(,\d{3})*(\.\d\d)?\b)", line)
        ]
        assert not odd, f"amounts that are not written as such: {odd}"
    async with flow.check.item("custom.artifacts") as step:
        files = sorted((words.pdf_artifact, words.data_artifact))
        offered = await report.artifacts(words.artifacts)
        step.saw(offered, expected=f"{files}, both with the policy's facts")
        assert sorted(offered) == files, f"offered are {offered}"
        shown = await report.text()
        pdf = await report.download_artifact(words.artifacts, words.pdf_artifact)
        judge_pdf(pdf, order.title, shown, facts)
        data = await report.download_artifact(words.artifacts, words.data_artifact)
        judge_csv(data, shown, facts)
        await require_private_report(flow, order.report_id, "pdf", "csv")


async def judge_sections(report: ReportPage, facts: DocumentFacts) -> None:
    """Each section of the template holds what the policy states, and nothing foreign."""
    overview = await report.text(report.words.overview)
    assert not lacking(overview, facts), (
        f"the overview does not name the {lacking(overview, facts)}"
    )
    wrong = mislabelled(overview, report.words.terms(), facts)
    assert not wrong, f"not what these labels are of: {wrong}"
    grid = await report.grid(report.words.limits)
    rows = limits_in(grid, report.words.limit_column, facts)
    right = sorted((name, (amount,)) for name, amount in facts.limits.items())
    assert rows == right, f"the limits are {grid.texts()}, the policy's {dict(facts.limits)}"
    listed = await report.items(report.words.endorsements)
    for form in facts.endorsements:
        named = [line for line in listed if says(line, form.number) and says(line, form.title)]
        assert len(named) == 1, f"{form.printed!r} is listed {len(named)} times"
    others = foreign("\n".join([overview, *listed]), facts)
    assert not others, f"not of this policy: {others}"


def judge_pdf(file: Downloaded, title: str, shown: str, facts: DocumentFacts) -> None:
    """The file is a PDF of this very report."""
    judge_file(file, "pdf")
    pdf = read_pdf(file.content)
    assert not pdf.problem, f"{file.name} is {pdf.problem}"
    assert says(pdf.text, title), f"{file.name} lacks the title {title!r}"
    judge_content(file.name, pdf.text, shown, facts)


def judge_csv(file: Downloaded, shown: str, facts: DocumentFacts) -> None:
    """The file is a CSV of more than its captions, and its rows are of this very report."""
    judge_file(file, "csv")
    read = read_csv(file.content)
    assert not read.problem, f"{file.name} is {read.problem}"
    assert len(read.rows) > 1, f"{file.name} has {len(read.rows)} rows"
    assert len({len(row) for row in read.rows}) == 1, f"the rows of {file.name} differ in length"
    assert len(read.rows[0]) > 1, f"{file.name} has one column: {read.rows[:2]}"
    text = "\n".join(" ".join(map(str, row)) for row in read.rows)
    judge_content(file.name, text, shown, facts)


def judge_content(name: str, text: str, shown: str, facts: DocumentFacts) -> None:
    """A file says of the policy what the page says, and is not empty."""
    wrong = unlike(text, shown, facts)
    assert not wrong, f"{name}, otherwise than the page, {wrong}"
    assert facts_named(text, facts), f"{name} has none of the policy's terms: {text[:200]!r}"
