"""A log group over a window of time: the errors in it, and whether anything was logged at all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from postdeploy.probes.aws.log_errors import ErrorGroup, Sorter, compiled
from postdeploy.probes.aws.session import Absent, AwsSession
from postdeploy.probes.aws.times import milliseconds

MOST_PAGES = 60
"""Pages of one search; each call looks at up to 1 MB, and an account has few calls a second."""


@dataclass(frozen=True)
class LogWindow:
    """What a log group holds between two moments.

    `complete` is False when the search was cut off at the page limit: then there are *at least* that
    many errors. `silent` says that the group has no event of any kind in the window.
    """

    group: str
    start: datetime
    end: datetime
    found: bool = True
    silent: bool = False
    errors: tuple[ErrorGroup, ...] = ()
    ignored: int = 0
    complete: bool = True

    @property
    def count(self) -> int:
        """How many error lines were seen."""
        return sum(group.count for group in self.errors)

    @property
    def counted(self) -> str:
        """The number in words that are honest about a search that was cut off."""
        return f"{self.count}" if self.complete else f"at least {self.count}"


@dataclass(frozen=True)
class LogGroupFacts:
    """A log group's own settings; `retention_days` is None where events are kept for ever."""

    name: str
    found: bool
    retention_days: int | None = None


def observe_log_group(session: AwsSession, name: str) -> LogGroupFacts:
    """Whether the group exists, and how long it keeps events."""
    pages = session.pages(
        "logs", "DescribeLogGroups", needs=("logGroups",), logGroupNamePrefix=name
    )
    for page in pages:
        for raw in page["logGroups"]:
            if raw.get("logGroupName") == name:
                return LogGroupFacts(name, found=True, retention_days=raw.get("retentionInDays"))
    return LogGroupFacts(name, found=False)


def observe_errors(
    session: AwsSession,
    group: str,
    start: datetime,
    end: datetime,
    *,
    patterns: Sequence[str],
    ignore: Sequence[str] = (),
    most_pages: int = MOST_PAGES,
) -> LogWindow:
    """The lines of the window that hold one of `patterns`, grouped by kind of error.

    Lines that match a regular expression in `ignore` are counted apart. Raises ProbeError.
    """
    sorter = Sorter(patterns, compiled(ignore))
    search = _Search(session, group, start, end, any_of(patterns), most_pages)
    try:
        for line in search.lines():
            sorter.take(line)
        seen = bool(sorter.groups()) or sorter.ignored > 0
        silent = not seen and _is_silent(session, group, start, end, most_pages)
    except Absent:
        return LogWindow(group, start, end, found=False)
    return LogWindow(
        group,
        start,
        end,
        silent=silent,
        errors=sorter.groups(),
        ignored=sorter.ignored,
        complete=search.complete,
    )


def any_of(patterns: Sequence[str]) -> str:
    """The filter pattern for "any of these terms"; quotes let a term hold punctuation and blanks."""
    return " ".join(f"?{json.dumps(term, ensure_ascii=False)}" for term in patterns)


def _is_silent(
    session: AwsSession, group: str, start: datetime, end: datetime, most_pages: int
) -> bool:
    search = _Search(session, group, start, end, "", most_pages)
    return next(search.lines(), None) is None and search.complete


@dataclass
class _Search:
    """One FilterLogEvents search, at most `most_pages` pages of it."""

    session: AwsSession
    group: str
    start: datetime
    end: datetime
    pattern: str
    most_pages: int
    complete: bool = False

    def lines(self) -> Iterator[str]:
        """The messages found. A page may be empty although another follows, so only the end ends it."""
        # Without a pattern the question is whether there is anything at all: one event answers it.
        asked = {"filterPattern": self.pattern} if self.pattern else {"limit": 1}
        pages = self.session.pages(
            "logs",
            "FilterLogEvents",
            needs=("events",),
            logGroupName=self.group,
            startTime=milliseconds(self.start),
            endTime=milliseconds(self.end),
            **asked,
        )
        for number, page in enumerate(pages, start=1):
            yield from (str(event.get("message", "")) for event in page["events"])
            if number == self.most_pages and page.get("nextToken"):
                return
        self.complete = True
