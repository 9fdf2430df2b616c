"""The record as one self-contained page that a release manager reads."""

import re
import shlex
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from postdeploy.outcome import Outcome
from postdeploy.plain import one_line, plain_text
from postdeploy.record.model import Evidence, Item, Record
from postdeploy.record.writers import wording
from postdeploy.record.writers.page_policy import page_policy
from postdeploy.record.writers.pictures import Album
from postdeploy.record.writers.timeline import make_timeline

OPEN_AT_MOST: Final = 12


def render(record: Record, folder: Path) -> str:
    """The page; pictures are looked for in `folder`, where it will lie."""
    environment = _environment()
    bad = wording.unwell(record)
    album = Album(folder)
    for item in bad:  # while there is room
        album.pictures(item.evidence)
    return environment.get_template("record.html.j2").render(
        record=record,
        album=album,
        recorded=_recorded(record),
        courses=_courses(record),
        timeline=make_timeline(record),
        unwell=bad,
        opened=_opened(record, bad),
        policy=_policy(environment),
        wording=wording,
        Outcome=Outcome,
    )


def _opened(record: Record, bad: list[Item]) -> frozenset[str]:
    """Items that are open when the page is: those that failed, as long as they are few."""
    failed = [item.id for item in bad if item.outcome is Outcome.FAILED]
    if len(failed) > OPEN_AT_MOST:
        failed = list(record.decision.rests_on[:OPEN_AT_MOST])
    return frozenset(failed)


def courses(item: Item) -> list[str]:
    """In a word each: what earlier runs say about the item."""
    past = item.history
    if past is None:
        return []
    course = _COURSES.get(past.course or "", "")
    flaky = "flaky lately" if past.flaky_told else ""
    return [word for word in (course, flaky, "slower" if past.slower else "") if word]


_COURSES: Final = {
    "new red": "new red",
    "still red": "still red",
    "fixed": "fixed",
    "unseen": "unseen again",
}


def _courses(record: Record) -> dict[str, int]:
    """How many items each of these words is said of."""
    said = Counter(word for item in record.items for word in courses(item))
    order = (*_COURSES.values(), "flaky lately", "slower")
    return {word: said[word] for word in order if said[word]}


def read_templates() -> None:
    """Compile the page's templates now, and not when the first record is written."""
    environment = _environment()
    for name in environment.list_templates():
        environment.get_template(name)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("postdeploy.record"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., object]] = {
        "anchor": anchor,
        "courses": courses,
        "moment": wording.moment,
        "trace_command": trace_command,
        "duration": wording.duration,
        "iso": _iso,
        "link": _link,
        "spoken": _spoken,
    }
    environment.filters.update(filters)
    return environment


def anchor(text: str) -> str:
    """The text as a part of an element's id or class."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", text)


def trace_command(path: str) -> str:
    """What opens a trace, in the folder of the record."""
    return shlex.join(["playwright", "show-trace", one_line(path)])


def _recorded(record: Record) -> dict[str, list[Evidence]]:
    """What was recorded of whole attempts, by check."""
    found: dict[str, list[Evidence]] = defaultdict(list)
    for check in record.checks:
        found[check.check] += check.evidence
    return found


def _harmless(value: Any) -> Any:
    return plain_text(value) if type(value) is str else value


def _iso(value: datetime | None) -> str:
    return value.isoformat() if value else ""


def _link(text: str | None) -> str:
    """An address that may be followed from the page, or nothing."""
    return text if text and re.match(r"https?://", text) else ""


def _spoken(values: dict[str, str]) -> str:
    """Names with their values; the name alone does not matter when all values are the same."""
    if len(set(values.values())) == 1 and len(values) > 1:
        return f"{next(iter(values.values()))} ({', '.join(values)})"
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _policy(environment: Environment) -> str:
    style, script = (environment.get_template(f"record.{kind}").render() for kind in ("css", "js"))
    return page_policy(style, script, images="'self' data: file:")
