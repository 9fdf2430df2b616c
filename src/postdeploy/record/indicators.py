"""Critical failure indicators: each a rule over the items that name it in the checklist."""

from collections.abc import Iterable, Sequence
from typing import Final, Literal

from postdeploy.outcome import Outcome
from postdeploy.record.model import Indicator, Item

State = Literal["raised", "clear", "unknown"]

STATUS: Final[dict[State, Outcome]] = {
    "raised": Outcome.FAILED,
    "unknown": Outcome.BLOCKED,
    "clear": Outcome.PASSED,
}


def compute_indicators(items: Iterable[Item]) -> tuple[Indicator, ...]:
    """One indicator for each title that items name, in the order of first mention.

    Raised when an item failed, waived or not; unknown when one was not observed; else clear.
    """
    groups: dict[str, list[Item]] = {}
    for item in items:
        if item.indicator:
            groups.setdefault(item.indicator, []).append(item)
    return tuple(_indicator(title, group) for title, group in groups.items())


def _indicator(title: str, items: Sequence[Item]) -> Indicator:
    there = [item for item in items if item.outcome is not Outcome.NOT_APPLICABLE]
    state, grounds = _judge(there)
    return Indicator(title=title, state=state, because=_sentence(state, grounds), items=_ids(items))


def _judge(items: Sequence[Item]) -> tuple[State, Sequence[Item]]:
    failed = [item for item in items if _seen(item) is Outcome.FAILED]
    if failed:
        return "raised", failed
    unseen = [item for item in items if _seen(item) in (Outcome.BLOCKED, Outcome.NOT_RUN)]
    if unseen or not items:
        return "unknown", unseen
    return "clear", items


def _seen(item: Item) -> Outcome:
    """What was observed, whatever a waiver makes of it."""
    covered = item.waiver.covers if item.waiver else None
    return covered or item.outcome


def _sentence(state: State, grounds: Sequence[Item]) -> str:
    if not grounds:
        return "nothing in this environment to observe it by"
    names = ", ".join(_ids(grounds))
    if state == "clear":
        return f"observed by {names}"
    return f"failed: {names}" if state == "raised" else f"not observed: {names}"


def _ids(items: Sequence[Item]) -> tuple[str, ...]:
    return tuple(item.id for item in items)
