"""The items of the record: what was planned, joined with what was observed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from postdeploy.outcome import Outcome, Weight
from postdeploy.record.entries import (
    AttemptEntry,
    AttestationEntry,
    CheckEntry,
    PlannedItem,
    WaiverEntry,
)
from postdeploy.record.model import Attempt, Attestation, Item, ItemHistory, Waiver, WaiverState
from postdeploy.record.settling import Settled, settle

NO_CHECK_YET = "no check yet"
BY_HAND = "answered by a person"


@dataclass(frozen=True)
class Observations:
    """All that the journal says about items."""

    attempts: Mapping[str, Sequence[AttemptEntry]]
    checks: Sequence[CheckEntry]
    selected: frozenset[str]
    taken: Sequence[tuple[str, str]] = ()
    """Checks that were selected, each with the run that it is of; "" for a single one."""
    waivers: Mapping[str, WaiverEntry] = field(default_factory=dict)
    untaken: Mapping[str, str] = field(default_factory=dict)
    """Checks that are in none of the shards that were merged, each with the reason."""
    attestations: Mapping[str, Sequence[AttestationEntry]] = field(default_factory=dict)
    history: Mapping[str, ItemHistory] = field(default_factory=dict)


def make_item(planned: PlannedItem, seen: Observations, today: date) -> Item:
    """One item of the record; `today` decides whether its waiver is still in force."""
    attempts = seen.attempts.get(planned.id, ())
    made = [*attempts, *_silent(planned, seen), *_untaken(planned, seen)]
    made += _unended(planned, seen) if made else []
    item = _observed(planned, made, seen) if made else _unobserved(planned, seen)
    # An answer says more than leave to go without one.
    attested = _attested(item, seen.attestations.get(planned.id, ()))
    waived = _waived(attested, seen.waivers.get(planned.id), today)
    return _with_history(waived, seen.history.get(planned.id))


def _observed(planned: PlannedItem, made: Sequence[AttemptEntry], seen: Observations) -> Item:
    settled = settle(made)
    chosen = settled.attempt or made[-1]
    return Item(
        **_plan_of(planned),
        required=planned.required,
        outcome=settled.outcome,
        selected=planned.id in seen.selected,
        note=_note(settled, chosen),
        expected=chosen.expected,
        observed=chosen.observed,
        timestamp=max((one.ended for one in made if one.ended), default=None),
        attempts=tuple(_attempt(one) for one in made),
        evidence=tuple(chosen.evidence),
    )


def _unobserved(planned: PlannedItem, seen: Observations) -> Item:
    selected = planned.id in seen.selected
    return Item(
        **_plan_of(planned),
        required=planned.required and planned.applicable,
        outcome=_unobserved_outcome(planned),
        covered=planned.covered,
        selected=selected,
        note=_why_unobserved(planned, selected=selected),
    )


def _unobserved_outcome(planned: PlannedItem) -> Outcome:
    if not planned.applicable:
        return Outcome.NOT_APPLICABLE
    return Outcome.BLOCKED if planned.by_hand else Outcome.NOT_RUN


def _why_unobserved(planned: PlannedItem, *, selected: bool) -> str:
    if not planned.applicable:
        return planned.why or "this environment has no such thing"
    if planned.by_hand:
        return f"{BY_HAND}: no check looks at this; it is open until somebody attests it"
    if not planned.covered:
        return NO_CHECK_YET
    return "never reached" if selected else planned.why or "selected away"


def _plan_of(planned: PlannedItem) -> dict[str, Any]:
    return {
        "id": planned.id,
        "title": planned.title,
        "weight": planned.weight,
        "remediation": planned.remediation,
        "indicator": planned.indicator,
        "checks": tuple(planned.checks),
    }


def _silent(planned: PlannedItem, seen: Observations) -> list[AttemptEntry]:
    """Attempts that should have been: a check of this item ended without a word about it."""
    spoke = {(one.check, one.run) for one in seen.attempts.get(planned.id, ())}
    ended = [check for check in seen.checks if check.check in planned.checks]
    silent = [check for check in ended if (check.check, check.run) not in spoke]
    return [_silence(planned, check) for check in silent]


def _unended(planned: PlannedItem, seen: Observations) -> list[AttemptEntry]:
    """Attempts that are missing with the end of their check: what another one saw does not make up for them."""
    told = {(one.check, one.run) for one in seen.attempts.get(planned.id, ())}
    told |= {(one.check, one.run) for one in seen.checks}
    return [
        AttemptEntry(
            kind="attempt",
            uid=f"unended:{run}:{name}:{planned.id}",
            item=planned.id,
            outcome=Outcome.NOT_RUN,
            note="the check did not come to its end",
            check=name,
            run=run,
        )
        for name, run in seen.taken
        if planned.applicable and name in planned.checks and (name, run) not in told
    ]


def _untaken(planned: PlannedItem, seen: Observations) -> list[AttemptEntry]:
    """Attempts that are missing with the shard that would have made them."""
    return [
        AttemptEntry(
            kind="attempt",
            uid=f"shard:{name}:{planned.id}",
            item=planned.id,
            outcome=Outcome.BLOCKED,
            note=seen.untaken[name],
            check=name,
        )
        for name in planned.checks
        if planned.applicable and name in seen.untaken
    ]


def _silence(planned: PlannedItem, check: CheckEntry) -> AttemptEntry:
    passed = check.status == Outcome.PASSED
    return AttemptEntry(
        kind="attempt",
        uid=f"silent:{check.run}:{check.check}:{planned.id}",
        item=planned.id,
        outcome=Outcome.NOT_RUN if passed else Outcome.BLOCKED,
        note="the check ended without observing it" if passed else "not reached: the check broke",
        attempt=max(check.attempts, 1),
        check=check.check,
        check_title=check.title,
        ended=check.ended,
        run=check.run,
    )


def _note(settled: Settled, chosen: AttemptEntry) -> str:
    note = chosen.note or _difference(chosen)
    if settled.outcome is Outcome.FLAKY and chosen.outcome is Outcome.FAILED:
        return f"failed, then passed on a retry: {note}" if note else "failed, then passed"
    if settled.recovered:
        return f"passed on a retry; before, it could not be observed. {note}".strip()
    return note


def difference(expected: str, observed: str) -> str:
    """What was expected and what was observed, as one note."""
    return f"expected {expected}; observed {observed or 'nothing'}"


def _difference(attempt: AttemptEntry) -> str:
    if attempt.outcome is Outcome.PASSED or not attempt.expected:
        return ""
    return difference(attempt.expected, attempt.observed)


def _attempt(entry: AttemptEntry) -> Attempt:
    return Attempt.model_validate(entry.model_dump(exclude={"kind", "item", "budget", "run"}))


def _waived(item: Item, entry: WaiverEntry | None, today: date) -> Item:
    if entry is None:
        return item
    state = _waiver_state(item, entry, today)
    used = state == "used"
    waiver = Waiver(
        item=item.id,
        reason=entry.reason,
        owner=entry.owner,
        until=entry.until,
        in_force=state not in ("ended", "refused"),
        used=used,
        covers=item.outcome if used else None,
        state=state,
        critical=item.weight in _CRITICAL,
        source=entry.source,
    )
    outcome = Outcome.WAIVED if used else item.outcome
    return item.model_copy(update={"waiver": waiver, "outcome": outcome})


_CRITICAL = frozenset({Weight.R, Weight.B})


def _waiver_state(item: Item, entry: WaiverEntry, today: date) -> WaiverState:
    if entry.until < today:
        return "ended"
    if item.weight in _CRITICAL and not entry.critical_allowed:
        return "refused"
    if item.outcome in (Outcome.FAILED, Outcome.BLOCKED):
        return "used"
    return "needless" if _passed_throughout(item) else "spare"


def _passed_throughout(item: Item) -> bool:
    """Whether all that could speak against the item was looked at, and nothing ever did."""
    told = {one.check for one in item.attempts}
    always = all(one.outcome is Outcome.PASSED for one in item.attempts)
    return item.outcome is Outcome.PASSED and always and set(item.checks) <= told


def is_unseen(item: Item) -> bool:
    """Whether no check observed the item, so that a person may answer for it."""
    return item.outcome in (Outcome.BLOCKED, Outcome.NOT_RUN)


def _attested(item: Item, entries: Sequence[AttestationEntry]) -> Item:
    if not entries or item.outcome is Outcome.NOT_APPLICABLE:
        return item
    told = tuple(Attestation.model_validate(one.model_dump(exclude={"kind"})) for one in entries)
    wrong = next((one for one in told if one.failed), None)
    decisive = wrong or told[-1]
    update: dict[str, object] = {"attestation": decisive, "attestations": told}
    # A person may answer for what was not seen, never against what was: and what a person saw wrong was seen.
    if wrong is not None and item.outcome is not Outcome.FAILED:
        note = f"{wrong.by} saw it wrong: {wrong.note}"
        update |= {"outcome": Outcome.FAILED, "timestamp": wrong.at, "note": note}
    elif is_unseen(item):
        note = f"{decisive.by} answers for it: {decisive.note}"
        update |= {"outcome": Outcome.ATTESTED, "timestamp": decisive.at, "note": note}
    return item.model_copy(update=update)


def _with_history(item: Item, history: ItemHistory | None) -> Item:
    """What was said of another outcome (before somebody attested the item) says nothing of this one."""
    if history is None or history.outcome is not item.outcome:
        return item
    return item.model_copy(update={"history": history})
