"""The end of a process of a run: all that it made is removed, also what no answer told of."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from postdeploy.ledger import Entry
from postdeploy.listing import Look, Thing, look
from postdeploy.settings import Person
from postdeploy.sweep import Remover, of_worker
from postdeploy.waiting import quiet

if TYPE_CHECKING:
    from postdeploy.flow import Flow
    from postdeploy.run import Run

_ANSWER_SECONDS = 10.0
"""How long a request that was cut off may still be worked at before its thing is looked for in vain."""
_PAUSE_SECONDS = 0.5


class Removal:
    """Removes what the ledger of one process knows, and what the product lists under the run's name."""

    def __init__(self, run: Run, flow: Flow) -> None:
        self._run = run
        self._flow = flow
        self._remove = Remover(flow, run.environment.cleanup)
        self._rule = of_worker(run.run_id, run.worker)
        self.unseen: list[str] = []
        """What could not be looked at."""

    async def everything(self) -> list[tuple[Entry, str]]:
        """Remove all of it, the newest first; returns what is left, with a sentence saying why."""
        ledger = self._run.ledger
        await self._find_unanswered()
        left = await ledger.clean_up(self._removed)
        # A list that cannot be had is not waited for twice.
        if not self.unseen and await self._find():
            left = [*left, *await ledger.clean_up(self._removed)]
        told = {entry.id: (entry, why) for entry, why in left if not entry.gone}
        return [*told.values(), *self._doubtful()]

    def _doubtful(self) -> Iterable[tuple[Entry, str]]:
        """What may have been made, if the lists that would tell it could not be had."""
        if self.unseen:
            for entry in self._run.ledger.entries:
                if entry.sent and not entry.id and not entry.refused:
                    yield entry, "no answer told whether it was made, and no list could be had"

    async def _removed(self, entry: Entry) -> str:
        return await self._remove(entry.kind, entry.id, self._person(entry))

    def _person(self, entry: Entry) -> Person | None:
        if entry.role is None:
            return None
        return self._run.settings.person(entry.role, entry.number)

    async def _find_unanswered(self) -> None:
        """Enter what the product made and no answer told of; what may still be on its way is waited for."""
        await self._find()
        while any(_may_arrive(entry) for entry in self._run.ledger.entries):
            await quiet(_PAUSE_SECONDS)
            await self._find()

    async def _find(self) -> list[Entry]:
        """Enter in the ledger what the product lists as this process's, and the ledger does not know."""
        seen = await look(self._flow, self._people())
        self.unseen = seen.unseen
        return [entry for thing in self._unknown(seen) if (entry := self._enter(thing))]

    def _people(self) -> Sequence[Person]:
        """As whom this process worked, and made things that have lists."""
        kinds = self._run.environment.sweep
        mine = (self._person(entry) for entry in self._run.ledger.entries if entry.kind in kinds)
        return list(dict.fromkeys(person for person in mine if person is not None))

    def _unknown(self, seen: Look) -> list[Thing]:
        known = {(entry.kind, entry.id) for entry in self._run.ledger.entries}
        mine = [thing for thing in seen.things if not self._rule(thing, seen)]
        return sorted((thing for thing in mine if thing.key not in known), key=_made)

    def _enter(self, thing: Thing) -> Entry:
        ledger = self._run.ledger
        same = (one for one in ledger.entries if one.kind == thing.kind)
        waiting = [one for one in same if not one.id and not one.refused]
        named = [one for one in waiting if one.name == thing.name] or waiting
        if named:
            named[0].tell(thing.id)
            return named[0]
        self._run.warn(f"the {thing.kind} {thing.name} was made without an intent in the ledger")
        role, number = (thing.person.role, thing.person.number) if thing.person else (None, 1)
        return ledger.found(thing.kind, thing.name, thing.id, role, number)


def _may_arrive(entry: Entry) -> bool:
    return entry.pending and time.monotonic() < entry.sent + _ANSWER_SECONDS


def _made(thing: Thing) -> float:
    return thing.made.timestamp() if thing.made else 0.0
