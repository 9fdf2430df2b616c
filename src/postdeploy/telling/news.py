"""What there is to tell of a finished run: its verdict, and as much of its record as may go out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from postdeploy.closing import Closing
from postdeploy.outcome import EXIT_CODES, Verdict
from postdeploy.record.model import Decision, Record, Version
from postdeploy.secrecy import PUBLISHABLE

_RECORD: Final = "record.json"
_WITHHELD: Final = (
    "The verdict is sure, but its record may not go out: look at it on the machine that made it."
)
_NOT_WELL: Final = (
    "Every check is a GO, but the run did not end as it should: look at the machine that made it."
)


@dataclass(frozen=True)
class News:
    """A verdict, and a record that holds nothing but what may be told."""

    record: Record
    verdict: Verdict
    exit_code: int
    protected: bool
    link: str = ""
    withheld: bool = False
    """Whether the record is without its items, for it has not passed the search for secrets."""

    @property
    def place(self) -> str:
        """System and environment, as keys."""
        return f"{self.record.system}/{self.record.environment}"


def news_of(closing: Closing, *, protected: bool, link: str = "") -> News | None:
    """What there is to tell; None of a partial run or of a shard, which have no verdict.

    Where the record was withheld, could not be searched or is not on disk, the verdict is told without it. A run
    that ends with another code than its GO has none to tell.
    """
    record, code = closing.record, closing.exit_code
    if record.verdict is None:
        return None
    if record.verdict is Verdict.GO and code != EXIT_CODES[Verdict.GO]:
        bare = _bare(record, Verdict.BLOCKED, _NOT_WELL)
        return News(bare, Verdict.BLOCKED, code, protected, link, withheld=True)
    if not _may_go_out(closing.folder):
        bare = _bare(record, record.verdict, _WITHHELD)
        return News(bare, record.verdict, code, protected, link, withheld=True)
    return News(record, record.verdict, code, protected, link)


def _may_go_out(folder: Path) -> bool:
    """Whether the record is on disk and has passed the search for secrets."""
    try:
        passed = (folder / PUBLISHABLE).read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return False
    return _RECORD in passed and (folder / _RECORD).is_file()


def _bare(record: Record, verdict: Verdict, because: str) -> Record:
    """The record without anything that a product, a log or a person has said."""
    return Record(
        run_id=record.run_id,
        system=record.system,
        environment=record.environment,
        scope=record.scope,
        started=record.started,
        ended=record.ended,
        version=Version(),
        verdict=verdict,
        exit_code=EXIT_CODES[verdict],
        decision=Decision(because=because),
        counts={},
        rows=(),
    )
