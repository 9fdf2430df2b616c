"""Which checks answer which items, as a run of the suite would plan it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from selftests.faults.warm import ROOT

_SHARED = "FAULTS_PLANS"
"""Names the folder where one process has left the plans for those that it starts."""
_PLAN_SECONDS = 300
_COLLECT = (
    "import json, sys; from postdeploy.coverage import collect_plan; "
    "json.dump(collect_plan(sys.argv[1], 'sandbox'), sys.stdout)"
)

Plan = Mapping[str, Any]


@cache
def read_plan(system: str) -> Plan:
    """Every item of the system's sandbox with the checks that answer it; read once by a process."""
    shared = Path(os.environ.get(_SHARED, "/nonexistent"), f"{system}.json")
    if shared.is_file():
        found: Plan = json.loads(shared.read_text(encoding="utf-8"))
        return found
    collected: Plan = json.loads(_told(_collecting(system)))
    return collected


def share_plans(systems: Sequence[str]) -> None:
    """Read the plans now, all at once, for the processes that this one starts: each would need seconds for each."""
    folder = Path(tempfile.mkdtemp(prefix="plans-"))
    collecting = {system: _collecting(system) for system in systems}
    for system, process in collecting.items():
        (folder / f"{system}.json").write_text(_told(process), encoding="utf-8")
    os.environ[_SHARED] = str(folder)


def concerned(plan: Plan, items: Iterable[str]) -> list[str]:
    """Node ids of the checks that answer those items. Raises LookupError for an unknown item."""
    answered = {item["id"]: item["checks"] for item in plan["items"]}
    unknown = [item for item in items if item not in answered]
    if unknown:
        raise LookupError(f"the checklist has no {unknown}")
    return list(dict.fromkeys(check for item in items for check in answered[item]))


def only_answered_by(plan: Plan, checks: Collection[str]) -> set[str]:
    """The items that no other check answers."""
    return {
        item["id"]
        for item in plan["items"]
        if item["checks"] and set(item["checks"]) <= set(checks)
    }


def _collecting(system: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _COLLECT, system]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _told(process: subprocess.Popen[str]) -> str:
    said, complained = process.communicate(timeout=_PLAN_SECONDS)
    assert process.returncode == 0, complained
    return said
