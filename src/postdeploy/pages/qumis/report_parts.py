"""The parts of a finished report, each kind's own: sections, tables and their columns."""

from __future__ import annotations

from postdeploy.locators.declaration import Find
from postdeploy.pages.qumis.shell import Shell


def _section(name: str, *kinds: str) -> Find:
    return Find("region", f"report.section.{name}", within="main", on=kinds)


def _table(name: str, kind: str) -> Find:
    return Find("table", f"report.table.{name}", within="main", on=(kind,))


def _column(name: str) -> Find:
    label = f"report.column.{name}"
    return Find("columnheader", label, within="coverage_table", on=("checklist",))


class ReportParts(Shell):
    """What the page of a report shows, where its variant is the kind of report.

    Which of a custom report's sections there are depends on its template.
    """

    main = Find("main")
    summary = _section("summary", "analysis")
    key_findings = _section("key-findings", "analysis")
    limits = _section("limits", "analysis")
    endorsements = _section("endorsements", "analysis")
    limits_chart = _section("limits-chart", "analysis")
    side_by_side = _table("side-by-side", "comparison")
    differences = _section("differences", "comparison")
    findings = _section("findings", "coverage")
    recommendations = _section("recommendations", "coverage")
    coverage_table = _table("coverage-checklist", "checklist")
    policy_column = _column("policy")
    carrier_column = _column("carrier")
    coverage_column = _column("coverage")
    limit_column = _column("limit")
    deductible_column = _column("deductible")
    overview = _section("overview", "custom")
    artifacts_section = _section("artifacts", "custom")
    pdf_artifact = Find("link", "report.artifact.pdf", within="artifacts_section", on=("custom",))
    data_artifact = Find("link", "report.artifact.data", within="artifacts_section", on=("custom",))
