"""Shows a check's items to Allure as steps, with their evidence."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any

import allure  # type: ignore[import-untyped,unused-ignore]
import allure_commons  # type: ignore[import-untyped,unused-ignore]

from postdeploy.outcome import Outcome
from postdeploy.plain import one_line, plain_text
from postdeploy.ticket import Result

# Allure guesses the kind of what has none, and shows what looks like a page as one.
_KINDS = {".png": "image/png", ".webm": "video/webm", ".zip": "application/zip"}
_UNKNOWN = "application/octet-stream"


class StepFailed(AssertionError):
    """Ends an Allure step as failed; it goes no further than that."""


class Tolerant:
    """Lets a run go on whose disk does not take Allure's files; `note` is told of each."""

    def __init__(self, note: Callable[[OSError], None]) -> None:
        self._note = note
        allure_commons.plugin_manager.register(self)

    def end(self) -> None:
        """What happens from now on is somebody else's."""
        allure_commons.plugin_manager.unregister(self)

    def _passing(self) -> Generator[None, Any, Any]:
        try:
            return (yield)
        except OSError as error:
            self._note(error)

    @allure_commons.hookimpl(wrapper=True)  # type: ignore[untyped-decorator,unused-ignore]
    def report_result(self) -> Generator[None, Any, Any]:
        """The result of a check."""
        return (yield from self._passing())

    @allure_commons.hookimpl(wrapper=True)  # type: ignore[untyped-decorator,unused-ignore]
    def report_container(self) -> Generator[None, Any, Any]:
        """What belongs together."""
        return (yield from self._passing())

    @allure_commons.hookimpl(wrapper=True)  # type: ignore[untyped-decorator,unused-ignore]
    def report_attached_file(self) -> Generator[None, Any, Any]:
        """Evidence that is a file."""
        return (yield from self._passing())

    @allure_commons.hookimpl(wrapper=True)  # type: ignore[untyped-decorator,unused-ignore]
    def report_attached_data(self) -> Generator[None, Any, Any]:
        """Evidence that is a text."""
        return (yield from self._passing())


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
                raise StepFailed(plain_text(entry["note"]))  # noqa: TRY301 - a failed step is told by raising in it
    except StepFailed:
        return


def _attach(evidence: Mapping[str, str], folder: Path) -> None:
    title, text = one_line(evidence["title"]), plain_text(evidence.get("text", ""))
    path = folder / evidence["path"] if evidence.get("path") else None
    if path is not None and path.is_file():
        text = ""
        allure.attach.file(str(path), name=title, attachment_type=_KINDS.get(path.suffix, _UNKNOWN))  # type: ignore[no-untyped-call,unused-ignore]
    if text:
        allure.attach(text, name=title, attachment_type="text/plain", extension="txt")  # type: ignore[no-untyped-call,unused-ignore]
