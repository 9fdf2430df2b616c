"""Leave to go on although an item fails: waivers/<system>.toml, read and judged before anything runs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from postdeploy.checklist import Checklist
from postdeploy.errors import ConfigError, Problem, nearest
from postdeploy.outcome import Weight
from postdeploy.target_file import read_toml, shown

MOST_DAYS: Final = 30
"""A waiver ends at most so many days after the day on which it is looked at."""
MOST_AT_ONCE: Final = 5
"""So many may be in force in one environment."""
CRITICAL: Final = frozenset({Weight.R, Weight.B})
"""Weights of items whose failure means a rollback, or that nothing else can be trusted."""
OPTION: Final = "--allow-critical-waivers"
_KEYS: Final = ("item", "environments", "reason", "owner", "expires")
_HEADER: Final = re.compile(r"\s*\[\[\s*(?:waivers|'waivers'|\"waivers\")\s*\]\]")
_WILD: Final = re.compile(r"[*?\[\]{}]")


@dataclass(frozen=True)
class Waiver:
    """One entry without a mistake of form; `where` names its file, number and line."""

    item: str
    environments: tuple[str, ...]
    reason: str
    owner: str
    expires: date
    where: str

    def entry(self, *, critical: bool) -> dict[str, Any]:
        """The waiver as the journal keeps it; `critical`: those of weight R or B were allowed."""
        return {
            "kind": "waiver",
            "item": self.item,
            "reason": self.reason,
            "owner": self.owner,
            "until": self.expires.isoformat(),
            "source": self.where,
            "critical_allowed": critical,
        }


@dataclass(frozen=True)
class Ground:
    """What waivers are judged by. `checklists` has every environment of the system: one whose
    checklist is None is not judged in this run, and only the form of its item's ids is.

    `today` is a day in UTC.
    """

    checklists: Mapping[str, Checklist | None]
    today: date
    allow_critical: bool = False

    @property
    def judged(self) -> dict[str, Checklist]:
        """The environments whose waivers are judged in full."""
        return {name: known for name, known in self.checklists.items() if known is not None}


@dataclass(frozen=True)
class WaiverFile:
    """What waivers/<system>.toml says, and everything that is wrong with it."""

    path: Path
    waivers: tuple[Waiver, ...] = ()
    problems: tuple[Problem, ...] = field(default=())

    def of(self, environment: str) -> list[Waiver]:
        """The waivers that name this environment."""
        return [waiver for waiver in self.waivers if environment in waiver.environments]


def read_waivers(folder: Path, system: str, ground: Ground) -> WaiverFile:
    """The waivers of a system; without a file there are none. Never raises for what is in it."""
    path = shown(folder / f"{system}.toml")
    if not path.is_file():
        return WaiverFile(path)
    try:
        raw = read_toml(path)
    except ConfigError as error:
        return WaiverFile(path, problems=error.problems)
    except (OSError, UnicodeDecodeError) as error:
        problem = Problem(str(path), f"cannot be read: {error}", "Make it a TOML file in UTF-8")
        return WaiverFile(path, problems=(problem,))
    entries = raw.get("waivers", [])
    problems = [*_stray_keys(raw, path)]
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        problems.append(Problem(f"{path}, waivers", "is no list of tables", "Write [[waivers]]"))
        return WaiverFile(path, problems=tuple(problems))
    return _judged(path, entries, ground, problems)


def unclaimed_files(folder: Path, systems: Sequence[str]) -> Iterator[Problem]:
    """Files of waivers that belong to no system: a misspelt name would leave them without effect."""
    for path in sorted(folder.glob("*.toml")):
        if path.stem not in systems:
            what = f"there is no system {path.stem!r}"
            yield Problem(str(shown(path)), what, nearest(path.stem, systems) or "Take it out")


def _judged(
    path: Path, entries: Sequence[Mapping[str, Any]], ground: Ground, problems: list[Problem]
) -> WaiverFile:
    waivers = []
    for place, raw in zip(_places(path, len(entries)), entries, strict=True):
        wrong = [*_mistakes(raw, place, ground)]
        problems += wrong
        if not wrong:
            waivers.append(_waiver(raw, place))
    problems += _twins(zip(_places(path, len(entries)), entries, strict=True))
    problems += _too_many(waivers, path, ground)
    return WaiverFile(path, tuple(waivers), tuple(problems))


def _waiver(raw: Mapping[str, Any], place: str) -> Waiver:
    return Waiver(
        item=raw["item"],
        environments=tuple(raw["environments"]),
        reason=raw["reason"].strip(),
        owner=raw["owner"].strip(),
        expires=raw["expires"],
        where=place,
    )


def _stray_keys(raw: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    for key in raw:
        if key != "waivers":
            hint = nearest(key, ["waivers"]) or "Each entry begins with [[waivers]]"
            yield Problem(str(path), f"unknown key {key!r}", hint)


def _places(path: Path, count: int) -> list[str]:
    """Where each entry stands: its number, and its line where that can be told."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [number for number, line in enumerate(lines, start=1) if _HEADER.match(line)]
    told = [f" (line {number})" for number in found] if len(found) == count else [""] * count
    return [f"{path}, entry {number}{line}" for number, line in enumerate(told, start=1)]


