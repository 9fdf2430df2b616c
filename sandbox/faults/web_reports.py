"""Faults of asking for a report, of watching it being made, and of handing it on."""

from __future__ import annotations

from typing import ClassVar

from sandbox.faults.web_change import Change, WebChangeFault


class GenerateStaysDisabled(WebChangeFault):
    id: ClassVar[str] = "web.generate-stays-disabled"
    title: ClassVar[str] = "The button Generate stays disabled whatever is chosen"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "pages/generate.js",
            "button.disabled = !mayWrite(view.me) || !form.complete(choice());",
            "button.disabled = true;",
        ),
    )


class GenerateDead(WebChangeFault):
    id: ClassVar[str] = "web.generate-dead"
    title: ClassVar[str] = "Pressing Generate does nothing"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("pages/generate.js", "await order(view, form, picker.chosen(), choice());", ""),
    )


class PickerEmpty(WebChangeFault):
    id: ClassVar[str] = "web.picker-empty"
    title: ClassVar[str] = "The report pages offer no document"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("picker.js", 'document.status === "Ready"', 'document.status === "Indexed"'),
    )


class PickerWithoutShared(WebChangeFault):
    id: ClassVar[str] = "web.picker-without-shared"
    title: ClassVar[str] = "The report pages offer no document of the Shared Vault"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "picker.js", 'call("documents", { signal })', 'call("documents?vault=my", { signal })'
        ),
    )


class TemplatesMissing(WebChangeFault):
    id: ClassVar[str] = "web.templates-missing"
    title: ClassVar[str] = "Custom Reporting offers no template"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("report-forms.js", '["Renewal Summary", "Risk Review", "Executive Briefing"]', "[]"),
    )


class ClaimMissing(WebChangeFault):
    id: ClassVar[str] = "web.claim-missing"
    title: ClassVar[str] = "The Coverage Report page has no field for the claim"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("report-forms.js", "    claim: true,\n", ""),
        Change("report-forms.js", ' && claim !== ""', ""),
    )


class ProgressMissing(WebChangeFault):
    id: ClassVar[str] = "web.progress-missing"
    title: ClassVar[str] = "A report that is being made shows neither bar nor phases"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("progress.js", "status, bar, list)", "status)"),
    )


class PhasesFrozen(WebChangeFault):
    id: ClassVar[str] = "web.phases-frozen"
    title: ClassVar[str] = "The phases of a report never change, nor does its progress"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "progress.js",
            "latest.phases.forEach((phase, index) => showPhase(phases[index], phase));",
            "",
        ),
        Change("progress.js", "String(Math.round(latest.progress))", '"0"'),
    )


class ReportStuckOnScreen(WebChangeFault):
    id: ClassVar[str] = "web.report-stuck-on-screen"
    title: ClassVar[str] = "A finished report still says Processing on the screen"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("pages/report.js", "return isOver(latest);", "return false;"),
        Change("pages/report.js", "isOver(first) && !ordered ? first :", ""),
    )


class ReportNeedsReload(WebChangeFault):
    id: ClassVar[str] = "web.report-needs-reload"
    title: ClassVar[str] = "A report is shown only after a reload of its page"
    changes: ClassVar[tuple[Change, ...]] = (
        Change("pages/report.js", "return isOver(latest);", "return false;"),
    )


class ExportDead(WebChangeFault):
    id: ClassVar[str] = "web.export-dead"
    title: ClassVar[str] = "The exports of a report lead nowhere"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "report-actions.js",
            "href: apiUrl(`reports/${report.id}/export.${suffix}`)",
            'href: "#"',
        ),
        Change("report-actions.js", 'class: "button", download: true,', 'class: "button",'),
    )


class ExcelIsCsv(WebChangeFault):
    id: ClassVar[str] = "web.excel-is-csv"
    title: ClassVar[str] = "Export Excel downloads the CSV"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "report-actions.js", "export.${suffix}", 'export.${suffix === "xlsx" ? "csv" : suffix}'
        ),
    )


class SaveDead(WebChangeFault):
    id: ClassVar[str] = "web.report-save-dead"
    title: ClassVar[str] = "Save on a report does nothing"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "report-actions.js",
            (
                '    await call(`reports/${report.id}/save`, { method: "POST" });\n'
                '    button.textContent = "Saved";\n'
            ),
            "",
        ),
    )


class SharePretended(WebChangeFault):
    id: ClassVar[str] = "web.share-pretended"
    title: ClassVar[str] = "The share dialog says Sent but sends nothing"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "report-actions.js",
            'await call(`reports/${report.id}/share`, { method: "POST", json: { email } });',
            "",
        ),
    )


class ShareDead(WebChangeFault):
    id: ClassVar[str] = "web.share-dead"
    title: ClassVar[str] = "The share dialog's Send does nothing"
    changes: ClassVar[tuple[Change, ...]] = (
        Change(
            "dialog.js",
            "    return finish(input?.control.value.trim());",
            '    return title === "Share report" ? null : finish(input?.control.value.trim());',
        ),
    )
