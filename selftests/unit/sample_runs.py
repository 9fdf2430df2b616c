"""Whole runs of a checklist of real size, with as many failures as asked for."""

from collections.abc import Iterator
from typing import Any

from selftests.unit.sample_journal import Entry, at, attempt, check_entry, end_entry, run_entry

HOSTILE = "<script>alert('x')</script> | `x` **b** \x1b[31mred\x1b[0m ::error::no \u202etxt"

ROWS = {
    "0": "0. Preconditions",
    "1": "1. Login & Home",
    "2": "2. Vault: My + Shared",
    "3-typesense": "3. Search (Typesense)",
    "3-vault": "3. Search (Vault)",
    "4": "4. Single Policy Analysis",
    "5": "5. Policy Comparison",
    "6": "6. Coverage Report",
    "7": "7. Coverage Checklist",
    "8": "8. Custom Report",
    "9-chat": "9. Chat (/chat)",
    "9-report": "9. Chat (in report)",
    "10": "10. Background Jobs",
    "11": "11. Integrations",
    "12": "12. Auth & Permissions",
    "13": "13. Critical failure indicators",
    "14": "14. Infrastructure",
}
NAMES = {
    "0": "pre.test-user pre.document.policy pre.document.binder pre.endpoints pre.identity",
    "1": "home.loads home.console-clean home.tile.claims home.tile.contracts login.sso"
    " login.persists login.logout link.chat link.documents",
    "2": "vault.my.upload vault.my.listed vault.my.viewer vault.my.download vault.shared.tab"
    " vault.shared.upload vault.shared.visible-to-team vault.rename vault.delete-restore",
    "3-typesense": "search.home.keyword search.home.includes-document search.home.pagination",
    "3-vault": "search.vault.filename search.vault.metadata search.vault.non-indexed",
    "4": "analysis.loads analysis.generates analysis.completes analysis.summary analysis.limits",
    "5": "comparison.loads comparison.completes comparison.differences comparison.export",
    "6": "coverage.loads coverage.completes coverage.findings coverage.recommendations",
    "7": "checklist.loads checklist.completes checklist.column.limits checklist.export",
    "8": "custom.opens custom.progress custom.completes custom.sections",
    "9-chat": "chat.opens chat.asks chat.uses-context chat.citations chat.saves",
    "9-report": "report-chat.opens report-chat.asks report-chat.links",
    "10": "jobs.five jobs.all-complete jobs.none-stuck perf.response-times perf.memory",
    "11": "email.sent email.delivered sentry.recorded fullstory.session cloudwatch.metrics"
    " logs.llm-clean slack.alerts",
    "12": "auth.unauthenticated-401 auth.valid-200 role.admin-only session.logout-clears",
    "14": "health.api health.llm ecs.api.steady ecs.api.version alarm.api-5xx rds.main",
}
WEIGHTS = {
    "R": "home.loads login.sso vault.my.upload search.home.keyword analysis.completes"
    " comparison.completes coverage.completes checklist.completes custom.completes chat.asks"
    " jobs.five jobs.all-complete cloudwatch.metrics logs.llm-clean auth.unauthenticated-401"
    " auth.valid-200 health.api health.llm ecs.api.steady ecs.api.version rds.main",
    "W": "fullstory.session slack.alerts",
}
INDICATORS = {
    "A health endpoint answers 5xx": "health.api health.llm",
    "Jobs enqueue and never complete": "analysis.completes comparison.completes"
    " coverage.completes checklist.completes custom.completes jobs.all-complete jobs.five",
    "Model-provider errors": "logs.llm-clean chat.asks",
    "Search or storage unavailable": "search.home.keyword vault.my.upload",
    "Authentication consistently fails": "login.sso auth.valid-200",
    "Observability not functioning": "cloudwatch.metrics",
}
TITLES = {
    "vault.my.download": "The download's bytes equal the upload's",
    "vault.my.upload": "The policy PDF uploads to My Vault",
    "analysis.completes": "The analysis job reaches Complete within its deadline",
    "analysis.limits": "The limits table holds the figures of the document",
    "chat.citations": "A citation names the document and opens it",
    "search.home.pagination": "Page 2 holds other results, and none is lost or repeated",
    "perf.response-times": "p95 of each declared endpoint is below its bound",
    "fullstory.session": "A session of the test user from this run exists",
}
FAILING = [
    "vault.my.download",
    "analysis.completes",
    "perf.response-times",
    "search.home.pagination",
    "home.console-clean",
    "login.persists",
    "link.chat",
    "vault.my.viewer",
    "vault.shared.visible-to-team",
    "vault.rename",
    "vault.delete-restore",
    "search.vault.metadata",
    "comparison.differences",
    "comparison.export",
    "coverage.findings",
    "coverage.recommendations",
    "checklist.column.limits",
    "checklist.export",
    "custom.progress",
    "custom.sections",
    "chat.citations",
    "chat.saves",
    "report-chat.links",
    "jobs.none-stuck",
    "email.delivered",
    "sentry.recorded",
    "role.admin-only",
    "session.logout-clears",
    "alarm.api-5xx",
    "health.llm",
]
OBSERVED = {
    "vault.my.download": (
        "SHA-256 4f1c…9a02, 48 213 bytes",
        "SHA-256 e3b0…b855, 0 bytes (content-length 48213)",
    ),
    "analysis.completes": ("status Complete within 120 s", "status Processing after 120.4 s"),
    "perf.response-times": (
        "p95 of GET /api/v1/documents < 800 ms",
        "p95 = 1 940 ms over 40 samples (median 310 ms)",
    ),
}
CURL = (
    "curl -sS -H 'Authorization: Bearer [redacted]'"
    " 'https://api.staging.example/api/v1/documents/d-81/content'"
    " -o /dev/null -w '%{http_code} %{size_download}'"
)


