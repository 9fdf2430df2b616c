"""From outcomes to a verdict: one pure function, in which no doubt ever adds up to GO."""

from collections.abc import Sequence
from dataclasses import dataclass

from postdeploy.outcome import EXIT_CODES, Outcome, Verdict, Weight
from postdeploy.record.model import Item, Waiver

NAMED_AT_MOST = 5


@dataclass(frozen=True)
class Facts:
    """What the verdict is made from.

    `trouble` are sentences that forbid a GO although no item says so: the run was interrupted,
    a check broke outside its items, the deployment changed under the run. `exposed`: a file of the run
    holds a secret, or could not be searched for one.
    """

    items: Sequence[Item]
    partial: bool = False
    partial_why: str = ""
    gate: bool = False
    pytest_exit: int | None = None
    trouble: Sequence[str] = ()
    warnings: Sequence[str] = ()
    exposed: bool = False


@dataclass(frozen=True)
class Decided:
    """The verdict (None for a partial run), the exit code, and the grounds for both."""

    verdict: Verdict | None
    exit_code: int
    because: str
    rests_on: tuple[str, ...]
    warnings: tuple[str, ...]
    waivers: tuple[Waiver, ...] = ()
    """Those that set an outcome aside, the one that ends next first."""

    @property
    def told(self) -> str:
        """The verdict in words; a GO says by how many waivers it is one, and until when."""
        if self.verdict is None:
            return "PARTIAL"
        if self.verdict is not Verdict.GO or not self.waivers:
            return self.verdict.value
        number, next_end = len(self.waivers), self.waivers[0].until
        if number == 1:
            return f"GO with 1 waiver, which ends on {next_end}"
        return f"GO with {number} waivers, the next ends on {next_end}"


def decide(facts: Facts) -> Decided:
    """The verdict on a run: the worst of what its items and its troubles say."""
    verdict, because, grounds = _judge(facts)
    warnings = (*facts.warnings, *_item_warnings(facts.items))
    if verdict is not Verdict.BLOCKED or facts.partial:
        warnings = (*facts.trouble, *warnings)
    rests_on = tuple(item.id for item in grounds)
    used = _used_waivers(facts.items)
    if facts.partial:
        because = _partial_sentence(facts, because, grounds)
        return Decided(None, _partial_exit(facts), because, rests_on, warnings, used)
    return Decided(verdict, EXIT_CODES[verdict], because, rests_on, warnings, used)


def _used_waivers(items: Sequence[Item]) -> tuple[Waiver, ...]:
    used = [item.waiver for item in items if item.waiver is not None and item.waiver.used]
    return tuple(sorted(used, key=lambda waiver: (waiver.until, waiver.item)))


def waiver_trouble(items: Sequence[Item]) -> list[str]:
    """Waivers that are no longer right, a sentence each: they must be taken out before a GO."""
    return [
        f"{_WRONG[item.waiver.state].format(item=item.id, until=item.waiver.until)}"
        f" Take it out{f': {item.waiver.source}' if item.waiver.source else ''}."
        for item in items
        if item.waiver is not None and item.waiver.state in _WRONG
    ]


_WRONG = {
    "needless": "The waiver of {item} was not needed, for the item passed.",
    "ended": "The waiver of {item} ended on {until} and counts no more.",
}


def _judge(facts: Facts) -> tuple[Verdict, str, Sequence[Item]]:
    failed = [item for item in facts.items if item.outcome is Outcome.FAILED]
    grounds = [item for item in failed if item.weight is Weight.R]
    if grounds:
        return Verdict.ROLLBACK, _rollback_sentence(grounds), grounds
    grounds = [item for item in failed if item.weight is Weight.F]
    if grounds:
        return Verdict.NO_GO, _sentence(grounds, "failed"), grounds
    grounds = _blocking(facts.items)
    if grounds or facts.trouble:
        return Verdict.BLOCKED, _blocked_sentence(facts, grounds), grounds
    return _go_or_nothing(facts)


def _blocking(items: Sequence[Item]) -> list[Item]:
    """Items that leave the question open. A W item never does: even its failure would not."""
    return [item for item in items if item.weight is not Weight.W and _is_open(item)]


def _is_open(item: Item) -> bool:
    if item.weight is Weight.B and item.outcome is Outcome.FAILED:
        return True
    return item.required and item.outcome in (Outcome.BLOCKED, Outcome.NOT_RUN)


def _go_or_nothing(facts: Facts) -> tuple[Verdict, str, Sequence[Item]]:
    required = [item for item in facts.items if item.required]
    answered = [item for item in required if item.outcome in _ANSWERED]
    # What is waived was let pass, not observed: waivers alone are no ground for a GO.
    observed = [item for item in answered if item.outcome is not Outcome.WAIVED]
    if not any(item.weight in (Weight.R, Weight.F) for item in observed):
        return Verdict.BLOCKED, "No required item was observed.", ()
    return Verdict.GO, _go_sentence(answered), ()


_ANSWERED = frozenset({Outcome.PASSED, Outcome.FLAKY, Outcome.WAIVED, Outcome.ATTESTED})


