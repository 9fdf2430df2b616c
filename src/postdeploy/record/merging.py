"""Makes one plan and one run out of the journals of several shards."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from postdeploy.outcome import Weight
from postdeploy.record.entries import (
    AttemptEntry,
    EndEntry,
    IdentityEntry,
    PlanEntry,
    PlannedItem,
    PlannedRow,
    RunEntry,
    ShardEntry,
    WaiverEntry,
)

UNPLANNED = PlannedRow(id="unplanned", title="Not in the checklist")


class JournalError(ValueError):
    """A journal from which no record can be built."""


@dataclass(frozen=True)
class Plan:
    """All rows and items, and the items that any shard selected."""

    rows: Sequence[PlannedRow]
    items: Sequence[PlannedItem]
    selected: frozenset[str]
    taken: Sequence[tuple[str, str]] = ()
    """The checks that any shard selected, each with the run that it is of."""


def refuse_mixture(runs: Sequence[RunEntry]) -> None:
    """Raise JournalError unless the runs are of one environment of one system."""
    if not runs:
        raise JournalError("the journal has no entry of kind run: nothing says what was validated")
    places = {f"{run.system}/{run.environment}" for run in runs}
    if len(places) > 1:
        named = ", ".join(sorted(places))
        raise JournalError(f"these journals are of different environments: {named}")


def merge_plans(plans: Sequence[PlanEntry], attempts: Iterable[AttemptEntry]) -> Plan:
    """One plan from those of the shards. An attempt at an item that is in none of them gets an
    item of its own, since nothing observed may get lost, least of all a failure.
    """
    rows = {row.id: row for plan in plans for row in plan.rows}
    items: dict[str, PlannedItem] = {}
    for item in _with_all_checks(plans):
        items[item.id] = _stricter(items.get(item.id, item), item)
    for attempt in attempts:
        items.setdefault(attempt.item, _unplanned(attempt))
    for item in items.values():
        rows.setdefault(item.row, UNPLANNED.model_copy(update={"id": item.row}))
    selected = frozenset(name for plan in plans for name in plan.selected)
    taken = dict.fromkeys((name, plan.run) for plan in plans for name in plan.checks)
    return Plan(list(rows.values()), list(items.values()), selected, list(taken))


def shared_waivers(waivers: Sequence[WaiverEntry], runs: int) -> dict[str, WaiverEntry]:
    """The waivers, by item, under which each of so many runs was made."""
    quarrelled = _quarrelled(waivers, runs)
    return {one.item: one for one in waivers if one.item not in quarrelled}


def waiver_quarrels(waivers: Sequence[WaiverEntry], runs: int) -> list[str]:
    """A sentence on the items that not every shard, or not every entry, waives alike."""
    names = _quarrelled(waivers, runs)
    if not names:
        return []
    return [f"The shards do not agree on the waivers of {', '.join(names)}: none of them counts."]


def _quarrelled(waivers: Sequence[WaiverEntry], runs: int) -> list[str]:
    number = Counter(map(_terms, waivers))
    return list(dict.fromkeys(one.item for one in waivers if number[_terms(one)] != runs))


def _terms(waiver: WaiverEntry) -> tuple[object, ...]:
    """What a waiver says, wherever the shard's files lie."""
    told = waiver.model_dump(exclude={"source"})
    return tuple(told.values())


def is_partial(runs: Sequence[RunEntry], plan: Plan, *, merged: bool = False) -> bool:
    """Whether something was left out: as the run says, or, of shards, if they do not add up."""
    if len(runs) == 1 and not merged:
        return runs[0].partial or runs[0].shard is not None
    if any(run.shard for run in runs):
        return any(run.partial for run in runs if run.shard)
    if all(run.selection.paths for run in runs):
        return True  # none of them knows what they left out
    wanted = {item.id for item in plan.items if item.required and item.applicable and item.covered}
    return not wanted <= plan.selected


