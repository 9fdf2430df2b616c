"""The rows of the record: the status of each, and a sentence on how it came about."""

from collections import Counter
from collections.abc import Sequence

from postdeploy.outcome import Outcome
from postdeploy.record.entries import PlannedRow
from postdeploy.record.indicators import STATUS
from postdeploy.record.model import Indicator, Item, Row
from postdeploy.record.settling import WORST_FIRST, worst

NAMED_AT_MOST = 3
_TOLD = (Outcome.FAILED, Outcome.BLOCKED, Outcome.NOT_RUN, Outcome.FLAKY, Outcome.WAIVED)


def make_row(
    planned: PlannedRow, items: Sequence[Item], indicators: Sequence[Indicator], tester: str
) -> Row:
    """One row from its items, or from the indicators when it is their row."""
    if is_indicator_row(planned):
        return _indicator_row(planned, items, indicators, tester)
    return Row(
        id=planned.id,
        title=planned.title,
        status=_status([item for item in items if _weighs(item)] or items),
        tester=_testers(items, tester),
        timestamp=max((item.timestamp for item in items if item.timestamp), default=None),
        notes=_notes(items),
        items=tuple(items),
    )


def is_indicator_row(planned: PlannedRow) -> bool:
    """Whether the row is worked out from the critical failure indicators."""
    return planned.computed == "indicators" or "critical failure indicator" in planned.title.lower()


def _weighs(item: Item) -> bool:
    # An item outside the scope does not make a row look unfinished.
    return item.required or item.outcome is not Outcome.NOT_RUN


def _status(items: Sequence[Item]) -> Outcome:
    return worst([item.outcome for item in items] or [Outcome.NOT_RUN])


def _testers(items: Sequence[Item], tester: str) -> str:
    people = [
        one.by
        for item in items
        for one in item.attestations
        if one.failed or item.outcome is Outcome.ATTESTED
    ]
    return ", ".join(dict.fromkeys([tester, *people] if tester else people))


def _notes(items: Sequence[Item]) -> str:
    told = [item for outcome in _TOLD for item in items if item.outcome is outcome and item.note]
    told = [item for item in told if _weighs(item)]
    sentences = [_counts(items), *(f"{item.id}: {item.note}" for item in told[:NAMED_AT_MOST])]
    if len(told) > NAMED_AT_MOST:
        sentences.append(f"and {len(told) - NAMED_AT_MOST} more")
    return ". ".join(sentence.rstrip(". ") for sentence in sentences) + "."


def _counts(items: Sequence[Item]) -> str:
    if not items:
        return "No items"
    counted = Counter(item.outcome for item in items)
    if set(counted) == {Outcome.PASSED}:
        return "Passed" if len(items) == 1 else f"All {len(items)} passed"
    said = [f"{counted[outcome]} {outcome.value}" for outcome in WORST_FIRST if counted[outcome]]
    return f"Of {len(items)}: {', '.join(said)}"


def _indicator_row(
    planned: PlannedRow, items: Sequence[Item], indicators: Sequence[Indicator], tester: str
) -> Row:
    statuses = [STATUS[one.state] for one in indicators] + [item.outcome for item in items]
    told = [f"{one.title}: {one.state} ({one.because})" for one in indicators if _speaks(one)]
    counted = Counter(one.state for one in indicators)
    said = ", ".join(f"{number} {state}" for state, number in counted.items())
    return Row(
        id=planned.id,
        title=planned.title,
        status=worst(statuses or [Outcome.NOT_RUN]),
        tester=tester,
        notes=". ".join([said.capitalize() or "No indicators", *told]) + ".",
        items=tuple(items),
    )


def _speaks(indicator: Indicator) -> bool:
    return indicator.state != "clear"
