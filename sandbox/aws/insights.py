"""Runs what operators use of Logs Insights: fields, filter, stats count, sort, limit."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from operator import attrgetter, eq, ge, gt, le, lt, ne
from typing import NamedTuple, Protocol

Row = dict[str, str]

_CONDITION = re.compile(
    r"(?P<field>@?\w+)\s+(?P<negated>not\s+)?(?:like\s+|=~\s*)"
    r"(?:/(?P<regex>(?:[^/\\]|\\.)*)/|(?P<quote>[\"'])(?P<text>.*?)(?P=quote))",
    re.IGNORECASE,
)
_EQUALS = re.compile(r"(?P<field>@?\w+)\s*(?P<sign>!?=)\s*[\"'](?P<text>.*?)[\"']", re.IGNORECASE)
_TIME = re.compile(
    r"toMillis\(\s*@timestamp\s*\)\s*(?P<sign><=|>=|!=|<|>|=)\s*(?P<bound>\d+)", re.IGNORECASE
)
_STATS = re.compile(
    r"count\(\s*\*?\s*(?P<counted>@?\w+)?\s*\)(?:\s+as\s+(?P<alias>@?\w+))?"
    r"(?:\s+by\s+(?P<by>bin\(\s*\d+\s*[smhd]\s*\)|@?\w+))?",
    re.IGNORECASE,
)
_BIN = re.compile(r"bin\(\s*(\d+)\s*([smhd])\s*\)", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DEFAULT_LIMIT = 10_000
_LITERAL = re.compile(r"/(?:[^/\\]|\\.)*/|\"[^\"]*\"|'[^']*'")
_STATEMENT_ENDS = re.compile(r"\|")
_CONNECTIVE = re.compile(r"\s+(and|or)\s+", re.IGNORECASE)
_TERM = re.compile(r"(?:[\w\s\"'<>=:,;@!#%&~`-]|\\[^\w\s])+")
_TERMS = re.compile(rf"{_TERM.pattern}(?:\|{_TERM.pattern})*")
_SIGNS: Mapping[str, Callable[[int, int], bool]] = {
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
    "=": eq,
    "!=": ne,
}


class MalformedQueryError(ValueError):
    """The query is not one that Logs Insights, or this stand-in, understands."""


class Record(Protocol):
    """What a filter looks at: a log line, or a row that a command before it has made."""

    def get(self, name: str, default: str, /) -> str:
        """The field's value, or the default where there is no such field."""
        ...


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


@dataclass(frozen=True)
class Condition:
    """One condition of a filter, and the narrower forms that a million events are tried by.

    `from_time` and `to_time` are in milliseconds, the latter not included; `terms` are words one of
    which the message holds; `on_message` looks at the message alone.
    """

    holds: Callable[[Record], bool]
    on_message: Callable[[str], bool] | None = None
    terms: tuple[str, ...] = ()
    from_time: int | None = None
    to_time: int | None = None

    @property
    def of_time(self) -> bool:
        """Whether it says from when, or until when."""
        return self.from_time is not None or self.to_time is not None


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
    statements = [part.strip() for part in _divided(query, _STATEMENT_ENDS)[0] if part.strip()]
    filters, rest = _leading_filters(statements)
    conditions = [one for text in filters for one in _conditions(text)]
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


def _divided(text: str, separator: re.Pattern[str]) -> tuple[list[str], list[str]]:
    """The parts of a text and the separators between them; what stands in a literal separates nothing."""
    masked = _LITERAL.sub(lambda literal: "_" * len(literal[0]), text)
    parts, separators, begin = [], [], 0
    for found in separator.finditer(masked):
        parts.append(text[begin : found.start()])
        separators.append(found[0].strip())
        begin = found.end()
    return [*parts, text[begin:]], separators


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
    tests = [one.holds for one in _conditions(rest)]
    return replace(state, rows=[row for row in state.rows if all(test(row) for test in tests)])


def _conditions(text: str) -> list[Condition]:
    """The conditions of one filter, all of which must be met."""
    parts, connectives = _divided(text, _CONNECTIVE)
    words = {word.lower() for word in connectives}
    if len(words) > 1:
        raise MalformedQueryError("and and or in one filter are not served by the sandbox")
    found = [_condition(part.strip()) for part in parts]
    return [_any_of(found)] if words == {"or"} else found


def _any_of(conditions: Sequence[Condition]) -> Condition:
    looks = [one.on_message for one in conditions if one.on_message is not None]
    return Condition(
        holds=lambda record: any(one.holds(record) for one in conditions),
        on_message=(lambda message: any(look(message) for look in looks))
        if len(looks) == len(conditions)
        else None,
    )


def _condition(text: str) -> Condition:
    for form, read in ((_CONDITION, _like), (_TIME, _at_time), (_EQUALS, _equals)):
        match = form.fullmatch(text)
        if match is not None:
            return read(match)
    raise MalformedQueryError(f"unexpected condition {text}")


def _equals(match: re.Match[str]) -> Condition:
    name, wanted, same = match["field"], match["text"], match["sign"] == "="
    return Condition(lambda record: (record.get(name, "") == wanted) is same)


def _at_time(match: re.Match[str]) -> Condition:
    sign, bound = match["sign"], int(match["bound"])

    def holds(record: Record) -> bool:
        at = record.get("@timestamp", "")
        return bool(at) and _SIGNS[sign](_milliseconds(at), bound)

    starts = {">=": bound, ">": bound + 1}
    ends = {"<": bound, "<=": bound + 1}
    return Condition(holds, from_time=starts.get(sign), to_time=ends.get(sign))


def _milliseconds(written: str) -> int:
    at = datetime.strptime(written, "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC)
    return round(at.timestamp() * 1000)


def _like(match: re.Match[str]) -> Condition:
    name, negated = match["field"], match["negated"] is not None
    source = match["regex"] if match["regex"] is not None else re.escape(match["text"])
    try:
        found = re.compile(source).search
    except re.error as error:
        raise MalformedQueryError(f"invalid regular expression: {error}") from error

    def on_message(message: str) -> bool:
        return (found(message) is None) is negated

    if name != "@message":
        return Condition(lambda record: on_message(record.get(name, "")))
    plain = () if negated or not _TERMS.fullmatch(source) else _terms(source)
    return Condition(lambda record: on_message(record.get(name, "")), on_message, plain)


def _terms(source: str) -> tuple[str, ...]:
    """The words of an expression that is nothing but words with bars between them."""
    return tuple(re.sub(r"\\(.)", r"\1", word) for word in _TERM.findall(source))


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
    return insights_time(_milliseconds(row["@timestamp"]) // 1000 // width * width * 1000)


_COMMANDS: dict[str, Callable[[_State, str], _State]] = {
    "fields": _fields,
    "display": _fields,
    "limit": _limit,
    "sort": _sort,
    "filter": _filter,
    "stats": _stats,
}
