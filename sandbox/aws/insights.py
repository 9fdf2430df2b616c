"""Runs what operators use of Logs Insights: fields, filter, stats count, sort, limit."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count

Row = dict[str, str]
Test = Callable[[Row], bool]

_CONDITION = re.compile(
    r"(?P<field>@?\w+)\s+(?P<negated>not\s+)?(?:like\s+|=~\s*)"
    r"(?:/(?P<regex>(?:[^/\\]|\\.)*)/|(?P<quote>[\"'])(?P<text>.*?)(?P=quote))",
    re.IGNORECASE,
)
_EQUALS = re.compile(r"(?P<field>@?\w+)\s*(?P<sign>!?=)\s*[\"'](?P<text>.*?)[\"']", re.IGNORECASE)
_STATS = re.compile(
    r"count\(\s*\*?\s*(?P<counted>@?\w+)?\s*\)(?:\s+as\s+(?P<alias>@?\w+))?"
    r"(?:\s+by\s+(?P<by>bin\(\s*\d+\s*[smhd]\s*\)|@?\w+))?",
    re.IGNORECASE,
)
_BIN = re.compile(r"bin\(\s*(\d+)\s*([smhd])\s*\)", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DEFAULT_LIMIT = 10_000
_STATEMENT_ENDS = re.compile(r"\|(?=(?:[^/\"']|/(?:[^/\\]|\\.)*/|\"[^\"]*\"|'[^']*')*$)")
_CONNECTIVE = re.compile(
    r"\s+(and|or)\s+(?=(?:[^/\"']|/(?:[^/\\]|\\.)*/|\"[^\"]*\"|'[^']*')*$)", re.I
)


class MalformedQueryError(ValueError):
    """The query is not one that Logs Insights, or this stand-in, understands."""


@dataclass(frozen=True)
class Line:
    """One stored log line; the timestamp is in milliseconds since 1970."""

    timestamp: int
    message: str
    stream: str
    group: str

    def row(self) -> Row:
        """The line with the field names that Insights gives it."""
        return {
            "@timestamp": insights_time(self.timestamp),
            "@message": self.message,
            "@logStream": self.stream,
            "@log": self.group,
        }


@dataclass(frozen=True)
class _State:
    rows: list[Row]
    shown: tuple[str, ...] = ("@timestamp", "@message")
    limit: int = _DEFAULT_LIMIT


def insights_time(milliseconds: int) -> str:
    """Write a timestamp as Insights does."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def run_query(query: str, lines: Iterable[Line]) -> list[Row]:
    """Answer a query over the lines, newest first unless it sorts them.

    Raises MalformedQueryError for a statement that is not understood.
    """
    newest_first = sorted(lines, key=lambda line: line.timestamp, reverse=True)
    state = _State([line.row() for line in newest_first])
    for statement in _STATEMENT_ENDS.split(query):
        if statement.strip():
            state = _step(state, statement.strip())
    pointers = count()
    return [_shown(row, state.shown, next(pointers)) for row in state.rows[: state.limit]]


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
    parts = _CONNECTIVE.split(rest)
    words = {word.lower() for word in parts[1::2]}
    if len(words) > 1:
        raise MalformedQueryError("and and or in one filter are not served by the sandbox")
    tests = [_test(part.strip()) for part in parts[::2]]
    together = any if words == {"or"} else all
    return replace(state, rows=[row for row in state.rows if together(t(row) for t in tests)])


def _test(text: str) -> Test:
    like = _CONDITION.fullmatch(text)
    if like is not None:
        return _like(like)
    equal = _EQUALS.fullmatch(text)
    if equal is None:
        raise MalformedQueryError(f"unexpected condition {text}")
    name, wanted, same = equal["field"], equal["text"], equal["sign"] == "="
    return lambda row: (row.get(name, "") == wanted) is same


def _like(match: re.Match[str]) -> Test:
    name, negated = match["field"], match["negated"] is not None
    source = match["regex"] if match["regex"] is not None else re.escape(match["text"])
    try:
        expression = re.compile(source)
    except re.error as error:
        raise MalformedQueryError(f"invalid regular expression: {error}") from error
    return lambda row: (expression.search(row.get(name, "")) is None) is negated


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
    at = datetime.strptime(row["@timestamp"], "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC)
    return insights_time(int(at.timestamp()) // width * width * 1000)


_COMMANDS: dict[str, Callable[[_State, str], _State]] = {
    "fields": _fields,
    "display": _fields,
    "limit": _limit,
    "sort": _sort,
    "filter": _filter,
    "stats": _stats,
}