def sample_run(failures: int = 0, *, hostile: bool = False, **run: Any) -> list[Entry]:
    """The journal of a run in which so many items failed, and the right others were blocked."""
    failing = FAILING[:failures]
    planned = list(_items())
    versions = {"api": "2026.11.3-4f2a9c1", "web": "2026.11.3-4f2a9c1"}
    deployments = {"api": "ecs-svc/7719350143", "web": "ecs-svc/2210498812"}
    look = {"kind": "identity", "versions": versions, "deployments": deployments}
    text = HOSTILE if hostile else ""
    return [
        run_entry(version_expected=dict.fromkeys(versions, "4f2a9c1"), **run),
        {
            "kind": "plan",
            "rows": [{"id": name, "title": title} for name, title in ROWS.items()],
            "items": planned,
            "selected": [one["id"] for one in planned if one["applicable"] and one["covered"]],
        },
        {**look, "when": "start"},
        *_attempts(planned, failing, text),
        *_checks(planned, failing),
        {**look, "when": "end"},
        end_entry(ended=at(41.3), pytest_exit=int(bool(failing))),
    ]


def _items() -> Iterator[Entry]:
    weights = {name: weight for weight, names in WEIGHTS.items() for name in names.split()}
    rules = {name: title for title, names in INDICATORS.items() for name in names.split()}
    for row, names in NAMES.items():
        for name in names.split():
            yield {
                "id": name,
                "row": row,
                "title": TITLES.get(name, f"{name.split('.')[0].title()}: {name} holds"),
                "weight": weights.get(name, "B" if row == "0" else "F"),
                "required": name not in ("slack.alerts", "vault.rename"),
                "applicable": name != "slack.alerts",
                "why": "the target declares no alert channel" if name == "slack.alerts" else "",
                "covered": True,
                "checks": [_check_of(name)],
                "remediation": _remediation(name),
                "indicator": rules.get(name),
            }


def _check_of(name: str) -> str:
    flow = name.split(".")[0].replace("-", "_")
    folder = "infra" if flow in ("health", "ecs", "alarm", "rds", "cloudwatch") else "e2e"
    return f"tests/{folder}/test_{flow}.py::test_{flow}_works"


def _remediation(name: str) -> str:
    if name == "analysis.completes":
        return "Look at Sidekiq's retries and at the worker's log; restart sidekiq if it hangs."
    return "Compare the object in S3 with the upload." if name == "vault.my.download" else ""


def _attempts(planned: list[Entry], failing: list[str], text: str) -> Iterator[Entry]:
    for number, one in enumerate(found for found in planned if found["applicable"]):
        name, facts = one["id"], {"check": _check_of(one["id"]), "ended": at(2 + number * 0.5)}
        if name == "chat.uses-context":
            yield attempt(name, "failed", note="the answer came without the figure", **facts)
            yield attempt(name, "passed", attempt=2, **facts)
        elif name == "fullstory.session":
            yield attempt(name, "failed", expected="a session", observed="none", **facts)
        elif name in failing:
            yield _failed(name, text, facts)
        elif failing and name in ("analysis.summary", "analysis.limits"):
            note = "not reached: analysis.completes failed"
            yield attempt(name, "blocked" if len(failing) > 1 else "passed", note=note, **facts)
        else:
            yield attempt(name, "passed", expected="holds", observed="holds", **facts)


def _failed(name: str, text: str, facts: Entry) -> Entry:
    expected, observed = OBSERVED.get(name, ("the page says Saved", "the page says Try again"))
    return attempt(
        name,
        "failed",
        expected=expected,
        observed=f"{observed} {text}".strip(),
        note=text,
        evidence=[
            {"kind": "screenshot", "title": f"The page at {name}", "path": f"evidence/{name}.png"},
            {"kind": "curl", "title": "Ask again", "text": CURL},
            {"kind": "trace", "title": "Playwright trace", "path": f"evidence/{name}.zip"},
        ],
        **facts,
    )


def _checks(planned: list[Entry], failing: list[str]) -> Iterator[Entry]:
    names = list(dict.fromkeys(_check_of(one["id"]) for one in planned if one["applicable"]))
    bad = {_check_of(name) for name in failing} | {_check_of("fullstory.session")}
    free = [0.4] * 6  # six at once
    for number, check in enumerate(names):
        lane = min(range(len(free)), key=lambda index: free[index])
        length = 2.0 + (number * 7 % 11) * 1.3 if "e2e" in check else 0.8
        start, free[lane] = free[lane], free[lane] + length
        yield check_entry(
            check,
            "failed" if check in bad else "passed",
            title=check.rpartition("::")[2].replace("_", " ").capitalize(),
            queued=at(0.4),
            started=at(start),
            ended=at(start + length),
            waiting_seconds=length * 0.7,
        )
