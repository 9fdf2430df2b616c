"""A log group over a window of time: the errors in it, and whether anything was logged at all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from postdeploy.probes.aws.insights import (
    Stretch,
    counted,
    holds_any,
    matches_any,
    matches_none,
    start_count,
)
from postdeploy.probes.aws.log_errors import ErrorGroup, Sorter, compiled
from postdeploy.probes.aws.session import Absent, AwsSession
from postdeploy.probes.aws.times import milliseconds

MOST_PAGES = 60
"""Pages of one search; each call looks at up to 1 MB, and an account has few calls a second."""
EXAMPLE_PAGES = 5
"""Pages that are looked at for examples of errors that Insights has counted already."""
INGESTION = timedelta(seconds=60)
"""How far Insights lags behind: what is newer is read event by event."""
AHEAD = timedelta(seconds=60)
"""How far ahead of this machine's clock those that date events may be."""


@dataclass(frozen=True)
class LogWindow:
    """What a log group holds between two moments; `count` and `ignored` are of all of it.

    `complete` is False when the newest minute was cut off at the page limit: then there are *at
    least* that many errors. `sampled` says that `errors` groups only the first of them. `silent`
    says that the group has no event of any kind in the window. `scanned_bytes` and `matched` are
    what Insights read and found for the count, None where it was not asked or does not say.
    """

    group: str
    start: datetime
    end: datetime
    found: bool = True
    silent: bool = False
    count: int = 0
    errors: tuple[ErrorGroup, ...] = ()
    ignored: int = 0
    complete: bool = True
    sampled: bool = False
    scanned_bytes: int | None = None
    matched: int | None = None

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
    """How many lines of the window hold one of `patterns`, with an example of each kind of error.

    Lines that match a regular expression in `ignore` are counted apart. Insights counts all but the
    newest minute, which it may not know yet. No more than a page of events is held at a time, however
    many there are. Raises ProbeError.
    """
    look = _Look(session, group, start, end, patterns, ignore, most_pages)
    try:
        return look.seen()
    except Absent:
        return LogWindow(group, start, end, found=False)


def observe_any(session: AwsSession, group: str, start: datetime, end: datetime) -> bool:
    """Whether the group holds an event of any kind between two moments. Raises ProbeError."""
    try:
        return _holds_any(session, group, start, end, MOST_PAGES)
    except Absent:
        return False


def _holds_any(
    session: AwsSession, group: str, start: datetime, end: datetime, most_pages: int
) -> bool:
    """Whether there is an event, or so much to look through that nobody can say that there is none."""
    search = _Search(session, group, start, end + AHEAD, "", most_pages)
    return next(search.lines(), None) is not None or not search.complete


def any_of(patterns: Sequence[str]) -> str:
    """The filter pattern for "any of these terms"; quotes let a term hold punctuation and blanks."""
    return " ".join(f"?{json.dumps(term, ensure_ascii=False)}" for term in patterns)


@dataclass(frozen=True)
class _Settled:
    """What Insights counted in the part of the window that it knows for certain."""

    errors: int = 0
    ignored: int = 0
    events: int = 0
    scanned_bytes: int | None = None
    matched: int | None = None


@dataclass
class _Look:
    """One look at a window: its settled part by Insights, its newest minute event by event."""

    session: AwsSession
    group: str
    start: datetime
    end: datetime
    patterns: Sequence[str]
    ignore: Sequence[str]
    most_pages: int

    def __post_init__(self) -> None:
        self.border = max(self.start, self.end - INGESTION)
        self.sorter = Sorter(self.patterns, compiled(self.ignore))

    def seen(self) -> LogWindow:
        """The observation. Raises Absent, ProbeError."""
        queries = self._start_queries()
        # Read while the queries run.
        complete = self._read(self.border, self.end + AHEAD, self.most_pages)
        errors, ignored = self.sorter.count, self.sorter.ignored
        settled = self._settled(queries)
        if settled.errors:
            self._read(self.start, self.border - timedelta(milliseconds=1), EXAMPLE_PAGES)
        # Insights may be told of a late line while its neighbours are read: what was seen, there is.
        total = max(settled.errors + errors, self.sorter.count)
        return LogWindow(
            self.group,
            self.start,
            self.end,
            silent=not (total or ignored or settled.events) and self._is_silent_now(),
            count=total,
            errors=self.sorter.groups(),
            ignored=settled.ignored + ignored,
            complete=complete,
            sampled=self.sorter.count < total,
            scanned_bytes=settled.scanned_bytes,
            matched=settled.matched,
        )

    def _start_queries(self) -> dict[str, str]:
        if self.border <= self.start:
            return {}
        wanted = holds_any(self.patterns)
        filters = {"errors": [wanted, *matches_none(self.ignore)], "events": []}
        if self.ignore:
            filters["ignored"] = [wanted, matches_any(self.ignore)]
        stretch = Stretch(self.group, self.start, self.border)
        return {name: start_count(self.session, stretch, of) for name, of in filters.items()}

    def _settled(self, queries: dict[str, str]) -> _Settled:
        if not queries:
            return _Settled()
        found = counted(self.session, queries)
        return _Settled(
            errors=found["errors"].events,
            ignored=found["ignored"].events if "ignored" in found else 0,
            events=found["events"].events,
            scanned_bytes=found["errors"].scanned_bytes,
            matched=found["errors"].matched,
        )

    def _read(self, start: datetime, end: datetime, most_pages: int) -> bool:
        """Sort the lines of that part; whether it was read to its end."""
        search = _Search(self.session, self.group, start, end, any_of(self.patterns), most_pages)
        for line in search.lines():
            self.sorter.take(line)
        return search.complete

    def _is_silent_now(self) -> bool:
        newest = (self.border, self.end, self.most_pages)
        return not _holds_any(self.session, self.group, *newest)


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