def _mistakes(raw: Mapping[str, Any], place: str, ground: Ground) -> Iterator[Problem]:
    """Every mistake of one entry, each key looked at by itself."""
    for key in raw:
        if key not in _KEYS:
            yield Problem(place, f"unknown key {key!r}", nearest(key, _KEYS) or "Take it out")
    for key in _KEYS:
        if key not in raw:
            yield Problem(place, f"{key!r} is missing", _MENDS[key])
    for key in ("item", "reason", "owner"):
        if key in raw and not _is_told(raw[key]):
            yield Problem(f"{place}, {key}", "says nothing", _MENDS[key])
    yield from _wrong_environments(raw, place, ground)
    yield from _wrong_end(raw, place, ground)
    yield from _wrong_item(raw, place, ground)


_MENDS: Final = {
    "item": "Name one item of the checklist",
    "environments": 'List the environments that it is for: environments = ["staging"]',
    "reason": "Say why the failure may stand",
    "owner": "Name the person who answers for it",
    "expires": f"Give the last day, at most {MOST_DAYS} days ahead: expires = 2026-12-01",
}


def _is_told(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _wrong_environments(raw: Mapping[str, Any], place: str, ground: Ground) -> Iterator[Problem]:
    if "environments" not in raw:
        return
    where, names = f"{place}, environments", raw["environments"]
    if not isinstance(names, list) or not names or not all(_is_told(name) for name in names):
        yield Problem(where, "is no list of environments", _MENDS["environments"])
        return
    for name, number in Counter(names).items():
        if number > 1:
            yield Problem(where, f"{name!r} is there twice", "Take one of them out")
        if name not in ground.checklists:
            hint = nearest(name, ground.checklists) or "Name one of the target file"
            yield Problem(where, f"there is no environment {name!r}", hint)


def _named(raw: Mapping[str, Any]) -> list[str]:
    names = raw.get("environments")
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def _wrong_end(raw: Mapping[str, Any], place: str, ground: Ground) -> Iterator[Problem]:
    if "expires" not in raw:
        return
    where, end = f"{place}, expires", raw["expires"]
    if not isinstance(end, date) or isinstance(end, datetime):
        yield Problem(where, f"{end!r} is no date", "Write the day alone: expires = 2026-12-01")
        return
    furthest = ground.today + timedelta(days=MOST_DAYS)
    if end > furthest:
        mend = f"At most {MOST_DAYS} days: {furthest} or earlier"
        yield Problem(where, f"{end} is {(end - ground.today).days} days ahead", mend)
    if end < ground.today and any(name in ground.judged for name in _named(raw)):
        mend = "Take the entry out, or give it a new reason and a new day"
        yield Problem(where, f"ended on {end}", mend)


def _wrong_item(raw: Mapping[str, Any], place: str, ground: Ground) -> Iterator[Problem]:
    name, where = raw.get("item"), f"{place}, item"
    if not isinstance(name, str) or not name.strip():
        return
    if _WILD.search(name):
        yield Problem(where, f"{name!r} is a pattern", "Name each item by itself")
        return
    places = [one for one in dict.fromkeys(_named(raw)) if one in ground.checklists]
    if not places:
        yield from _unknown_form(name, where, ground)
    for environment in places:
        known = ground.checklists[environment]
        if known is None:
            yield from _unknown_form(name, where, ground)
        else:
            yield from _unfit(name, where, environment, known, ground)


def _unknown_form(name: str, where: str, ground: Ground) -> Iterator[Problem]:
    """An id that no environment can have; whether one has it is for that environment's run to say."""
    declared = {form for known in ground.judged.values() for form in known.declared}
    fits = (re.escape(form).replace(re.escape("{name}"), ".+") for form in declared)
    if declared and not any(re.fullmatch(form, name) for form in fits):
        yield Problem(where, f"the checklist has no item {name!r}", _nearest_item(name, declared))


def _unfit(
    name: str, where: str, environment: str, known: Checklist, ground: Ground
) -> Iterator[Problem]:
    item = known.item(name)
    if item is None:
        hint = _nearest_item(name, [one.id for one in known.items])
        yield Problem(where, f"the checklist of {environment} has no item {name!r}", hint)
    elif item.weight is Weight.W:
        what = f"{name} is of weight W: its failure is only a warning"
        yield Problem(where, what, "Take the waiver out, it is not needed")
    elif item.weight in CRITICAL and not ground.allow_critical:
        meaning = "a rollback" if item.weight is Weight.R else "that nothing else can be trusted"
        what = f"{name} is of weight {item.weight}: its failure means {meaning}"
        yield Problem(where, what, f"Take the waiver out, or start the run with {OPTION}")


def _nearest_item(name: str, known: Sequence[str] | set[str]) -> str:
    return nearest(name, known) or "`postdeploy checklist coverage` lists them"


def _twins(entries: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[Problem]:
    first: dict[tuple[str, str], str] = {}
    for place, raw in entries:
        name = raw.get("item")
        for environment in dict.fromkeys(_named(raw)) if isinstance(name, str) else ():
            earlier = first.setdefault((str(name), environment), place)
            if earlier != place:
                what = f"waives {name} in {environment} once more"
                yield Problem(place, what, f"Keep one: {earlier} does so already")


def _too_many(waivers: Sequence[Waiver], path: Path, ground: Ground) -> Iterator[Problem]:
    for environment in ground.judged:
        number = sum(environment in waiver.environments for waiver in waivers)
        if number > MOST_AT_ONCE:
            what = f"{number} waivers are in force in {environment}"
            mend = f"At most {MOST_AT_ONCE} may be: mend what they are for"
            yield Problem(str(path), what, mend)
