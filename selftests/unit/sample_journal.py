"""Journals of runs that never were, for the tests of the record and for looking at its pages."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
Entry = dict[str, Any]


def at(seconds: float) -> str:
    """The moment so many seconds after the start of the run."""
    return (START + timedelta(seconds=seconds)).isoformat()


def run_entry(**changes: Any) -> Entry:
    return {
        "kind": "run",
        "schema": 1,
        "run_id": "20261120-093000-7f3a",
        "system": "qumis",
        "system_title": "Qumis",
        "environment": "staging",
        "urls": {"app": "https://app.staging.example", "api": "https://api.staging.example"},
        "started": at(0),
        "tester": "Rita Release",
        "reason": "release 2026.11.3",
        "tool_version": "0.1.0",
        "selection": {"markers": "prod_smoke", "keyword": "", "paths": []},
        "scope": "full",
        "version_expected": None,
        "python": "3.11.2",
        "command": "pytest -m prod_smoke --env staging",
        **changes,
    }


def item(name: str, **changes: Any) -> Entry:
    return {
        "id": name,
        "row": "2",
        "title": f"what {name} holds",
        "weight": "F",
        "required": True,
        "applicable": True,
        "why": "",
        "covered": True,
        "checks": [],
        "remediation": "",
        "indicator": None,
        **changes,
    }


def plan_entry(items: Iterable[Entry], **changes: Any) -> Entry:
    items = list(items)
    return {
        "kind": "plan",
        "rows": [{"id": "2", "title": "2. Vault: My + Shared"}],
        "items": items,
        "selected": [one["id"] for one in items if one["applicable"] and one["covered"]],
        **changes,
    }


def attempt(name: str, outcome: str = "passed", **changes: Any) -> Entry:
    check = changes.get("check", f"tests/e2e/test_it.py::test_{name}")
    number = changes.get("attempt", 1)
    return {
        "kind": "attempt",
        "uid": f"{check}|{name}|{number}|{outcome}",
        "item": name,
        "outcome": outcome,
        "note": "",
        "expected": "",
        "observed": "",
        "attempt": 1,
        "check": check,
        "check_title": f"A title for {name}",
        "started": at(1),
        "ended": at(2),
        "evidence": [],
        "worker": "",
        **changes,
    }


def check_entry(check: str, status: str = "passed", **changes: Any) -> Entry:
    return {
        "kind": "check",
        "check": check,
        "title": "A check",
        "status": status,
        "queued": at(0),
        "started": at(1),
        "ended": at(2),
        "attempts": 1,
        "waiting_seconds": 0.5,
        **changes,
    }


def end_entry(**changes: Any) -> Entry:
    return {"kind": "end", "ended": at(90), "how": "finished", "pytest_exit": 0, **changes}


def journal_of(
    attempts: Iterable[Mapping[str, Any]],
    *,
    items: Iterable[Entry] | None = None,
    others: Iterable[Mapping[str, Any]] = (),
    end: Entry | None = None,
    **run: Any,
) -> list[Mapping[str, Any]]:
    """A whole journal; without `items`, each attempted item is planned with weight F."""
    attempts = list(attempts)
    names = dict.fromkeys(one["item"] for one in attempts)
    planned = list(items) if items is not None else [item(name) for name in names]
    bad = any(one["outcome"] in ("failed", "blocked") for one in attempts)
    ending = end or end_entry(pytest_exit=int(bad))
    return [run_entry(**run), plan_entry(planned), *attempts, *others, ending]
