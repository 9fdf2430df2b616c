"""Looks through stored log events a stretch at a time, as FilterLogEvents does."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import islice, repeat
from typing import Any

from moto.logs.models import LogEvent, LogGroup, LogStream

from sandbox.aws.insights_events import Source
from sandbox.aws.log_patterns import TextPattern

# How many events the first call, and each further one, looks at. The first is small, so that
# an empty page with a nextToken is an everyday sight here, as it is in AWS.
_FIRST_LOOK = 10
_NEXT_LOOK = 5_000


class TokenError(ValueError):
    """The nextToken is none that was given out."""


@dataclass(frozen=True)
class Stretch:
    """The time asked for (milliseconds since 1970), how many events, and where to go on."""

    start: int | None
    end: int | None
    limit: int
    token: str | None

    def offset(self) -> int:
        """How many events earlier calls have looked at."""
        if self.token is None:
            return 0
        kind, _, number = self.token.partition("-")
        if kind != "next" or not number.isdigit():
            raise TokenError("The specified nextToken is invalid.")
        return int(number)


def search(
    group: LogGroup, stream_names: list[str] | None, wanted: TextPattern, stretch: Stretch
) -> tuple[list[dict[str, Any]], str | None, list[dict[str, Any]]]:
    """Give one page of matching events, the token of the next page, and the streams looked at.

    Raises TokenError for a token that was not given out.
    """
    streams = [s for s in list(group.streams.values()) if _is_named(s, stream_names)]
    found = {s: _between(s, stretch.start or 0, stretch.end) for s in streams}
    offset = stretch.offset()
    last = offset + (_FIRST_LOOK if offset == 0 else _NEXT_LOOK)
    page: list[dict[str, Any]] = []
    looked_at = offset
    for stream, event in islice(_in_order(found), offset, last):
        looked_at += 1
        if wanted.matches(event.message):
            page.append(event.to_filter_dict() | {"logStreamName": stream.log_stream_name})
        if len(page) == stretch.limit:
            break
    token = f"next-{looked_at}" if looked_at < sum(map(len, found.values())) else None
    return page, token, _searched(streams)


def sources(group: LogGroup, start: int, end: int) -> Iterator[Source]:
    """The group's streams, each with its events between two times in seconds since 1970."""
    for stream in list(group.streams.values()):
        events = _between(stream, start * 1000, end * 1000 + 999)
        yield Source(group.name, stream.log_stream_name, list(events.events()))


def _is_named(stream: LogStream, names: list[str] | None) -> bool:
    return not names or stream.log_stream_name in names


def _in_order(
    found: dict[LogStream, "_Between"],
) -> Iterator[tuple[LogStream, LogEvent]]:
    paired = (zip(repeat(stream), between.events()) for stream, between in found.items())
    return merge(*paired, key=lambda pair: (pair[1].timestamp, pair[1].event_id))


@dataclass(frozen=True)
class _Between:
    """Some of a stream's ordered events, of which none is copied."""

    ordered: list[LogEvent]
    begin: int
    end: int

    def __len__(self) -> int:
        return max(0, self.end - self.begin)

    def events(self) -> Iterator[LogEvent]:
        return islice(self.ordered, self.begin, self.end)


def _between(stream: LogStream, first: int, last: int | None) -> _Between:
    """The stream's events from one time to another in milliseconds, both included."""
    order = _order(stream)
    end = len(order.times) if last is None else bisect_right(order.times, last)
    return _Between(order.events, bisect_left(order.times, first), end)


@dataclass(frozen=True)
class _Order:
    """A stream's events by their time, and what the stream was when they were put in order."""

    state: tuple[int, ...]
    times: list[int]
    events: list[LogEvent]


def _order(stream: LogStream) -> _Order:
    """Kept with the stream until it changes: a search asks for page after page of a million events."""
    stored = stream.events
    state = (len(stored), *(event.event_id for event in (*stored[:1], *stored[-1:])))
    kept: _Order | None = getattr(stream, "order_by_time", None)
    if kept is None or kept.state != state:
        events = sorted(stored, key=lambda event: event.timestamp)
        kept = _Order(state, [event.timestamp for event in events], events)
        setattr(stream, "order_by_time", kept)  # noqa: B010 - moto knows no such attribute
    return kept


def _searched(streams: list[LogStream]) -> list[dict[str, Any]]:
    return [{"logStreamName": s.log_stream_name, "searchedCompletely": True} for s in streams]
