"""Groups the error lines of a log by what kind of error they tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

_CLASS = re.compile(
    r"\b(?:[A-Za-z_]\w*(?:::|\.))+(?:Error|Exception)\b"
    r"|\b(?:[A-Za-z_]\w*(?:::|\.))*[A-Z]\w*(?:Error|Exception|Timeout|Failure)\b"
)
_STAMP = re.compile(r"^\s*\d{4}-\d\d-\d\d[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?\s*")
_VARIABLE = re.compile(r"\b(?:[0-9a-f]{8}-[0-9a-f-]{27}|(?=\w*\d)[0-9a-f]{7,}|\d+(?:\.\d+)?)\b")
_KIND_LENGTH = 90
_EXAMPLE_LENGTH = 500
_MOST_KINDS = 200
_OTHER_KINDS = "other kinds"


@dataclass(frozen=True)
class ErrorGroup:
    """Error lines of one kind: how many, and the first of them."""

    kind: str
    count: int
    example: str


@dataclass
class Sorter:
    """Takes the lines of a log one by one, and keeps what is an error and what is known noise."""

    patterns: Sequence[str]
    ignore: Sequence[re.Pattern[str]]
    ignored: int = 0
    _counts: dict[str, int] = field(default_factory=dict)
    _examples: dict[str, str] = field(default_factory=dict)

    def take(self, line: str) -> None:
        """Count the line, if it holds one of the patterns.

        CloudWatch is asked for the same words; that they are looked for once more keeps a
        filter that lets everything through from making errors of ordinary lines.
        """
        if not any(pattern in line for pattern in self.patterns):
            return
        if any(noise.search(line) for noise in self.ignore):
            self.ignored += 1
            return
        kind = kind_of(line)
        if kind not in self._counts and len(self._counts) >= _MOST_KINDS:
            kind = _OTHER_KINDS
        self._counts[kind] = self._counts.get(kind, 0) + 1
        self._examples.setdefault(kind, line.strip()[:_EXAMPLE_LENGTH])

    @property
    def count(self) -> int:
        """How many error lines were taken."""
        return sum(self._counts.values())

    def groups(self) -> tuple[ErrorGroup, ...]:
        """What was counted, the most frequent kind first."""
        ordered = sorted(self._counts.items(), key=lambda pair: -pair[1])
        return tuple(ErrorGroup(kind, count, self._examples[kind]) for kind, count in ordered)


def kind_of(line: str) -> str:
    """The class of the error that a line names, else the line without what changes from one to the next."""
    named = _CLASS.search(line)
    if named:
        return named.group(0)
    return _VARIABLE.sub("#", _STAMP.sub("", line)).strip()[:_KIND_LENGTH]


def compiled(expressions: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    """The regular expressions of known noise. Raises re.error for one that is none."""
    return tuple(re.compile(expression) for expression in expressions)
