"""What the product calls the parts of a report, the columns of its tables, and its states."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from postdeploy.locators.declaration import Caption

if TYPE_CHECKING:
    from postdeploy.target import Target


class StatusWords:
    """The line that tells a report's state, and the state as the API calls it."""

    line = Caption("report.status.line", "status")
    queued = Caption("report.status.queued")
    processing = Caption("report.status.processing")
    complete = Caption("report.status.complete")
    failed = Caption("report.status.failed")

    def __init__(self, target: Target) -> None:
        self.target = target

    @property
    def whole(self) -> str:
        """A regular expression for an element that holds the line; its group is the state's word."""
        return r"^\s*" + self._with(r"\w+")

    @property
    def within(self) -> str:
        """The same where other text may follow without a space; for the browser's script too."""
        return self._with("[A-Z][a-z]+")

    def state(self, shown: str) -> str:
        """Queued, Processing, Complete or Failed, for the word shown; any other word as it is."""
        return self._states().get(shown, shown)

    def _states(self) -> dict[str, str]:
        return {
            self.queued: "Queued",
            self.processing: "Processing",
            self.complete: "Complete",
            self.failed: "Failed",
        }

    def _with(self, other: str) -> str:
        before = self.line.partition("{")[0].rstrip()
        words = "|".join(re.escape(word) for word in self._states())
        return f"{re.escape(before)} ?((?:{words})(?![a-z])|{other})"


class ReportWords:
    """The captions within a finished report."""

    summary = Caption("report.section.summary")
    key_findings = Caption("report.section.key-findings")
    limits = Caption("report.section.limits")
    endorsements = Caption("report.section.endorsements")
    limits_chart = Caption("report.section.limits-chart")
    differences = Caption("report.section.differences")
    findings = Caption("report.section.findings")
    recommendations = Caption("report.section.recommendations")
    overview = Caption("report.section.overview")
    artifacts = Caption("report.section.artifacts")

    side_by_side = Caption("report.table.side-by-side")
    coverage_table = Caption("report.table.coverage-checklist")
    policy_column = Caption("report.column.policy")
    carrier_column = Caption("report.column.carrier")
    coverage_column = Caption("report.column.coverage")
    limit_column = Caption("report.column.limit")
    deductible_column = Caption("report.column.deductible")

    carrier = Caption("report.term.carrier")
    named_insured = Caption("report.term.named-insured")
    policy_number = Caption("report.term.policy-number")
    policy_period = Caption("report.term.policy-period")
    endorsements_term = Caption("report.term.endorsements")

    pdf_artifact = Caption("report.artifact.pdf")
    data_artifact = Caption("report.artifact.data")
    sent = Caption("report.share.done", "email")

    analysis_title = Caption("report.title.analysis", "names", "first", "second", "template")
    comparison_title = Caption("report.title.comparison", "names", "first", "second", "template")
    coverage_title = Caption("report.title.coverage", "names", "first", "second", "template")
    checklist_title = Caption("report.title.checklist", "names", "first", "second", "template")
    custom_title = Caption("report.title.custom", "names", "first", "second", "template")

    def __init__(self, target: Target) -> None:
        self.target = target

    def columns(self) -> dict[str, str]:
        """The captions of the coverage checklist's columns, by what they hold."""
        return {
            "policy": self.policy_column,
            "carrier": self.carrier_column,
            "coverage": self.coverage_column,
            "limit": self.limit_column,
            "deductible": self.deductible_column,
        }

    def terms(self) -> dict[str, str]:
        """The captions of a comparison's rows that are not coverages, by what they are of a document."""
        return {
            "carrier": self.carrier,
            "named insured": self.named_insured,
            "policy number": self.policy_number,
            "policy period": self.policy_period,
            "endorsements": self.endorsements_term,
        }

    def title(self, kind: str, names: list[str], template: str = "") -> str:
        """What a report of this kind about the documents of these names is called."""
        forms = {
            "analysis": self.analysis_title,
            "comparison": self.comparison_title,
            "coverage": self.coverage_title,
            "checklist": self.checklist_title,
            "custom": self.custom_title,
        }
        fields = {"first": names[0], "second": names[-1], "names": ", ".join(names)}
        return forms[kind].format(**fields, template=template)


class FormWords:
    """The headings of the pages that ask for a report, and the templates that one of them offers."""

    analysis = Caption("reports.heading.analysis")
    comparison = Caption("reports.heading.comparison")
    coverage = Caption("reports.heading.coverage")
    checklist = Caption("reports.heading.checklist")
    custom = Caption("reports.heading.custom")
    renewal_summary = Caption("reports.template.renewal-summary")

    def __init__(self, target: Target) -> None:
        self.target = target

    def heading(self, kind: str) -> str:
        """The heading of the page of one kind."""
        return {
            "analysis": self.analysis,
            "comparison": self.comparison,
            "coverage": self.coverage,
            "checklist": self.checklist,
            "custom": self.custom,
        }[kind]
