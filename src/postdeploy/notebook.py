"""What one process of a run writes into the journal outside of its checks, on the disk or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from postdeploy.disk import disk_trouble
from postdeploy.record.journal import Journal
from postdeploy.redact import Redactor


class Notebook:
    """Keeps the journal of the run's folder; what the disk refuses is kept for the record all the same."""

    def __init__(self, folder: Path, redactor: Redactor) -> None:
        self.unwritten: list[Mapping[str, Any]] = []
        """Entries that could not be written down."""
        self.troubles: list[str] = []
        """What forbids a GO, each sentence once."""
        self._folder = folder
        self._redactor = redactor
        self._journal: Journal | None = None

    def write(self, entry: Mapping[str, Any]) -> None:
        """Write an entry down, redacted, or keep it where the disk refuses it."""
        # A plan is made of the project's own files, by whose names the record goes.
        if entry.get("kind") != "plan":
            entry = cast(dict[str, Any], self._redactor.clean_tree(entry))
        try:
            if self._journal is None:
                self._journal = Journal(self._folder / "journal.jsonl")
            self._journal.append(entry)
        except OSError as error:
            self.unwritten.append(entry)
            self.disk(error)

    def disk(self, error: OSError) -> None:
        """Keep that the disk refused something."""
        self.trouble(
            [f"Not everything could be written down: {disk_trouble(error, self._folder)}."]
        )

    def trouble(self, told: Iterable[str]) -> None:
        """Keep what forbids a GO."""
        self.troubles += [text for text in told if text not in self.troubles]

    def entries(self) -> Sequence[Mapping[str, Any]]:
        """All that is in the journal."""
        return self._journal.entries() if self._journal is not None else ()

    def put_back(self) -> None:
        """Write the journal anew where its folder was removed while the run went on."""
        try:
            if self._journal is not None and self._journal.put_back():
                self.trouble(
                    [f"{self._folder} was removed while the run went on: evidence is lost."]
                )
        except OSError as error:
            self.trouble([f"The journal is lost: {disk_trouble(error, self._folder)}."])
