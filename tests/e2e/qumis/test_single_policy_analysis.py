"""Record row 4: the analysis of one policy."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from fixtures.documents.facts import DocumentFacts
from fixtures.privacy import require_private_report
from fixtures.report_facts import (
    amounts_in,
    facts_named,
    faulty,
    foreign,
    lacking,
    misattributed,
    says,
)
from fixtures.report_files import judge_file
from fixtures.report_orders import ReportOrder
from fixtures.report_places import limits_in, mislabelled, unlike
from fixtures.reports import read_report
from fixtures.vault import POLICY
from postdeploy.flow import Flow
from postdeploy.pages.qumis.home import HomePage
from postdeploy.pages.qumis.report import Downloaded, ReportPage
from postdeploy.pages.qumis.report_recent import Recent
from postdeploy.probes.exports import read_pdf
from postdeploy.waiting import until


@pytest.mark.prod_smoke
@pytest.mark.writes("document", "report", "mail")
@pytest.mark.covers(
    "analysis.loads",
    "analysis.selects",
    "analysis.generates",
    "analysis.progress",
    "analysis.completes",
    "analysis.opens",
    "analysis.summary",
    "analysis.findings",
    "analysis.limits",
    "analysis.endorsements",
    "analysis.charts",
    "analysis.export",
    "analysis.recent",
)
async def test_single_policy_analysis(flow: Flow) -> None:
    """A policy is analysed on request, and the report says what this policy says."""
    policy = await flow.shared(POLICY)
    facts = policy.sample.facts
    page = await flow.page("member")
    order = ReportOrder(flow, page, "analysis", [policy])
    await order.load()
    await order.select()
    await order.generate()
    await order.follow()
    report = await order.complete()

    async with flow.check.gate(
        "analysis.opens", expected=f"{order.title!r}, with its sections"
    ) as step:
        status = await report.open(order.report_id)
        face = await report.settled()
        sections = await report.sections()
        step.saw(f"{face.heading!r} and {sections}")
        assert face.heading == order.title, f"the report is headed {face.heading!r}"
        assert face.path == f"/reports/{order.report_id}", f"the report opened at {face.path}"
        assert status < httpx.codes.BAD_REQUEST, f"the report came with the status {status}"
        assert not face.alerts, f"the report says {face.alerts}"
        assert sections, "the report has no sections"
        assert not faulty(sections), f"sections without a heading, or there twice: {sections}"
    async with flow.check.item("analysis.summary") as step:
        summary = await report.text(report.words.summary)
        step.saw(summary, expected=f"{facts.carrier}, {facts.policy_number}, {facts.period}")
        missing = lacking(summary, facts)
        assert not missing, f"the summary does not name the right {missing}"
        assert not foreign(summary, facts), f"not of this policy: {foreign(summary, facts)}"
        wrong = mislabelled(summary, report.words.terms(), facts)
        assert not wrong, f"not what these labels are of: {wrong}"
    async with flow.check.item("analysis.findings") as step:
        findings = await report.items(report.words.key_findings)
        step.saw(findings, expected="terms and amounts of this policy, and of no other")
        judge_findings(findings, facts)
    async with flow.check.item("analysis.limits") as step:
        grid = await report.grid(report.words.limits)
        rows = limits_in(grid, report.words.limit_column, facts)
        right = sorted((name, (amount,)) for name, amount in facts.limits.items())
        step.saw(grid.texts(), expected=dict(facts.limits))
        assert rows == right, f"the table holds {grid.texts()}, the policy {dict(facts.limits)}"
    async with flow.check.item("analysis.endorsements") as step:
        listed = await report.items(report.words.endorsements)
        printed = [form.printed for form in facts.endorsements]
        step.saw(listed, expected=printed)
        assert len(listed) == len(printed), f"{len(listed)} listed, {len(printed)} in the policy"
        for form in facts.endorsements:
            named = [line for line in listed if says(line, form.number) and says(line, form.title)]
            assert len(named) == 1, f"{form.printed!r} is listed {len(named)} times"
    async with flow.check.item("analysis.charts") as step:
        told = await press_all_bars(flow, report, facts)
        step.saw(told, expected=dict(facts.limits))
    async with flow.check.item("analysis.export") as step:
        file = await report.download("pdf")
        judge_pdf(file, order.title, await report.text(), facts)
        colleague = flow.person("teammate").email
        words = report.words.sent.format(email=colleague)
        sharing = await report.share(colleague)
        assert sharing.status == httpx.codes.ACCEPTED, f"{sharing.status}: {sharing.text}"
        step.saw("a PDF with the policy's facts", expected=f"the same, and {words!r}")
        sent = await until(
            report.announcements,
            lambda said: any(says(text, words) for text in said),
            what=f"the word that the report was sent to {colleague}",
            seconds=flow.environment.bounds.page_seconds,
        )
        step.saw(f"a PDF with the policy's facts, and {sent}")
        await judge_shared(flow, order.report_id, facts)
        await require_private_report(flow, order.report_id, "pdf")
    async with flow.check.item("analysis.recent") as step:
        recent = Recent(page, flow.target)
        newest = await newest_report(flow)
        await recent.open()
        entries = await recent.entries()
        mine = [entry for entry in entries if entry.href == f"/reports/{order.report_id}"]
        step.saw(entries, expected=f"{order.title!r} among them, once")
        assert [entry.text for entry in mine] == [order.title], f"of this report: {mine}"
        listed = [entry.href for entry in entries]
        assert newest in listed, f"the newest report that the API knows, {newest}, is not listed"
        await recent.follow(mine[0].href)
        opened = await report.settled(leaving=HomePage(page, flow.target).greeting_words)
        assert opened.heading == order.title, f"the entry leads to {opened.heading!r}"


async def judge_shared(flow: Flow, report_id: str, facts: DocumentFacts) -> None:
    """The colleague may read what the page says it has sent them: all of it, on the page and as a file."""
    path = f"/api/v1/reports/{report_id}"
    report = await shared_with_colleague(flow, path)
    theirs = contents(report.json(), facts)
    own = contents(await read_report(await flow.client("member"), report_id), facts)
    assert theirs == own, f"the colleague is given {theirs}, the owner {own}"
    file = await shared_with_colleague(flow, f"{path}/export.pdf")
    problem = read_pdf(file.content).problem
    assert not problem, f"the file that the colleague is given is {problem}"


async def shared_with_colleague(flow: Flow, path: str) -> httpx.Response:
    """What the colleague is given there, once it is given to them."""
    client = await flow.client("teammate")
    answers: list[httpx.Response] = []

    async def answered() -> int:
        answers.append(await client.get(path))
        return answers[-1].status_code

    await until(
        answered,
        lambda status: status == httpx.codes.OK,
        what=f"the colleague, whom the report was shared with, is given {path}",
        seconds=flow.environment.bounds.page_seconds,
    )
    return answers[-1]


def contents(report: dict[str, Any], facts: DocumentFacts) -> tuple[list[str], list[str]]:
    """The titles of a report's sections, and which of the document's facts they hold."""
    sections = report["sections"]
    text = json.dumps(sections, ensure_ascii=False)
    return [section["title"] for section in sections], facts_named(text, facts)


async def newest_report(flow: Flow) -> str:
    """The path of the newest report by the API's own list of recent ones."""
    client = await flow.client("member")
    answer = await client.get("/api/v1/recent", params={"kind": "reports"})
    assert answer.status_code == httpx.codes.OK, f"GET recent answered {answer.status_code}"
    items = answer.json()["items"]
    assert items, "the API knows of no recent report"
    return str(items[0]["path"])


