"""What the product lists of the things that runs have made: every page, as each test user."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from postdeploy.errors import ProbeError
from postdeploy.flow import Flow
from postdeploy.naming import Mark, marks_in
from postdeploy.settings import Person
from postdeploy.target import Listing

_PAGES = 1000


@dataclass(frozen=True)
class Thing:
    """Something that the product lists; `marks` are the runs that it belongs to, none for somebody else's."""

    kind: str
    id: str
    name: str
    made: datetime | None
    """By the product's clock."""
    person: Person | None
    """As whom it can be removed; None where that takes no session."""
    about: tuple[tuple[str, str], ...] = ()
    """What it is about, where the product has named it itself."""
    marks: frozenset[Mark] = frozenset()

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from all others."""
        return self.kind, self.id

    @property
    def runs(self) -> frozenset[str]:
        """The ids of the runs that it belongs to."""
        return frozenset(mark.run_id for mark in self.marks)


@dataclass
class Look:
    """One look at all lists."""

    things: list[Thing] = field(default_factory=list)
    """Those of any run of ours."""
    alike: set[str] = field(default_factory=set)
    """The ids of those that are called like ours and belong to somebody else."""
    unseen: list[str] = field(default_factory=list)
    """What could not be looked at, and why."""
    clock: datetime | None = None
    """The product's own time, at the last answer that told it."""


async def look(flow: Flow, people: Sequence[Person], kinds: Iterable[str] = ()) -> Look:
    """Ask for the lists of those kinds (all that are declared) as each of `people` whose role makes such things.

    Never raises for a list that cannot be had: it is told under `unseen`.
    """
    seen = Look()
    declared = flow.environment.sweep
    wanted = [kind for kind in declared if not kinds or kind in set(kinds)]
    asked = [
        _rows(flow, seen, kind, path, person)
        for kind in wanted
        for path in declared[kind].paths
        for person in people
        if person.role in declared[kind].roles
    ]
    found: dict[tuple[str, str], Thing] = {}
    for things in await asyncio.gather(*asked):
        for thing in things:
            found.setdefault((thing.kind, thing.id), thing)
    seen.things = [*_ours(found)]
    return seen


async def _rows(flow: Flow, seen: Look, kind: str, path: str, person: Person) -> list[Thing]:
    listing = flow.environment.sweep[kind]
    found: dict[str, Thing] = {}
    try:
        client = await flow.client_as(person)
        async for row in _pages(client, listing, path, seen):
            made_id = _text(_at(row, listing.id))
            if made_id and made_id not in found:
                thing = _thing(flow, kind, made_id, row, person)
                if thing is None:
                    seen.alike.add(made_id)
                else:
                    found[made_id] = thing
    except Exception as error:  # another list may be had all the same
        sentence = (str(error).strip().splitlines() or [type(error).__name__])[0]
        seen.unseen.append(f"{kind}s of {person.role} {person.number}: {sentence}")
    return list(found.values())


async def _pages(client: httpx.AsyncClient, listing: Listing, path: str, seen: Look) -> Any:
    """The rows of all pages, until one brings nothing new: some products repeat the last page for ever."""
    known: set[str] = set()
    for number in range(1, _PAGES + 1):
        answer = await client.get(path.replace("{page}", str(number)))
        if answer.status_code != httpx.codes.OK:
            raise ProbeError(f"GET {answer.request.url.path} was answered {answer.status_code}")
        seen.clock = _date(answer) or seen.clock
        body = answer.json()
        rows = _at(body, listing.items) if listing.items else body
        if not isinstance(rows, list):
            path = answer.request.url.path
            raise ProbeError(f"GET {path} holds no list {listing.items!r}")
        for row in rows:
            yield row
        new = {_text(_at(row, listing.id)) for row in rows} - known
        known |= new
        if not new or "{page}" not in path:
            return
    raise ProbeError(f"{path} has more than {_PAGES} pages")


def _thing(
    flow: Flow, kind: str, made_id: str, row: Mapping[str, Any], seen_by: Person
) -> Thing | None:
    """A row as a thing; None where it is called like ours and its owner is none of the test users."""
    listing = flow.environment.sweep[kind]
    name = _text(_at(row, listing.name))
    marks = marks_in(name, listing.named)
    person = _owner(flow, listing, row, seen_by)
    if person is None:
        if marks:
            return None
        person, name = seen_by, ""
    about = _about(listing, row) if name in listing.unnamed else ()
    return Thing(kind, made_id, name, _moment(_at(row, listing.made)), person, about, marks)


def _owner(flow: Flow, listing: Listing, row: Mapping[str, Any], seen_by: Person) -> Person | None:
    """The test user who owns it, or None."""
    if not listing.owner:
        return seen_by
    owner = _text(_at(row, listing.owner)).strip().casefold()
    if owner == seen_by.email.strip().casefold():
        return seen_by
    everyone = (person for pool in flow.run.settings.pools.values() for person in pool)
    return next((one for one in everyone if one.email.strip().casefold() == owner), None)


def _about(listing: Listing, row: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (kind, _text(one)) for kind, key in listing.about.items() for one in _ids(_at(row, key))
    )


def _ids(value: object) -> Iterator[object]:
    if isinstance(value, list):
        yield from value
    elif value is not None:
        yield value


def _ours(found: Mapping[tuple[str, str], Thing]) -> Iterator[Thing]:
    """What is named as ours, and what nobody named if all that it is about is ours."""
    for thing in found.values():
        if thing.marks:
            yield thing
            continue
        subjects = [found.get(subject) for subject in thing.about]
        marks = [one.marks if one is not None else frozenset() for one in subjects]
        if marks and all(marks):
            yield replace(thing, marks=frozenset().union(*marks))


def _at(row: object, key: str) -> object:
    """The value under a dotted key, or None."""
    for part in key.split("."):
        row = row.get(part) if isinstance(row, dict) else None
    return row


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _moment(value: object) -> datetime | None:
    """A time that says which zone it is of: taken for another one, it could make a fresh thing old."""
    try:
        moment = datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _date(answer: httpx.Response) -> datetime | None:
    try:
        moment = parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
