"""The sweep at the start of a run, and at the end of one whose workers were killed; what it did is in the record."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from postdeploy.ledger import makers
from postdeploy.policy import CLEANUP
from postdeploy.presence import Presence, Trace
from postdeploy.settings import Person
from postdeploy.sweep import Swept, of_earlier_runs, of_run, sweep

if TYPE_CHECKING:
    from postdeploy.facts import RunFacts
    from postdeploy.run import Run
    from postdeploy.target import Target

_SECONDS = 90.0
"""A product that does not answer must not keep a run from beginning, or from ending."""


def presence_of(facts: RunFacts, target: Target) -> Presence:
    """The marks of the runs that may meet this one; of a deployment of one's own nobody else knows."""
    shared = facts.leases not in ("", facts.folder)
    return Presence(Path(facts.leases) / "runs" if shared else None, target)


async def sweep_earlier(run: Run, presence: Presence) -> None:
    """Remove what earlier runs have left, as far as this run's own users and dead runs' ledgers show it.

    Never raises: what could not be looked at, or removed, is told in the record.
    """
    if await run.refused():
        return
    traces = presence.dead()
    flow = run.maker("the sweep", (CLEANUP,))
    aged = timedelta(minutes=run.environment.leftovers.aged_minutes)
    rule = of_earlier_runs(presence, aged, run.facts.run_id)
    try:
        people = _own_and_makers(run, traces)
        run.doing = "looking for what earlier runs have left"
        async with asyncio.timeout(_SECONDS):
            tell_record(run, await sweep(flow, people, rule, traces=traces))
    except TimeoutError:
        run.warn(f"what earlier runs have left could not be removed within {_SECONDS:g} s")
    except Exception as error:  # the checks say what the matter is; a sweep judges nothing
        run.warn(f"earlier runs' leftovers could not be looked for: {error}")
    finally:
        run.doing = ""
        await flow.close()


async def sweep_own(run: Run, presence: Presence, told: Container[str]) -> None:
    """Remove what processes of this run that were ended have left; `told` are those that one has told of itself.

    Never raises: what is left is told in the record.
    """
    trace = Trace(run.facts.run_id, run.folder)
    flow = run.maker("the sweep at the end", (CLEANUP,))
    try:
        people = [run.settings.person(*one) for one in sorted(makers(run.folder))]
        async with asyncio.timeout(run.budget.for_closing(_SECONDS)):
            swept = await sweep(flow, people, of_run(run.facts.run_id), traces=[trace])
        for thing, why in swept.left:
            if thing.id not in told:
                run.leave(thing.kind, thing.name, thing.id, why)
        for sentence in swept.unseen:
            run.warn(f"not looked for among what the run made: {sentence}")
        if not swept.left and not swept.unseen:
            presence.forget(run.facts.run_id)
    except Exception as error:  # what the ledgers know is told one by one
        run.warn(f"what was left could not be removed: {type(error).__name__}: {error}")
    finally:
        await flow.close()


def tell_record(run: Run, swept: Swept) -> None:
    """Put what a sweep did under the record's warnings, and what it could not remove under its leftovers."""
    for run_ids, count in Counter(_runs(thing.runs) for thing in swept.removed).items():
        things = "thing" if count == 1 else "things"
        run.warn(f"{count} {things} that {run_ids} had left behind {_was(count)} removed")
    for thing, why in swept.left:
        run.leave(thing.kind, thing.name, thing.id, f"of {_runs(thing.runs)}: {why}")
    for sentence in swept.unseen:
        run.warn(f"not looked for among earlier runs' leftovers: {sentence}")
    for note in swept.notes:
        run.warn(note)


def _runs(run_ids: Iterable[str]) -> str:
    return f"run {', '.join(sorted(run_ids))}"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _own_and_makers(run: Run, traces: Sequence[Trace]) -> list[Person]:
    pools = run.settings.pools
    roles = {role for one in run.environment.sweep.values() for role in one.roles}
    mine = [run.people.of(role) for role in sorted(roles & set(pools))]
    made = {one for trace in traces for one in makers(trace.folder)}
    others = [
        pools[role][number - 1]
        for role, number in sorted(made)
        if number <= len(pools.get(role, ()))
    ]
    return list(dict.fromkeys([*mine, *others]))