def _go_sentence(answered: Sequence[Item]) -> str:
    parts = [f"All {len(answered)} required items are answered for"]
    for outcome in (Outcome.WAIVED, Outcome.ATTESTED, Outcome.FLAKY):
        number = sum(item.outcome is outcome for item in answered)
        if number:
            parts.append(f"{number} of them {outcome.value}")
    if len(parts) == 1:
        return f"All {len(answered)} required items passed."
    return ", ".join(parts) + "."


def _blocked_sentence(facts: Facts, grounds: Sequence[Item]) -> str:
    sentences = []
    preconditions = [item for item in grounds if item.weight is Weight.B]
    others = [item for item in grounds if item.weight is not Weight.B]
    if preconditions:
        sentences.append(_sentence(preconditions, "of the preconditions did not hold"))
    for outcome, meaning in (
        (Outcome.BLOCKED, "could not be observed"),
        (Outcome.NOT_RUN, "did not run"),
    ):
        some = [item for item in others if item.outcome is outcome]
        if some:
            sentences.append(_sentence(some, meaning) + _one_reason(some))
    return " ".join([*sentences, *facts.trouble])


def _one_reason(items: Sequence[Item]) -> str:
    """What all of several items were blocked by, where it is the same for all."""
    reasons = {item.note for item in items}
    return f" {next(iter(reasons)).rstrip('.')}." if len(items) > 1 and len(reasons) == 1 else ""


def _rollback_sentence(items: Sequence[Item]) -> str:
    one = len(items) == 1
    said = "failure that calls for a rollback" if one else "failures that call for a rollback"
    return f"{len(items)} {said}: {_names(items)}."


def _sentence(items: Sequence[Item], meaning: str) -> str:
    noun = "item" if len(items) == 1 else "items"
    return f"{len(items)} {noun} {meaning}: {_names(items)}."


def _names(items: Sequence[Item]) -> str:
    names = ", ".join(item.id for item in items[:NAMED_AT_MOST])
    more = len(items) - NAMED_AT_MOST
    return f"{names} and {more} more" if more > 0 else names


def _partial_sentence(facts: Facts, because: str, grounds: Sequence[Item]) -> str:
    why = facts.partial_why or "only a part of the checklist was selected"
    failed = [item for item in grounds if item.outcome is Outcome.FAILED]
    found = f" {because}" if failed else ""
    return f"Partial run, no verdict: {why}.{found}"


def _partial_exit(facts: Facts) -> int:
    blocked = EXIT_CODES[Verdict.BLOCKED]
    if facts.gate or facts.pytest_exit is None:
        return blocked
    # Green as its checks may be, one that went wrong itself says nothing.
    return facts.pytest_exit or (blocked if facts.trouble else 0)


def _item_warnings(items: Sequence[Item]) -> list[str]:
    waived = [text for item in items for text in _waiver_warnings(item)]
    warnings = [*waived, *(text for item in items for text in _warnings_of(item))]
    uncovered = [item for item in items if not item.covered]
    if uncovered:
        warnings.append(_sentence(uncovered, "without a check yet"))
    return warnings


def _warnings_of(item: Item) -> list[str]:
    warnings = []
    if item.outcome is Outcome.FLAKY:
        warnings.append(_said(item, "is flaky"))
    if item.weight is Weight.W and item.required and item.outcome in _UNWELL:
        warnings.append(_said(item, _SAID[item.outcome]))
    elif item.outcome is Outcome.PASSED and _was_blocked(item):
        warnings.append(f"{item.id} {item.note}")
    return warnings + _attestation_warnings(item)


_UNWELL = frozenset({Outcome.FAILED, Outcome.BLOCKED, Outcome.NOT_RUN})
_SAID = {
    Outcome.FAILED: "failed",
    Outcome.BLOCKED: "could not be observed",
    Outcome.NOT_RUN: "did not run",
}


def _said(item: Item, what: str) -> str:
    return f"{item.id} {what}: {item.note}" if item.note else f"{item.id} {what}"


def _was_blocked(item: Item) -> bool:
    return any(attempt.outcome is Outcome.BLOCKED for attempt in item.attempts)


def _waiver_warnings(item: Item) -> list[str]:
    waiver = item.waiver
    if waiver is None:
        return []
    if waiver.used:
        weight = f" [{item.weight.value}]" if waiver.critical else ""
        terms = f"until {waiver.until} by {waiver.owner}: {waiver.reason}"
        return [f"{item.id}{weight} {_SAID[waiver.covers or Outcome.FAILED]}, waived {terms}"]
    if waiver.state == "refused":
        return [f"the waiver of {item.id} counts only with --allow-critical-waivers"]
    if waiver.state == "spare" and item.outcome in (Outcome.FLAKY, Outcome.PASSED):
        return [f"the waiver of {item.id} was not needed this time: {item.outcome.value}"]
    return []


def _attestation_warnings(item: Item) -> list[str]:
    if item.attestation is None or item.outcome is Outcome.ATTESTED:
        return []
    return [f"{item.attestation.by} attested {item.id}, but what was observed stands"]
