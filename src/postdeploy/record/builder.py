"""Builds the record of a run from its journal: a pure function, so that records can be rebuilt."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from postdeploy.outcome import Outcome
from postdeploy.record.entries import (
    AnyEntry,
    AttemptEntry,
    AttestationEntry,
    CheckEntry,
    EndEntry,
    HistoryEntry,
    IdentityEntry,
    LeftoverEntry,
    MergeEntry,
    PlanEntry,
    RunEntry,
    SecrecyEntry,
    ShardEntry,
    ToldEntry,
    UnreadableEntry,
    WaiverEntry,
    WarningEntry,
    parse_entries,
)
from postdeploy.record.identity import make_identity
from postdeploy.record.indicators import compute_indicators
from postdeploy.record.items import Observations, make_item
from postdeploy.record.merging import (
    NO_SHARDS,
    UNPLANNED,
    Plan,
    Shards,
    add_up,
    is_partial,
    last_ends,
    merge_plans,
    partial_why,
    refuse_mixture,
    shared_waivers,
    waiver_quarrels,
)
from postdeploy.record.model import (
    CheckRun,
    Decision,
    Identity,
    Item,
    Leftover,
    Record,
    Row,
    Told,
)
from postdeploy.record.rows import make_row
from postdeploy.record.trouble import find_trouble, how_ended
from postdeploy.record.verdict import Facts, decide, waiver_trouble

Kind = TypeVar("Kind")


def build_record(entries: Iterable[Mapping[str, Any]]) -> Record:
    """The record of one run, or of several shards of one run whose journals follow each other.

    Raises JournalError when there is no run entry, or runs of different environments.
    """
    journal = _Journal(parse_entries(entries))
    refuse_mixture(journal.runs)
    plan = merge_plans(journal.of(PlanEntry), journal.attempts)
    return _record(journal, plan, _items(journal, plan))


@dataclass(frozen=True)
class _Journal:
    entries: Sequence[AnyEntry]

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [entry for entry in self.entries if isinstance(entry, kind)]

    @cached_property
    def runs(self) -> list[RunEntry]:
        return self.of(RunEntry)

    @property
    def past(self) -> HistoryEntry | None:
        return next(reversed(self.of(HistoryEntry)), None)

    @cached_property
    def merged(self) -> MergeEntry | None:
        return next(iter(self.of(MergeEntry)), None)

    @cached_property
    def shards(self) -> Shards:
        if self.merged is None and len(self.runs) == 1:
            return NO_SHARDS
        return add_up(self.runs, self.of(ShardEntry), self.of(IdentityEntry))

    @cached_property
    def ends(self) -> list[EndEntry]:
        return last_ends(self.of(EndEntry))

    @cached_property
    def attempts(self) -> list[AttemptEntry]:
        # The same attempt may arrive twice: from a worker and by way of the controller.
        return list({attempt.uid: attempt for attempt in self.of(AttemptEntry)}.values())


def _items(journal: _Journal, plan: Plan) -> list[Item]:
    attempts: dict[str, list[AttemptEntry]] = defaultdict(list)
    for attempt in journal.attempts:
        attempts[attempt.item].append(attempt)
    past = journal.past
    seen = Observations(
        attempts=attempts,
        checks=_latest_checks(journal),
        selected=plan.selected,
        taken=plan.taken,
        untaken=journal.shards.untaken,
        waivers=shared_waivers(journal.of(WaiverEntry), len(journal.runs)),
        attestations=_attestations(journal),
        history=dict(past.items) if past else {},
    )
    today = min(run.started for run in journal.runs).date()
    return [make_item(planned, seen, today) for planned in plan.items]


def _attestations(journal: _Journal) -> dict[str, list[AttestationEntry]]:
    by_item: dict[str, list[AttestationEntry]] = defaultdict(list)
    for entry in journal.of(AttestationEntry):
        by_item[entry.item].append(entry)
    return by_item


def _record(journal: _Journal, plan: Plan, items: Sequence[Item]) -> Record:
    first = journal.runs[0]
    version, identity = make_identity(journal.of(IdentityEntry), first.version_expected)
    facts = _facts(journal, plan, items, identity)
    decided = decide(facts)
    return Record(
        **first.model_dump(exclude=_NOT_TAKEN_OVER),
        started=min(run.started for run in journal.runs),
        run_id=journal.merged.run_id if journal.merged else first.run_id,
        shard=str(first.shard) if first.shard and journal.merged is None else "",
        merged_from=tuple(journal.merged.runs) if journal.merged else (),
        ended=max((end.ended for end in journal.ends), default=None),
        first_ended=min((end.ended for end in journal.ends), default=None)
        if journal.merged
        else None,
        how=how_ended(journal.ends, len(journal.runs)),
        version=version,
        identity=identity,
        partial=facts.partial,
        partial_why=facts.partial_why,
        verdict=decided.verdict,
        exit_code=decided.exit_code,
        decision=Decision(
            because=decided.because,
            told=decided.told,
            rests_on=decided.rests_on,
            warnings=decided.warnings,
            waivers=len(decided.waivers),
            next_waiver_ends=decided.waivers[0].until if decided.waivers else None,
        ),
        counts=_counts(items),
        indicators=compute_indicators(items),
        rows=_rows(plan, items, first.tester),
        checks=_checks(journal),
        leftovers=_leftovers(journal),
        waivers=tuple(item.waiver for item in items if item.waiver),
        history=journal.past.run if journal.past else None,
        told=tuple(Told(**one.model_dump(exclude={"kind"})) for one in journal.of(ToldEntry)),
    )


_NOT_TAKEN_OVER = {
    *("kind", "run_id", "started", "partial", "partial_why", "version_expected", "gate", "shard")
}


def _facts(journal: _Journal, plan: Plan, items: Sequence[Item], identity: Identity) -> Facts:
    partial = is_partial(journal.runs, plan, merged=journal.merged is not None)
    return Facts(
        items=items,
        partial=partial,
        partial_why=partial_why(journal.runs) if partial else "",
        gate=any(run.gate for run in journal.runs),
        pytest_exit=_pytest_exit(journal),
        trouble=[
            *_budget(journal, items),
            *_trouble(journal),
            *_merge_trouble(journal),
            *identity.trouble,
            *([] if partial else waiver_trouble(items)),
            *waiver_quarrels(journal.of(WaiverEntry), len(journal.runs)),
        ],
        # Whoever looks at one item only need not mend the file first.
        warnings=[*(waiver_trouble(items) if partial else []), *_warnings(journal, items)],
        exposed=bool(journal.of(SecrecyEntry)),
    )


def _pytest_exit(journal: _Journal) -> int | None:
    exits = [end.pytest_exit for end in journal.ends]
    return max((code for code in exits if code is not None), default=None)


def _budget(journal: _Journal, items: Sequence[Item]) -> list[str]:
    spent = dict.fromkeys(attempt.budget for attempt in journal.attempts if attempt.budget)
    cut_off = sum(item.outcome is Outcome.NOT_RUN and item.selected for item in items)
    not_run = f"{cut_off} item{'s' * (cut_off != 1)} not run"
    return [f"The time budget of {told} was spent: {not_run}." for told in spent]


def _trouble(journal: _Journal) -> list[str]:
    unreadable = [f"Not readable: {entry.text}." for entry in journal.of(UnreadableEntry)]
    told = [text for end in journal.ends for text in end.troubles]
    exposed = [entry.text for entry in journal.of(SecrecyEntry)]
    ends, checks = journal.ends, journal.of(CheckEntry)
    found = find_trouble(ends, len(journal.runs), checks, journal.attempts)
    return [*dict.fromkeys(exposed), *unreadable, *dict.fromkeys(told), *found]


def _merge_trouble(journal: _Journal) -> list[str]:
    merged = journal.merged.troubles if journal.merged else []
    return [*merged, *journal.shards.troubles]


def _warnings(journal: _Journal, items: Sequence[Item]) -> list[str]:
    known = {item.id for item in items}
    lost = [entry.item for entry in journal.of(WaiverEntry) if entry.item not in known]
    lost += [entry.item for entry in journal.of(AttestationEntry) if entry.item not in known]
    leftovers = len(journal.of(LeftoverEntry))
    return [
        *dict.fromkeys(entry.text for entry in journal.of(WarningEntry)),
        *(f"a waiver or attestation names {item}, which the checklist lacks" for item in lost),
        *([f"{leftovers} left behind in the environment"] if leftovers else []),
    ]


def _rows(plan: Plan, items: Sequence[Item], tester: str) -> tuple[Row, ...]:
    row_of = {planned.id: planned.row for planned in plan.items}
    by_row: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        by_row[row_of.get(item.id, UNPLANNED.id)].append(item)
    indicators = compute_indicators(items)
    return tuple(make_row(row, by_row[row.id], indicators, tester) for row in plan.rows)


def _counts(items: Iterable[Item]) -> dict[Outcome, int]:
    counted = Counter(item.outcome for item in items)
    return {outcome: counted[outcome] for outcome in Outcome}


def _checks(journal: _Journal) -> tuple[CheckRun, ...]:
    return tuple(
        CheckRun.model_validate(check.model_dump(exclude={"kind", "run"}))
        for check in _latest_checks(journal)
    )


def _latest_checks(journal: _Journal) -> list[CheckEntry]:
    """The last word on each check, of each run that was merged."""
    return list({(check.run, check.check): check for check in journal.of(CheckEntry)}.values())


def _leftovers(journal: _Journal) -> tuple[Leftover, ...]:
    return tuple(
        Leftover.model_validate(entry.model_dump(exclude={"kind"}))
        for entry in journal.of(LeftoverEntry)
    )