def partial_why(runs: Sequence[RunEntry]) -> str:
    """What narrowed the run."""
    narrowed = [run.partial_why for run in runs if run.partial_why]
    if len(runs) == 1:
        alone = [f"{run.shard} has no verdict by itself" for run in runs if run.shard]
        return ", ".join([*alone, *narrowed])
    if any(run.shard for run in runs):
        return ", ".join(dict.fromkeys(narrowed))
    return "these shards together leave items out"


@dataclass(frozen=True)
class Shards:
    """How the shards that were merged add up."""

    untaken: Mapping[str, str]
    """Checks that are in none of them, each with the reason."""
    troubles: Sequence[str]


NO_SHARDS = Shards({}, ())


def add_up(
    runs: Sequence[RunEntry], shards: Sequence[ShardEntry], identities: Sequence[IdentityEntry]
) -> Shards:
    """What is missing of the parts of a run that were merged."""
    parts = {run.shard.index: run.shard for run in runs if run.shard}
    if not parts:
        return NO_SHARDS
    of = max(shard.of for shard in parts.values())
    missing = [number for number in range(1, of + 1) if number not in parts]
    mine = {check for shard in shards for check in shard.checks}
    others = {check for shard in shards for check in shard.others}
    untaken = sorted(others - mine)
    return Shards(
        dict.fromkeys(untaken, _why_untaken(missing, of)),
        [*_missing(missing, of), *_divided(untaken, missing), *_unidentified(runs, identities)],
    )


def _why_untaken(missing: Sequence[int], of: int) -> str:
    if not missing:
        return "in none of the shards: they were not divided alike"
    numbers = " or ".join(str(number) for number in missing)
    return f"in shard {numbers} of {of}, which is missing"


def _missing(missing: Sequence[int], of: int) -> list[str]:
    return [f"Shard {number} of {of} is missing." for number in missing]


def _divided(untaken: Sequence[str], missing: Sequence[int]) -> list[str]:
    if not untaken or missing:
        return []
    checks = f"{len(untaken)} check{'s' * (len(untaken) != 1)}"
    return [
        f"The shards were not divided alike, so that {checks} ran in none of them:"
        " give each the same --durations-file."
    ]


def _unidentified(runs: Sequence[RunEntry], identities: Sequence[IdentityEntry]) -> list[str]:
    """A shard that saw no deployment may have looked at another one than the rest."""
    seen = {entry.run for entry in identities}
    if not seen - {""}:
        return []
    blind = [run for run in runs if run.shard and run.run_id not in seen]
    return [f"{run.shard} did not see which deployment it looked at.".capitalize() for run in blind]


def last_ends(ends: Sequence[EndEntry]) -> list[EndEntry]:
    """Of each run that was merged, the last word on how it ended; of a single run, all of them."""
    by_run = {end.run or str(number): end for number, end in enumerate(ends)}
    return list(by_run.values())


def _with_all_checks(plans: Sequence[PlanEntry]) -> list[PlannedItem]:
    checks: dict[str, list[str]] = defaultdict(list)
    for item in (item for plan in plans for item in plan.items):
        checks[item.id].extend(item.checks)
    return [
        item.model_copy(update={"checks": list(dict.fromkeys(checks[item.id]))})
        for plan in plans
        for item in plan.items
    ]


def _stricter(one: PlannedItem, other: PlannedItem) -> PlannedItem:
    """What asks for more: who was given paths requires nothing of what it did not collect."""
    return max(other, one, key=_strictness)


def _strictness(item: PlannedItem) -> tuple[bool, bool, bool]:
    known = item.covered or not item.checks  # else another run knows its checks
    return known, item.required, not item.covered


def _unplanned(attempt: AttemptEntry) -> PlannedItem:
    return PlannedItem(id=attempt.item, row=UNPLANNED.id, title=attempt.item, weight=Weight.F)
