"""Runs what operators use of Logs Insights: fields, filter, stats count, sort, limit."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from operator import attrgetter
from typing import NamedTuple, Protocol

from sandbox.aws.insights_filters import (
    Condition,
    MalformedQueryError,
    conditions_of,
    divided,
    milliseconds_at,
)

Row = dict[str, str]

_STATS = re.compile(
    r"count\(\s*\*?\s*(?P<counted>@?\w+)?\s*\)(?:\s+as\s+(?P<alias>@?\w+))?"
    r"(?:\s+by\s+(?P<by>bin\(\s*\d+\s*[smhd]\s*\)|@?\w+))?",
    re.IGNORECASE,
)
_BIN = re.compile(r"bin\(\s*(\d+)\s*([smhd])\s*\)", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DEFAULT_LIMIT = 10_000
_STATEMENT_ENDS = re.compile(r"\|")


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


_FIELDS = frozenset({"@timestamp", "@message", "@logStream", "@log"})


@dataclass(frozen=True)
class Statistics:
    """What a query read and found: lines that passed its filters, lines in its time, their bytes."""

    matched: int = 0
    scanned: int = 0
    scanned_bytes: int = 0


@dataclass(frozen=True)
class QueryResult:
    """The rows of a query, and what it read for them."""

    rows: list[Row]
    statistics: Statistics


@dataclass(frozen=True)
class _State:
    rows: list[Row] = field(default_factory=list)
    shown: tuple[str, ...] = ("@timestamp", "@message")
    limit: int = _DEFAULT_LIMIT


def insights_time(milliseconds: int) -> str:
    """Write a timestamp as Insights does."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def run_query(query: str, sources: Iterable[Source]) -> QueryResult:
    """Answer a query over the sources' events, newest first unless it sorts them.

    Raises MalformedQueryError for a statement that is not understood.
    """
    statements = [part.strip() for part in divided(query, _STATEMENT_ENDS)[0] if part.strip()]
    filters, rest = _leading_filters(statements)
    conditions = [one for text in filters for one in conditions_of(text)]
    plain = _plain_count(rest[0]) if rest else None
    found = [_sifted(source, conditions) for source in sources]
    read = _summed(found)
    if plain is not None:
        state, rest = _State([{plain: str(read.matched)}], (plain,)), rest[1:]
    else:
        lines = [line for one in found for line in one.lines()]
        lines.sort(key=lambda line: line.timestamp, reverse=True)
        state = _State([line.row() for line in lines])
    for statement in rest:
        state = _step(state, statement)
    rows = [_shown(row, state.shown, n) for n, row in enumerate(state.rows[: state.limit])]
    return QueryResult(rows, read)


@dataclass(frozen=True)
class _Sifted:
    """A source, and those of its events that pass every filter."""

    source: Source
    events: Sequence[Event]

    def lines(self) -> list[Line]:
        group, stream = self.source.group, self.source.stream
        return [Line(event.timestamp, event.message, stream, group) for event in self.events]


def _summed(found: Sequence[_Sifted]) -> Statistics:
    return Statistics(
        matched=sum(len(one.events) for one in found),
        scanned=sum(len(one.source.events) for one in found),
        scanned_bytes=sum(len(event.message) for one in found for event in one.source.events),
    )


def _sifted(source: Source, conditions: Sequence[Condition]) -> _Sifted:
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
    return _Sifted(source, events)


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
    lines = _Sifted(source, events).lines()
    return [event for event, line in zip(events, lines, strict=True) if one.holds(line)]


def _leading_filters(statements: list[str]) -> tuple[list[str], list[str]]:
    filters: list[str] = []
    for number, statement in enumerate(statements):
        command, _, rest = statement.partition(" ")
        if command.lower() != "filter":
            return filters, statements[number:]
        filters.append(rest.strip())
    return filters, []


def _plain_count(statement: str) -> str | None:
    """The name of the count, if the statement counts lines and nothing else."""
    command, _, rest = statement.partition(" ")
    match = _STATS.fullmatch(rest.strip())
    if command.lower() != "stats" or match is None or match["by"] is not None:
        return None
    if match["counted"] is not None and match["counted"] not in _FIELDS:
        return None
    return str(match["alias"] or rest.strip())


def _shown(row: Row, fields: tuple[str, ...], pointer: int) -> Row:
    answer = {name: row[name] for name in fields if name in row}
    return answer | {"@ptr": f"ptr-{pointer}"} if "@message" in row else answer


def _step(state: _State, statement: str) -> _State:
    command, _, rest = statement.partition(" ")
    step = _COMMANDS.get(command.lower())
    if step is None:
        raise MalformedQueryError(f"unexpected symbol found {command}")
    return step(state, rest.strip())


def _fields(state: _State, rest: str) -> _State:
    return replace(state, shown=tuple(name.strip() for name in rest.split(",")))


def _limit(state: _State, rest: str) -> _State:
    if not rest.isdigit():
        raise MalformedQueryError(f"limit takes a number, not {rest}")
    return replace(state, limit=int(rest))


def _sort(state: _State, rest: str) -> _State:
    name, _, order = rest.partition(" ")
    ordered = sorted(
        state.rows,
        key=lambda row: _sortable(row.get(name, "")),
        reverse=order.strip().lower() != "asc",
    )
    return replace(state, rows=ordered)


def _sortable(value: str) -> tuple[int, float, str]:
    try:
        return (0, float(value), "")
    except ValueError:
        return (1, 0.0, value)


def _filter(state: _State, rest: str) -> _State:
    tests = [one.holds for one in conditions_of(rest)]
    return replace(state, rows=[row for row in state.rows if all(test(row) for test in tests)])


def _stats(state: _State, rest: str) -> _State:
    match = _STATS.fullmatch(rest)
    if match is None:
        raise MalformedQueryError(f"unexpected statistic {rest}")
    alias = match["alias"] or rest.split(" by ")[0].strip()
    counted = match["counted"]
    rows = [row for row in state.rows if counted is None or counted in row]
    if match["by"] is None:
        return _State([{alias: str(len(rows))}], (alias,), state.limit)
    by: str = match["by"]
    groups = Counter(_group(row, by) for row in rows)
    grouped = [{by: key, alias: str(number)} for key, number in groups.items()]
    return _State(grouped, (by, alias), state.limit)


def _group(row: Row, by: str) -> str:
    bins = _BIN.fullmatch(by)
    if bins is None:
        return row.get(by, "")
    width = int(bins[1]) * _SECONDS[bins[2].lower()]
    return insights_time(milliseconds_at(row["@timestamp"]) // 1000 // width * width * 1000)


_COMMANDS: dict[str, Callable[[_State, str], _State]] = {
    "fields": _fields,
    "display": _fields,
    "limit": _limit,
    "sort": _sort,
    "filter": _filter,
    "stats": _stats,
}
