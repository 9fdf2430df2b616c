"""Runs the checks, as a person would, against a sandbox that has a fault."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from postdeploy.record.builder import build_record
from postdeploy.record.journal import read_journal
from postdeploy.record.model import Record

ROOT = Path(__file__).resolve().parents[2]
TIGHT = {
    "job_seconds": 8,
    "upload_seconds": 8,
    "index_seconds": 8,
    "chat_seconds": 8,
    "mail_seconds": 6,
    "sentry_seconds": 6,
    "fullstory_seconds": 6,
    "page_seconds": 10,
}
"""Bounds in seconds, tighter than the target file's: at the pace `instant` nothing takes a second."""
SAMPLE = 5
"""How many checks that a fault does not concern are run beside those that it does."""
_RUN_SECONDS = 300
_PLAN = (
    "import json, sys; from postdeploy.coverage import collect_plan; "
    "json.dump(collect_plan('qumis', 'sandbox'), sys.stdout)"
)


@dataclass(frozen=True)
class FaultRun:
    """What a run against a fault ended with."""

    record: Record
    exit_code: int
    said: str
    folder: Path

    def items(self, *outcomes: str) -> dict[str, str]:
        """Ids and notes of the items with one of those outcomes."""
        return {
            item.id: item.note
            for row in self.record.rows
            for item in row.items
            if item.outcome in outcomes
        }


def read_plan() -> Mapping[str, Any]:
    """Every item of the sandbox with the checks that answer it."""
    done = subprocess.run(
        [sys.executable, "-c", _PLAN],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    plan: Mapping[str, Any] = json.loads(done.stdout)
    return plan


def concerned(plan: Mapping[str, Any], items: Iterable[str]) -> list[str]:
    """Node ids of the checks that answer those items. Raises LookupError for an unknown item."""
    answered = {item["id"]: item["checks"] for item in plan["items"]}
    unknown = [item for item in items if item not in answered]
    if unknown:
        raise LookupError(f"the checklist has no {unknown}")
    return list(dict.fromkeys(check for item in items for check in answered[item]))


def sampled(plan: Mapping[str, Any], besides: Sequence[str], seed: str) -> list[str]:
    """Other checks, a different few for each seed and always the same for one seed."""
    every = dict.fromkeys(check for item in plan["items"] for check in item["checks"])
    others = [check for check in every if check not in besides]
    return sorted(others, key=lambda check: zlib.crc32(f"{seed} {check}".encode()))[:SAMPLE]


def run_against(
    faults: Sequence[str],
    checks: Sequence[str],
    folder: Path,
    *,
    more_environment: Mapping[str, str] | None = None,
    options: Sequence[str] = (),
) -> FaultRun:
    """Start a sandbox with `faults`, run `checks` (none = all), and read the record as if it were whole."""
    bounds = [part for name, value in TIGHT.items() for part in ("--bound", f"{name}={value}")]
    command = [sys.executable, "-m", "pytest", "--env", "sandbox", "--reports", str(folder), "-q"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", *bounds, *options, *checks],
        cwd=ROOT,
        env=_environment(faults, more_environment or {}),
        capture_output=True,
        text=True,
        check=False,
        timeout=_RUN_SECONDS,
    )
    run_folder = (folder / "latest").resolve()
    assert run_folder.is_dir(), f"no record was written:\n{done.stdout}\n{done.stderr}"
    return FaultRun(_whole(run_folder), done.returncode, done.stdout + done.stderr, run_folder)


def _environment(faults: Sequence[str], more: Mapping[str, str]) -> dict[str, str]:
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("POSTDEPLOY_", "SANDBOX_", "CI"))
    }
    # A port that nothing listens on: each run starts a sandbox of its own.
    return {**kept, "SANDBOX_FAULTS": ",".join(faults), **more}


def _whole(folder: Path) -> Record:
    """The record of the selected checks as the whole: a partial run gives no verdict of its own."""
    entries = read_journal(folder / "journal.jsonl")
    for entry in entries:
        if entry["kind"] == "run":
            entry |= {"partial": False, "partial_why": ""}
        if entry["kind"] == "plan":
            for item in entry["items"]:
                item["required"] = item["required"] and item["id"] in entry["selected"]
    return build_record(entries)
