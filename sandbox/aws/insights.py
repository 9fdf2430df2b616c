"""Runs what operators use of Logs Insights: fields, filter, stats count, sort, limit."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from sandbox.aws.insights_events import Row, Source, Statistics, sifted, summed
from sandbox.aws.insights_filters import (
    MalformedQueryError,
    conditions_of,
    divided,
    insights_time,
    milliseconds_of,
)

_STATS = re.compile(
    r"count\(\s*\*?\s*(?P<counted>@?\w+)?\s*\)(?:\s+as\s+(?P<alias>@?\w+))?"
    r"(?:\s+by\s+(?P<by>bin\(\s*\d+\s*[smhd]\s*\)|@?\w+))?",
    re.IGNORECASE,
)
_BIN = re.compile(r"bin\(\s*(\d+)\s*([smhd])\s*\)", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DEFAULT_LIMIT = 10_000
_STATEMENT_ENDS = re.compile(r"\|")
_FIELDS = frozenset({"@timestamp", "@message", "@logStream", "@log"})


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


def run_query(query: str, sources: Iterable[Source]) -> QueryResult:
    """Answer a query over the sources' events, newest first unless it sorts them.

    Raises MalformedQueryError for a statement that is not understood.
    """
    statements = [part.strip() for part in divided(query, _STATEMENT_ENDS)[0] if part.strip()]
    filters, rest = _leading_filters(statements)
    conditions = [one for text in filters for one in conditions_of(text)]
    plain = _plain_count(rest[0]) if rest else None
    found = [sifted(source, conditions) for source in sources]
    read = summed(found)
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
    return insights_time(milliseconds_of(row["@timestamp"]) // 1000 // width * width * 1000)


_COMMANDS: dict[str, Callable[[_State, str], _State]] = {
    "fields": _fields,
    "display": _fields,
    "limit": _limit,
    "sort": _sort,
    "filter": _filter,
    "stats": _stats,
}
