"""The events that a query of Logs Insights looks at, and those of them that pass its filters."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple, Protocol

from sandbox.aws.insights_filters import Condition, insights_time

Row = dict[str, str]


class Event(Protocol):
    """A stored event; the timestamp is in milliseconds since 1970."""

    timestamp: int
    message: str


@dataclass(frozen=True)
class Source:
    """The events of one log stream, oldest first."""

    group: str
    stream: str
    events: Sequence[Event]


class Line(NamedTuple):
    """One stored log line; the timestamp is in milliseconds since 1970."""

    timestamp: int
    message: str
    stream: str
    group: str

    def get(self, name: str, default: str, /) -> str:
        """A field by the name that Insights gives it."""
        if name == "@message":
            return self.message
        return self.row().get(name, default)

    def row(self) -> Row:
        """The line with the field names that Insights gives it."""
        return {
            "@timestamp": insights_time(self.timestamp),
            "@message": self.message,
            "@logStream": self.stream,
            "@log": self.group,
        }


@dataclass(frozen=True)
class Statistics:
    """What a query read and found: lines that passed its filters, lines in its time, their bytes."""

    matched: int = 0
    scanned: int = 0
    scanned_bytes: int = 0


@dataclass(frozen=True)
class Sifted:
    """A source, and those of its events that pass every filter."""

    source: Source
    events: Sequence[Event]

    def lines(self) -> list[Line]:
        """These events as filters and rows know them."""
        group, stream = self.source.group, self.source.stream
        return [Line(event.timestamp, event.message, stream, group) for event in self.events]


def summed(found: Sequence[Sifted]) -> Statistics:
    """What was read and found in all sources together."""
    return Statistics(
        matched=sum(len(one.events) for one in found),
        scanned=sum(len(one.source.events) for one in found),
        scanned_bytes=sum(len(event.message) for one in found for event in one.source.events),
    )


def sifted(source: Source, conditions: Sequence[Condition]) -> Sifted:
    """Let the events through that meet all conditions, the cheapest ones first."""
    events = source.events
    for one in conditions:
        if one.of_time:
            events = events[_place(events, one.from_time, 0) : _place(events, one.to_time)]
    others = [one for one in conditions if not one.of_time]
    for one in sorted(others, key=lambda one: not one.terms):
        if one.terms:
            events = _holding(events, one.terms)
        elif one.on_message is not None:
            on_message = one.on_message
            events = [event for event in events if on_message(event.message)]
        else:
            events = _meeting(source, events, one)
    return Sifted(source, events)


def _place(events: Sequence[Event], at: int | None, otherwise: int | None = None) -> int | None:
    if at is None:
        return otherwise
    return bisect_left(events, at, key=attrgetter("timestamp"))


def _holding(events: Sequence[Event], terms: Sequence[str]) -> list[Event]:
    messages = [event.message for event in events]
    found: set[int] = set()
    for term in terms:
        found.update(number for number, message in enumerate(messages) if term in message)
    return [events[number] for number in sorted(found)]


def _meeting(source: Source, events: Sequence[Event], one: Condition) -> list[Event]:
    lines = Sifted(source, events).lines()
    return [event for event, line in zip(events, lines, strict=True) if one.holds(line)]
