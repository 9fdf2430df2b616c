"""How the things that a run makes are called, and the strict rule by which they are known again.

A thing of ours is called `postdeploy-<run id>-<words>`, with the worker's name behind the run's id under xdist.
A name counts only as a whole: one that merely holds such a name, or a run's id, belongs to somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

_RUN = r"[0-9]{6}-[0-9]{6}-[0-9a-f]{4}"
_WORKER = r"(?:-gw[0-9]{1,4})?"
_WORDS = r"[a-z0-9]+(?:-[a-z0-9]+)*(?:\.pdf)?"
_NAME = rf"postdeploy-{_RUN}{_WORKER}-{_WORDS}"
_FORMS = {
    "{name}": _NAME,
    "{names}": rf"{_NAME}(?:, {_NAME})*",
}
PLACEHOLDERS = tuple(_FORMS)
_PLACE = re.compile("|".join(re.escape(place) for place in _FORMS))
_MARK = re.compile(rf"postdeploy-({_RUN})({_WORKER})(?=-)")
_FIRST_YEAR = 2026
"""No run is older than the project; a name that says so is somebody else's joke."""


@dataclass(frozen=True)
class Mark:
    """Which run a name belongs to, and which of its workers ("" without xdist)."""

    run_id: str
    worker: str = ""


def name_of(run_id: str, words: str) -> str:
    """What a run with that id (and worker) calls a thing: `words` are small letters, digits and hyphens."""
    if not re.fullmatch(_WORDS, words):
        raise ValueError(
            f"what is called {words!r} would not be known again as a thing of this run"
        )
    return f"postdeploy-{run_id}-{words}"


def began(run_id: str) -> datetime | None:
    """When the run with that id began, by the clock of its own machine; None for what is no run's id."""
    if not re.fullmatch(_RUN, run_id):
        return None
    try:
        moment = datetime.strptime(run_id[:13], "%y%m%d-%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment if moment.year >= _FIRST_YEAR else None


def marks_in(name: str, patterns: Iterable[str]) -> frozenset[Mark]:
    """The runs that a name belongs to; none where it fits no pattern as a whole, or names no possible run.

    A pattern is what the product writes around our names: "Policy Analysis: {names}".
    """
    if not any(_compiled(pattern).fullmatch(name) for pattern in patterns):
        return frozenset()
    marks = frozenset(_marks(name))
    return marks if all(began(mark.run_id) for mark in marks) else frozenset()


def _marks(name: str) -> Iterator[Mark]:
    for found in _MARK.finditer(name):
        yield Mark(found[1], found[2].removeprefix("-"))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    literals = _PLACE.split(pattern)
    forms = [_FORMS[place] for place in _PLACE.findall(pattern)]
    parts = [re.escape(literals[0])]
    for form, literal in zip(forms, literals[1:], strict=True):
        parts += [form, re.escape(literal)]
    return re.compile("".join(parts))
