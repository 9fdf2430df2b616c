"""Removes what runs of ours have left in the product, and only that.

docs/leftovers.md is the rule: the product's lists say what there is, the name whose run it is, the owner
that a test user made it; a run's mark on this machine, or else the age, that nobody needs it any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import httpx

from postdeploy.flow import Flow
from postdeploy.ledger import left_by_others, note_removed
from postdeploy.listing import Look, Thing, look
from postdeploy.naming import Mark, began
from postdeploy.presence import Presence, Standing, Trace
from postdeploy.settings import Person
from postdeploy.target import Route
from postdeploy.waiting import quiet

Rule = Callable[[Thing, Look], str]
"""Why a thing of ours is left alone, or "" for one that is to be removed."""
Tell = Callable[[str, Thing, str], None]
"""Told of each thing: what became of it ("removed", "left"), which, and why it was left."""
_ROUNDS = 4
_LINGER_SECONDS = 1.0
"""What is removed may be listed a moment longer."""
_CLOCKS_APART = timedelta(minutes=5)


@dataclass
class Swept:
    """What a sweep did."""

    removed: list[Thing] = field(default_factory=list)
    left: list[tuple[Thing, str]] = field(default_factory=list)
    """What should be gone and is not, and why."""
    kept: Counter[str] = field(default_factory=Counter)
    """Why things of other runs were left alone → how many."""
    alike: int = 0
    unseen: list[str] = field(default_factory=list)
    """What could not be looked at."""
    notes: list[str] = field(default_factory=list)


class Remover:
    """Sends the declared removal of a thing, as the person who owns it."""

    def __init__(self, flow: Flow, routes: Mapping[str, Route]) -> None:
        self._flow = flow
        self._routes = routes
        self._anew: dict[Person, httpx.AsyncClient] = {}
        self.named: set[str] = set()
        """The ids, as they stand in a path, that it was told to remove; the policy lets no other pass."""
        flow.permit.removable = self.named

    async def __call__(self, kind: str, made_id: str, person: Person | None) -> str:
        """Why it could not be removed, or ""; what is not there any more is as good as removed."""
        route = self._routes.get(kind)
        if route is None:
            return f"the target file declares no [cleanup] for a {kind}"
        if made_id.strip(".") == "":
            return f"{made_id!r} is no id: a request with it might remove something else"
        segment = quote(made_id, safe="")
        self.named.add(segment)
        path = route.path.replace("{id}", segment)
        client = self._anew.get(person) if person else None
        answer = await (client or await self._flow.client_as(person)).request(route.method, path)
        if answer.status_code == httpx.codes.UNAUTHORIZED and person and client is None:
            self._anew[person] = await self._flow.client_as(person, anew=True)
            answer = await self._anew[person].request(route.method, path)
        if answer.is_success or answer.status_code in (httpx.codes.NOT_FOUND, httpx.codes.GONE):
            return ""
        return f"{route.method} answered {answer.status_code}"


def of_run(run_id: str) -> Rule:
    """The rule for a run's own things, whichever of its workers made them."""

    def judge(thing: Thing, _: Look) -> str:
        return "" if thing.runs == {run_id} else "of another run"

    return judge


def of_worker(run_id: str, worker: str) -> Rule:
    """The rule for what one process of a run made."""

    def judge(thing: Thing, _: Look) -> str:
        return "" if thing.marks == {Mark(run_id, worker)} else "of another run"

    return judge


def of_earlier_runs(presence: Presence, aged: timedelta, mine: str) -> Rule:
    """The rule for leftovers: of runs that ended here without a word, or old by every clock there is.

    The age of a thing is told by the youngest of: its run's id, and the moment at which the product
    says that it was made; now is the earlier of this machine's clock and the product's.
    """

    # A run that is dead stays so, and one that is asked for has left its mark before it made anything.
    known: dict[str, Standing] = {}

    def judge(thing: Thing, seen: Look) -> str:
        for run_id in thing.runs - known.keys():
            known[run_id] = presence.standing(run_id)
        standings = {known[run_id] for run_id in thing.runs}
        if mine in thing.runs or Standing.ALIVE in standings:
            return "of a run that is still alive"
        if standings == {Standing.DEAD}:
            return ""
        return _too_young(thing, seen.clock, aged)

    return judge


def _too_young(thing: Thing, clock: datetime | None, aged: timedelta) -> str:
    if clock is None:
        return "of unknown age, for the product's answers tell no Date"
    if thing.made is None:
        return "of unknown age, for the product does not tell when it was made"
    moments = [moment for run_id in thing.runs if (moment := began(run_id))]
    age = min(clock, datetime.now(UTC)) - max(thing.made, *moments)
    return "" if age >= aged else f"younger than {aged.total_seconds() / 60:g} minutes"


