"""Makes one plan and one run out of the journals of several shards."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from postdeploy.outcome import Weight
from postdeploy.record.entries import (
    AttemptEntry,
    PlanEntry,
    PlannedItem,
    PlannedRow,
    RunEntry,
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
    items = {item.id: item for item in _with_all_checks(plans)}
    for attempt in attempts:
        items.setdefault(attempt.item, _unplanned(attempt))
    for item in items.values():
        rows.setdefault(item.row, UNPLANNED.model_copy(update={"id": item.row}))
    selected = frozenset(name for plan in plans for name in plan.selected)
    return Plan(list(rows.values()), list(items.values()), selected)


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


def is_partial(runs: Sequence[RunEntry], plan: Plan) -> bool:
    """Whether something was left out: as the run says, or, of shards, if they do not add up."""
    if len(runs) == 1:
        return runs[0].partial
    wanted = {item.id for item in plan.items if item.required and item.applicable and item.covered}
    return not wanted <= plan.selected


def partial_why(runs: Sequence[RunEntry]) -> str:
    """What narrowed the run."""
    if len(runs) == 1:
        return runs[0].partial_why
    return "these shards together leave items out"


def _with_all_checks(plans: Sequence[PlanEntry]) -> list[PlannedItem]:
    checks: dict[str, list[str]] = defaultdict(list)
    for item in (item for plan in plans for item in plan.items):
        checks[item.id].extend(item.checks)
    return [
        item.model_copy(update={"checks": list(dict.fromkeys(checks[item.id]))})
        for plan in plans
        for item in plan.items
    ]


def _unplanned(attempt: AttemptEntry) -> PlannedItem:
    return PlannedItem(id=attempt.item, row=UNPLANNED.id, title=attempt.item, weight=Weight.F)
