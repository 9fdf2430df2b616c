"""Reads the filters of Logs Insights, and knows the forms in which they are tried quickly."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import eq, ge, gt, le, lt, ne
from typing import Protocol

_CONDITION = re.compile(
    r"(?P<field>@?\w+)\s+(?P<negated>not\s+)?(?:like\s+|=~\s*)"
    r"(?:/(?P<regex>(?:[^/\\]|\\.)*)/|(?P<quote>[\"'])(?P<text>.*?)(?P=quote))",
    re.IGNORECASE,
)
_EQUALS = re.compile(r"(?P<field>@?\w+)\s*(?P<sign>!?=)\s*[\"'](?P<text>.*?)[\"']", re.IGNORECASE)
_TIME = re.compile(
    r"toMillis\(\s*@timestamp\s*\)\s*(?P<sign><=|>=|!=|<|>|=)\s*(?P<bound>\d+)", re.IGNORECASE
)
_LITERAL = re.compile(r"/(?:[^/\\]|\\.)*/|\"[^\"]*\"|'[^']*'")
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


def insights_time(milliseconds: int) -> str:
    """Write a timestamp as Insights does."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def milliseconds_of(written: str) -> int:
    """The time that Insights has written so, in milliseconds since 1970."""
    at = datetime.strptime(written, "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC)
    return round(at.timestamp() * 1000)


def divided(text: str, separator: re.Pattern[str]) -> tuple[list[str], list[str]]:
    """The parts of a text and the separators between them; what stands in a literal separates nothing."""
    masked = _LITERAL.sub(lambda literal: "_" * len(literal[0]), text)
    parts, separators, begin = [], [], 0
    for found in separator.finditer(masked):
        parts.append(text[begin : found.start()])
        separators.append(found[0].strip())
        begin = found.end()
    return [*parts, text[begin:]], separators


def conditions_of(text: str) -> list[Condition]:
    """The conditions of one filter, all of which must be met."""
    parts, connectives = divided(text, _CONNECTIVE)
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
        return bool(at) and _SIGNS[sign](milliseconds_of(at), bound)

    starts = {">=": bound, ">": bound + 1}
    ends = {"<": bound, "<=": bound + 1}
    return Condition(holds, from_time=starts.get(sign), to_time=ends.get(sign))


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
