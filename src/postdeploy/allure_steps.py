"""Shows a check's items to Allure as steps, with their evidence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import allure  # type: ignore[import-untyped,unused-ignore]

from postdeploy.engine import Result
from postdeploy.outcome import Outcome


class StepFailed(AssertionError):
    """Ends an Allure step as failed; it goes no further than that."""


def show(result: Result, folder: Path) -> None:
    """One step for each attempt at each item; does nothing where Allure is off."""
    allure.dynamic.title(result.ticket.title)  # type: ignore[no-untyped-call,unused-ignore]
    for entry in result.entries:
        _show(entry, folder)


def _show(entry: Mapping[str, Any], folder: Path) -> None:
    title = f"{entry['item']} (attempt {entry['attempt']}): {entry['outcome']}"
    try:
        with allure.step(title):
            for evidence in entry["evidence"]:
                _attach(evidence, folder)
            if entry["outcome"] == Outcome.FAILED:
                raise StepFailed(entry["note"])  # noqa: TRY301 - a failed step is told by raising in it
    except StepFailed:
        return


def _attach(evidence: Mapping[str, str], folder: Path) -> None:
    text = evidence.get("text", "")
    path = folder / evidence["path"] if evidence.get("path") else None
    if path is not None and path.is_file():
        text = ""
        allure.attach.file(str(path), name=evidence["title"])  # type: ignore[no-untyped-call,unused-ignore]
    if text:
        allure.attach(text, name=evidence["title"])  # type: ignore[no-untyped-call,unused-ignore]
