"""Runs that have ended with a verdict, and those who tell of it to the sandbox's receivers."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from postdeploy import secrecy
from postdeploy.closing import Closing, close
from postdeploy.outcome import Verdict
from postdeploy.settings import Settings
from postdeploy.target import Environment, Target
from postdeploy.target_telling import Telling
from postdeploy.telling.teller import Teller
from selftests.unit.receivers import Receivers
from selftests.unit.sample_journal import attempt, item, journal_of

WEIGHTS = {Verdict.ROLLBACK: "R", Verdict.NO_GO: "F", Verdict.BLOCKED: "B", Verdict.GO: "F"}


def ended(folder: Path, verdict: Verdict, text: str = "", **run: Any) -> Closing:
    """A run that ended so; its record is on disk, and has passed the search."""
    outcome = "passed" if verdict is Verdict.GO else "failed"
    items = [item("a", weight=WEIGHTS[verdict])]
    run = {"run_id": f"run-{time.monotonic_ns()}", **run}
    entries = journal_of([attempt("a", outcome, note=text or "seen")], items=items, **run)
    folder.mkdir(parents=True)
    lines = "\n".join(json.dumps(entry) for entry in entries)
    (folder / "journal.jsonl").write_text(lines + "\n")
    closing = close(folder, [], 0 if verdict is Verdict.GO else 1)
    assert closing.record.verdict is verdict
    secrecy.publish(folder, ["journal.jsonl", "record.json"])
    return closing


def target(there: Receivers, *, protected: bool = True, **telling: Any) -> Target:
    tables: dict[str, Any] = {
        "seconds": 3,
        "slack": {"url": f"{there.url}/slack/api"},
        "pagerduty": {"url": f"{there.url}/pagerduty"},
        "webhook": {},
    }
    known = Telling.model_validate(tables | telling)
    environment = Environment(protected=protected, telling=known)
    return Target(
        system="qumis", title="Qumis", name="staging", file="demo.toml", environment=environment
    )


def teller(there: Receivers, *, without: str = "", **changes: Any) -> Teller:
    secrets = {name: SecretStr(text) for name, text in there.secrets().items() if name != without}
    secrets |= {
        name: SecretStr(changes.pop(name)) for name in [*changes] if name.startswith("TELL_")
    }
    return Teller(target(there, **changes), Settings({}, {}, secrets))


def outcomes(entries: list[dict[str, Any]]) -> dict[str, str]:
    return {one["by"]: one["outcome"] for one in entries if one["kind"] == "told"}


def warnings(entries: list[dict[str, Any]]) -> str:
    return "\n".join(one["text"] for one in entries if one["kind"] == "warning")
