"""The history as one self-contained page: runs over time, items by run, durations, links to records."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from postdeploy.history import telling
from postdeploy.history.archive import Entry, Found
from postdeploy.history.charts import BAR, Bars, Line, bars, line
from postdeploy.history.kept import KeptRun
from postdeploy.history.marks import GREEN, MEANINGS, RED, UNSEEN, Mark
from postdeploy.history.since import LOOK_BACK, Compared, compare, short_moment
from postdeploy.history.store import Store
from postdeploy.outcome import Verdict
from postdeploy.plain import plain_text
from postdeploy.record.model import ItemHistory
from postdeploy.record.writers import wording
from postdeploy.record.writers.page_policy import page_policy

MAP_RUNS: Final = 60
LISTED_RUNS: Final = 200
_FEW_BARS: Final = 20
"""So many have room at least, so that one day's runs are no wall."""
_QUIET: Final = GREEN - {Mark.FLAKY} | {Mark.NOT_APPLICABLE, Mark.OUT_OF_SCOPE}


def _class(mark: Mark) -> str:
    return f"m-{mark.value}" if mark is not Mark.OUT_OF_SCOPE else "m-none"


_CELLS: Final = {mark: f"<td class={_class(mark)}>{mark}" for mark in Mark} | {
    Mark.OUT_OF_SCOPE: "<td>"
}


@dataclass(frozen=True)
class Link:
    """A way to a run's record: with an address that can be followed, or a text to copy."""

    text: str
    address: str = ""


@dataclass(frozen=True)
class Listed:
    """One run in the list of runs."""

    run: KeptRun
    red: int
    unseen: int
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Row:
    """One item in the map, with a cell for each run, the newest first."""

    name: str
    cells: str
    """HTML, of letters of our own: nothing in it is anybody's text."""


@dataclass(frozen=True)
class Chapter:
    """All that the page shows of one environment of one system."""

    anchor: str
    title: str
    runs: int
    older: int
    newest: KeptRun
    compared: Compared | None
    said: Sequence[tuple[str, ItemHistory]]
    bars: Bars
    columns: Sequence[KeptRun]
    uneven: Sequence[Row]
    even: Sequence[Row]
    lines: Sequence[Line]
    untold: int
    listed: Sequence[Listed]


def draw(found: Found, store: Store, folder: Path, reports: Path) -> str:
    """The page, which will lie in `folder`; pages of runs are looked for in `reports`."""
    records = {entry.run.identity + entry.run.place: entry for entry in found.entries}

    def links(run: KeptRun) -> tuple[Link, ...]:
        return tuple(_links(records[run.identity + run.place], store, folder, reports))

    chapters = [
        _chapter(number, runs, found.older.get(place, 0), links)
        for number, (place, runs) in enumerate(telling.by_place(found.runs), start=1)
    ]
    environment = _environment()
    return environment.get_template("history.html.j2").render(
        chapters=chapters,
        drawn=datetime.now(UTC),
        passed_over=found.passed_over,
        where=store.where,
        policy=_policy(environment),
        Verdict=Verdict,
        legend=[(mark, _class(mark), meaning) for mark, meaning in MEANINGS.items()],
        width=BAR,
        few=_FEW_BARS,
        wording=wording,
        telling=telling,
    )


def _chapter(
    number: int, runs: Sequence[KeptRun], older: int, links: Callable[[KeptRun], tuple[Link, ...]]
) -> Chapter:
    newest = runs[-1]
    columns = list(reversed(runs[-MAP_RUNS:]))
    names = list(dict.fromkeys(name for run in columns for name in run.items))
    seen = {name: [run.marks.get(name, Mark.OUT_OF_SCOPE) for run in columns] for name in names}
    uneven = [name for name in names if not _QUIET.issuperset(seen[name])]
    uneven.sort(key=lambda name: [-_weight(mark) for mark in seen[name]])
    compared = compare(newest, runs[-LOOK_BACK:], max(len(runs) - LOOK_BACK, 0) + older)
    said = compared.items.items() if compared else ()
    drawn = _lines(runs[-LOOK_BACK:], names)
    return Chapter(
        anchor=f"place-{number}",
        title=f"{newest.system_title or newest.system} · {newest.environment}",
        runs=len(runs),
        older=older,
        newest=newest,
        compared=compared,
        said=sorted(said, key=lambda one: one[1].course is None),
        bars=bars(runs),
        columns=columns,
        uneven=[_row(name, seen[name]) for name in uneven],
        even=[_row(name, seen[name]) for name in names if name not in set(uneven)],
        lines=drawn,
        untold=len(names) + 1 - len(drawn),
        listed=[
            Listed(
                run,
                telling.number_of(run, RED),
                telling.number_of(run, UNSEEN | {Mark.OPEN}),
                links(run),
            )
            for run in reversed(runs[-LISTED_RUNS:])
        ],
    )


def _weight(mark: Mark) -> int:
    """What is red now comes before what was red, and both before what nobody saw."""
    if mark in RED:
        return 3
    return 2 if mark in UNSEEN else int(mark in (Mark.FLAKY, Mark.OPEN))


def _row(name: str, seen: Sequence[Mark]) -> Row:
    return Row(name, "".join(_CELLS[mark] for mark in seen))


def _lines(runs: Sequence[KeptRun], names: Sequence[str]) -> list[Line]:
    """Durations of the whole run and of each item, where enough runs tell; slower ones first."""
    whole = [run.duration for run in runs if run.verdict is Verdict.GO]
    drawn = [line("the whole run", [seconds for seconds in whole if seconds is not None])]
    for name in names:
        took = [run.took.get(name) for run in runs]
        drawn.append(line(name, [seconds for seconds in took if seconds is not None]))
    told = [one for one in drawn if one is not None]
    return sorted(told, key=lambda one: (not one.slower, -one.usual.median))


def _links(entry: Entry, store: Store, folder: Path, reports: Path) -> list[Link]:
    run, found = entry.run, []
    page = reports / run.run_id / "record.html"
    if re.fullmatch(r"[\w-][\w.-]*", run.run_id) and page.is_file():
        found.append(Link("record", _relative(page, folder)))
    if re.match(r"https?://", run.link):
        found.append(Link("CI run", run.link))
    kept = store.link(entry.record)
    if kept.startswith("s3://"):
        return [*found, Link(kept)]
    return [*found, Link("JSON", _relative(Path(kept), folder))]


def _relative(path: Path, folder: Path) -> str:
    return quote(os.path.relpath(path, folder))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("postdeploy.history"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., str]] = {
        "short": short_moment,
        "iso": lambda moment: moment.isoformat(),
        "seconds": _seconds,
        "verdict": telling.verdict_word,
        "version": telling.version,
        "kind": lambda verdict: verdict.value if verdict else "NONE",
    }
    environment.filters.update(filters)
    return environment


def _harmless(value: Any) -> Any:
    return plain_text(value) if type(value) is str else value


def _seconds(seconds: float | None) -> str:
    return wording.duration(seconds) if seconds is not None else "–"


def _policy(environment: Environment) -> str:
    style, script = (environment.get_template(f"history.{kind}").render() for kind in ("css", "js"))
    return page_policy(style, script, images="data:")