def judge_findings(findings: list[str], facts: DocumentFacts) -> None:
    """The findings are of this policy: its own facts, each with its own amount."""
    text = "\n".join(findings)
    named = facts_named(text, facts)
    assert len(named) >= 2, f"the findings name only {named} of this policy's terms: {findings}"
    assert not faulty(findings), f"empty, or said before: {faulty(findings)}"
    assert not foreign(text, facts), f"not of this policy: {foreign(text, facts)}"
    wrong = misattributed(findings, facts)
    assert not wrong, f"a term is given an amount that is not its own: {wrong}"


async def press_all_bars(flow: Flow, report: ReportPage, facts: DocumentFacts) -> list[str]:
    """Press each bar of the chart; each must answer with its own coverage and amount."""
    chart = report.words.limits_chart
    bars = await report.bars(chart)
    assert sorted(bars) == sorted(facts.limits), f"the chart has bars for {bars}"
    told = []
    for bar in bars:
        await report.press_bar(chart, bar)
        said = await until(
            lambda: report.chart_status(chart),
            lambda said, bar=bar: says(said, bar),  # type: ignore[misc]
            what=f"what the bar {bar!r} says",
            seconds=flow.environment.bounds.page_seconds,
        )
        told.append(said)
        right = facts.limits[bar]
        assert amounts_in(said) == (right,), f"{bar!r} is ${right:,}, the chart says {said!r}"
    return told


def judge_pdf(file: Downloaded, title: str, shown: str, facts: DocumentFacts) -> None:
    """The file is a PDF with the report's title, and says of the policy what the page says."""
    judge_file(file, "pdf")
    pdf = read_pdf(file.content)
    assert not pdf.problem, f"{file.name} is {pdf.problem}"
    assert says(pdf.text, title), f"the PDF lacks the title {title!r}: {pdf.text[:200]!r}"
    wrong = unlike(pdf.text, shown, facts)
    assert not wrong, f"the PDF, otherwise than the page, {wrong}"
    assert facts_named(pdf.text, facts), (
        f"the PDF has none of the policy's terms: {pdf.text[:200]!r}"
    )
