"""What Allure is told when a run has ended: the items that no check looked at, and what the run was."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from postdeploy.allure_steps import SEVERITIES, STATUS
from postdeploy.outcome import Outcome
from postdeploy.plain import one_line, plain_text
from postdeploy.record.model import Item, Record, Row
from postdeploy.record.writers.files import write_file
from postdeploy.record.writers.wording import place, scope_sentence, verdict_told, versions

FOLDER: Final = "allure-results"
_NAMES: Final = uuid.UUID("6f1d6a53-3f0c-4c63-9a64-5a0a5b4c2a11")


def complete(record: Record, folder: Path) -> None:
    """Add to the results of a run's `folder`; does nothing where Allure is off.

    Doing it again gives the same files. Raises OSError when the disk refuses one.
    """
    results = folder / FOLDER
    if not results.is_dir():
        return
    for result in _unseen(record):
        write_file(results / f"{result['uuid']}-result.json", json.dumps(result))
    write_file(results / "environment.properties", "".join(_properties(record)))


def _unseen(record: Record) -> Iterator[dict[str, Any]]:
    for row in record.rows:
        for item in row.items:
            left_out = record.partial and not item.selected
            if not item.attempts and item.outcome is not Outcome.NOT_APPLICABLE and not left_out:
                yield _result(record, row, item)


def _result(record: Record, row: Row, item: Item) -> dict[str, Any]:
    name = str(uuid.uuid5(_NAMES, f"{record.run_id} {item.id}"))
    moment = round((record.ended or record.started).timestamp() * 1000)
    title = one_line(f"{item.id} – {item.title}: {item.outcome.value}")
    step = {"name": title, "status": STATUS[item.outcome], "start": moment, "stop": moment}
    labels = {
        "parentSuite": place(record),
        "suite": row.title,
        "severity": SEVERITIES[item.weight],
        "item": item.id,
        "run": record.run_id,
    }
    return {
        "uuid": name,
        "historyId": str(uuid.uuid5(_NAMES, item.id)),
        "fullName": item.id,
        **step,
        "name": one_line(item.title),
        "statusDetails": {"message": plain_text(item.note or "no check looked at it")},
        "steps": [step],
        "labels": [{"name": key, "value": one_line(value)} for key, value in labels.items()],
    }


def _properties(record: Record) -> Iterator[str]:
    facts: Mapping[str, str] = {
        "System": record.system,
        "Environment": record.environment,
        "Run": record.run_id,
        "Version": versions(record),
        "Scope": scope_sentence(record),
        "Verdict": verdict_told(record),
    }
    for name, value in facts.items():
        yield f"{name} = {one_line(value)}\n".replace("\\", "\\\\")
