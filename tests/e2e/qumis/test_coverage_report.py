"""Record row 6: the coverage report about a claim."""

from __future__ import annotations

import pytest

from fixtures.documents.facts import DocumentFacts
from fixtures.privacy import require_private_report
from fixtures.report_facts import (
    absent_exclusions,
    amounts_in,
    facts_named,
    faulty,
    foreign,
    holds,
    misattributed,
    says,
)
from fixtures.report_files import judge_file
from fixtures.report_orders import ReportOrder
from fixtures.report_places import unlike
from fixtures.reports import CLAIM_POLICY, read_report
from postdeploy.flow import Flow
from postdeploy.pages.qumis.report import Downloaded
from postdeploy.probes.exports import read_pdf

COVERAGE = "Each Occurrence"
"""The coverage that the claim is about; named in the claim's text."""


def claim_of(run_id: str) -> str:
    """A claim that no other run describes, with letters that a wrong encoding would garble."""
    return (
        f"Claim {run_id}: a visitor to the café of Müller & Sons slipped and broke a wrist; "
        "one occurrence, to be read against the Each Occurrence limit."
    )


@pytest.mark.prod_smoke
@pytest.mark.writes("document", "report")
@pytest.mark.covers(
    "coverage.loads",
    "coverage.selects",
    "coverage.generates",
    "coverage.progress",
    "coverage.completes",
    "coverage.findings",
    "coverage.recommendations",
    "coverage.export",
)
async def test_coverage_report(flow: Flow) -> None:
    """A claim is read against a policy: its limit, deductibles and exclusions, and what to do."""
    policy = await flow.shared(CLAIM_POLICY)
    facts, claim = policy.sample.facts, claim_of(flow.run_id)
    order = ReportOrder(flow, await flow.page("member"), "coverage", [policy])
    await order.load()
    await order.select(claim=claim)
    await order.generate()
    await order.follow()
    report = await order.complete()

    async with flow.check.item("coverage.findings") as step:
        face = await report.settled()
        assert face.heading == order.title, f"the report is headed {face.heading!r}"
        assert not face.alerts, f"the report says {face.alerts}"
        findings = await report.items(report.words.findings)
        step.saw(findings, expected=f"the claim, {COVERAGE}, deductibles, exclusions of the policy")
        judge_findings(findings, claim, facts)
    async with flow.check.item("coverage.recommendations") as step:
        advice = await report.items(report.words.recommendations)
        step.saw(advice, expected=f"advice about {facts.policy_number} of {facts.carrier}")
        judge_recommendations(advice, facts)
    async with flow.check.item("coverage.export") as step:
        await report.save()
        data = await read_report(await flow.client("member"), order.report_id)
        assert data["saved"] is True, "the page says Saved, the API says that it is not"
        file = await report.download("pdf")
        step.saw(
            f"saved; {file.name}, {len(file.content)} bytes", expected="a PDF with the findings"
        )
        judge_pdf(file, order.title, await report.text(), claim, facts)
        await require_private_report(flow, order.report_id, "pdf")


def judge_findings(findings: list[str], claim: str, facts: DocumentFacts) -> None:
    """The findings take up the claim and give this policy's limit, deductibles and exclusions."""
    text = "\n".join(findings)
    assert says(text, claim), f"the findings do not take up the claim: {findings}"
    figures = set(amounts_in(text))
    due = {COVERAGE: facts.limits[COVERAGE], **facts.deductibles}
    assert not faulty(findings), f"empty, or said before: {faulty(findings)}"
    absent = {name: amount for name, amount in due.items() if amount not in figures}
    assert not absent, f"the findings lack {absent}"
    missing = absent_exclusions(text, facts)
    assert not missing, f"the findings lack the exclusions {missing}"
    assert not foreign(text, facts), f"not of this policy: {foreign(text, facts)}"
    wrong = misattributed((line for line in findings if not says(line, claim)), facts)
    assert not wrong, f"a term is given an amount that is not its own: {wrong}"


def judge_recommendations(advice: list[str], facts: DocumentFacts) -> None:
    """There is advice, none of it empty, and it is about this policy."""
    text = "\n".join(advice)
    assert advice, "the report recommends nothing"
    assert not faulty(advice), f"empty, or said before: {faulty(advice)}"
    own = (facts.carrier, facts.policy_number, facts.named_insured)
    assert any(says(text, name) for name in own), f"the advice names none of {own}: {advice}"
    assert not foreign(text, facts), f"not of this policy: {foreign(text, facts)}"
    assert not misattributed(advice, facts), f"a wrong amount: {misattributed(advice, facts)}"


def judge_pdf(file: Downloaded, title: str, shown: str, claim: str, facts: DocumentFacts) -> None:
    """The file is a PDF with the report's title, and says of claim and policy what the page says."""
    judge_file(file, "pdf")
    pdf = read_pdf(file.content)
    assert not pdf.problem, f"{file.name} is {pdf.problem}"
    assert says(pdf.text, title), f"the PDF lacks the title {title!r}"
    assert holds(pdf.text, claim) or not says(shown, claim), "the PDF does not take up the claim"
    wrong = unlike(pdf.text, shown, facts)
    assert not wrong, f"the PDF, otherwise than the page, {wrong}"
    assert facts_named(pdf.text, facts), (
        f"the PDF has none of the policy's terms: {pdf.text[:200]!r}"
    )