def _quiet(what: str, thing: Thing, why: str) -> None:
    """Tell nobody."""


async def sweep(
    flow: Flow,
    people: Sequence[Person],
    rule: Rule,
    *,
    traces: Sequence[Trace] = (),
    dry: bool = False,
    tell: Tell = _quiet,
) -> Swept:
    """Look at all lists as `people`, and remove what the rule does not leave alone, the newest first.

    The ledgers of `traces` name what no list shows. `dry` tells all of it as left and sends no write.
    Looks again until the lists hold nothing that is to go: an answer to a removal is not believed.
    """
    swept, remove = Swept(), Remover(flow, flow.environment.cleanup)
    tried: dict[tuple[str, str], str] = {}
    lingering: list[Thing] = []
    for number in range(_ROUNDS):
        seen = await look(flow, people)
        wanted = _wanted(seen, rule, swept)
        new = [thing for thing in wanted if thing.key not in tried]
        new += _unlisted(flow, traces, seen) if number == 0 else []
        if dry:
            swept.left = [(thing, "") for thing in new]
            return swept
        lingering = [thing for thing in wanted if tried.get(thing.key) == ""]
        if new:
            await _remove_all(new, remove, tried, swept, tell)
            _note(new, tried, traces)
        elif lingering:
            await quiet(_LINGER_SECONDS)
        else:
            break
    late = {thing.key for thing in lingering}
    swept.removed = [thing for thing in swept.removed if thing.key not in late]
    for thing in lingering:
        swept.left.append((thing, "its removal was answered well, and it is still listed"))
    return swept


def _wanted(seen: Look, rule: Rule, swept: Swept) -> list[Thing]:
    """What is to go, the newest first and what is about others before them."""
    reasons = [(thing, rule(thing, seen)) for thing in seen.things]
    swept.kept = Counter(why for _, why in reasons if why)
    swept.alike, swept.unseen = len(seen.alike), list(dict.fromkeys(seen.unseen))
    swept.notes = _clock_notes(seen)
    wanted = [thing for thing, why in reasons if not why]
    oldest = datetime.min.replace(tzinfo=UTC)
    return sorted(wanted, key=lambda one: (bool(one.about), one.made or oldest), reverse=True)


def _clock_notes(seen: Look) -> list[str]:
    apart = abs(seen.clock - datetime.now(UTC)) if seen.clock else timedelta()
    if apart < _CLOCKS_APART:
        return []
    minutes = apart.total_seconds() / 60
    return [f"this machine's clock and the product's are {minutes:.0f} minutes apart"]


def _unlisted(flow: Flow, traces: Sequence[Trace], seen: Look) -> list[Thing]:
    """What dead runs' ledgers say was made, and what no list shows under a name of theirs."""
    listed = {thing.key for thing in seen.things}
    found = []
    for trace in traces:
        for line in reversed(left_by_others(trace.folder)):
            kind, made_id = line["kind"], line["id"]
            person = _maker(flow, line)
            nobody = line.get("role") is None
            removable = kind in flow.environment.cleanup and (person is not None or nobody)
            if removable and (kind, made_id) not in listed:
                marks = frozenset({Mark(trace.run_id)})
                found.append(Thing(kind, made_id, line["name"], None, person, (), marks))
    return found


def _maker(flow: Flow, line: Mapping[str, object]) -> Person | None:
    pool = flow.run.settings.pools.get(str(line.get("role")), ())
    number = line.get("number", 1)
    return next((person for person in pool if person.number == number), None)


async def _remove_all(
    things: Sequence[Thing],
    remove: Remover,
    tried: dict[tuple[str, str], str],
    swept: Swept,
    tell: Tell,
) -> None:
    needed: set[tuple[str, str]] = set()
    for thing in things:
        if thing.key in needed:
            why = "kept, for by it alone another leftover can be known again"
        else:
            why = await _removed(thing, remove)
        tried[thing.key] = why
        if why:
            needed |= set(thing.about)
            swept.left.append((thing, why))
        else:
            swept.removed.append(thing)
        tell("left" if why else "removed", thing, why)


async def _removed(thing: Thing, remove: Remover) -> str:
    try:
        return await remove(thing.kind, thing.id, thing.person)
    except Exception as error:  # one that cannot be removed must not keep the others
        return f"{type(error).__name__}: {error}"


def _note(
    things: Sequence[Thing], tried: Mapping[tuple[str, str], str], traces: Sequence[Trace]
) -> None:
    for trace in traces:
        for thing in things:
            if trace.run_id in thing.runs and not tried[thing.key]:
                note_removed(trace.folder, {"kind": thing.kind, "id": thing.id})
