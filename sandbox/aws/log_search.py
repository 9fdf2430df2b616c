"""Looks through stored log events a stretch at a time, as FilterLogEvents does."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from moto.logs.models import LogEvent, LogGroup, LogStream

from sandbox.aws.insights import Line
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

    def covers(self, at: int) -> bool:
        """Say whether the time lies within; both ends belong to it."""
        return (self.start or 0) <= at and (self.end is None or at <= self.end)

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
    events = _in_order(streams, stretch)
    offset = stretch.offset()
    last = offset + (_FIRST_LOOK if offset == 0 else _NEXT_LOOK)
    page: list[dict[str, Any]] = []
    looked_at = offset
    for stream, event in events[offset:last]:
        looked_at += 1
        if wanted.matches(event.message):
            page.append(event.to_filter_dict() | {"logStreamName": stream.log_stream_name})
        if len(page) == stretch.limit:
            break
    token = f"next-{looked_at}" if looked_at < len(events) else None
    return page, token, _searched(streams)


def lines(group: LogGroup, start: int, end: int) -> Iterator[Line]:
    """The group's lines between two times in seconds since 1970."""
    stretch = Stretch(start * 1000, end * 1000 + 999, 0, None)
    for stream, event in _in_order(list(group.streams.values()), stretch):
        yield Line(int(event.timestamp), event.message, stream.log_stream_name, group.name)


def _is_named(stream: LogStream, names: list[str] | None) -> bool:
    return not names or stream.log_stream_name in names


def _in_order(streams: list[LogStream], stretch: Stretch) -> list[tuple[LogStream, LogEvent]]:
    found = [(s, e) for s in streams for e in list(s.events) if stretch.covers(e.timestamp)]
    return sorted(found, key=lambda pair: (pair[1].timestamp, pair[1].event_id))


def _searched(streams: list[LogStream]) -> list[dict[str, Any]]:
    return [{"logStreamName": s.log_stream_name, "searchedCompletely": True} for s in streams]
