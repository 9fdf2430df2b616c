"""The answers a check gives: one step per checklist item, each with an outcome of its own."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from postdeploy.errors import ENDINGS
from postdeploy.outcome import GREEN, Outcome


class NotReached(Exception):
    """Ends a flow, or a branch of it, behind a gate that did not pass."""


@dataclass(frozen=True)
class Evidence:
    """Something to look at: `kind` is screenshot, curl, text, link or trace; a path is relative to the run's folder."""

    kind: str
    title: str
    text: str = ""
    path: str = ""


@dataclass
class Step:
    """What a check says about the item it is answering: what it expected, what it observed."""

    expected: str = ""
    observed: str = ""
    note: str = ""
    evidence: list[Evidence] = field(default_factory=list)

    def saw(self, observed: object, *, expected: object = "") -> None:
        """Keep the observation (and the expectation) for the record, pass or fail."""
        self.observed = str(observed)
        if expected != "":
            self.expected = str(expected)

    def show(self, title: str, text: str, kind: str = "text") -> None:
        """Add a piece of text as evidence."""
        self.evidence.append(Evidence(kind, title, text=text))


@dataclass(frozen=True)
class Answer:
    """One attempt at one item."""

    item: str
    outcome: Outcome
    note: str
    expected: str
    observed: str
    started: str
    ended: str
    evidence: tuple[Evidence, ...] = ()
    final: bool = False
    """Whether a failure stands, whatever a further attempt sees."""


@dataclass(frozen=True)
class Judgement:
    """How an exception counts: as the product's failure or as something that could not be observed."""

    outcome: Outcome
    note: str
    observed: str = ""
    evidence: tuple[Evidence, ...] = ()
    final: bool = False
    """Whether a failure stands, whatever a further attempt sees: something was there, and it was wrong."""


Judge = Callable[[BaseException], Awaitable[Judgement]]
Look = Callable[[str, str], Awaitable[tuple[Evidence, ...]]]
"""Pictures of what an item's step is about, "before" it or "after" it passed, where any are wanted."""


async def no_look(_item: str, _moment: str) -> tuple[Evidence, ...]:
    """Take no pictures."""
    return ()


class Check:
    """The items that one check answers in one attempt."""

    def __init__(self, covers: Sequence[str], judge: Judge, record: Callable[[Answer], None]):
        self.covers = tuple(covers)
        self.answers: dict[str, Answer] = {}
        self.repeats: Callable[[], Sequence[str]] = tuple
        """What had to be done again since this was last asked; it makes the item that it happened in flaky."""
        self.refusals: Callable[[], Sequence[str]] = tuple
        """What the policy refused since this was last asked; no item ends green over it."""
        self.look: Look = no_look
        self._judge = judge
        self._record = record

    @contextlib.asynccontextmanager
    async def item(self, item_id: str, *, expected: str = "") -> AsyncIterator[Step]:
        """Answer `item_id` by the block: an exception in it is that item's failure, and the flow goes on.

        `expected` is a sentence for the record. Raises LookupError for an id that the check does not declare.
        """
        async with self._answer(item_id, expected) as step:
            yield step

    @contextlib.asynccontextmanager
    async def gate(self, item_id: str, *, expected: str = "") -> AsyncIterator[Step]:
        """As `item`, but what follows needs it: when it does not pass, the flow (or the branch) ends here
        and the items behind it are blocked as not reached.
        """
        async with self._answer(item_id, expected) as step:
            yield step
        if not self.passed(item_id):
            raise NotReached(item_id)

    @contextlib.asynccontextmanager
    async def branch(self) -> AsyncIterator[None]:
        """A part of a flow that ends at its own gates; what stands behind the branch still runs."""
        with contextlib.suppress(NotReached):
            yield

    def wants(self, item_id: str) -> bool:
        """Whether the item is applicable here: ask before the step of an optional one."""
        return item_id in self.covers

    def all_passed(self) -> bool:
        """Whether every item has been answered, and rightly."""
        return all(self.passed(item_id) for item_id in self.covers)

    def passed(self, item_id: str) -> bool:
        """Whether the item has been answered, and rightly."""
        answer = self.answers.get(item_id)
        return answer is not None and answer.outcome in GREEN

    @contextlib.asynccontextmanager
    async def _answer(self, item_id: str, expected: str) -> AsyncIterator[Step]:
        if item_id not in self.covers:
            raise LookupError(f"{item_id!r} is not among the items that this check covers")
        if item_id in self.answers:
            raise LookupError(f"{item_id!r} is answered twice by this check")
        step = Step(expected=expected)
        before = await self.look(item_id, "before")
        started = now()
        try:
            yield step
        except (NotReached, *ENDINGS):
            raise
        except BaseException as error:
            self.repeats()  # they are this item's, and its failure says more than they do
            self.refusals()  # which the judgement tells of
            step.evidence[:0] = before
            self._put(item_id, step, started, await self._judge(error))
        else:
            step.evidence[:] = [*before, *step.evidence, *await self.look(item_id, "after")]
            self._put(item_id, step, started, self._green(step))

    def _green(self, step: Step) -> Judgement:
        refused = self.refusals()
        if refused:
            return Judgement(Outcome.BLOCKED, "; ".join(refused), final=True)
        repeats = self.repeats()
        if not repeats:
            return Judgement(Outcome.PASSED, step.note)
        return Judgement(Outcome.FLAKY, "; ".join([*filter(None, [step.note]), *repeats]))

    def _put(self, item_id: str, step: Step, started: str, judgement: Judgement) -> None:
        answer = Answer(
            item=item_id,
            outcome=judgement.outcome,
            note=judgement.note,
            expected=step.expected,
            observed=step.observed or judgement.observed,
            started=started,
            ended=now(),
            evidence=(*step.evidence, *judgement.evidence),
            final=judgement.final,
        )
        self.answers[item_id] = answer
        self._record(answer)

    def close(self, judgement: Judgement | None) -> None:
        """Answer what is still open: by `judgement` when the check ended by an error, else as not reached.

        An item behind a gate that did not pass is blocked and names that gate; so is one that the check forgot.
        """
        for position, item_id in enumerate(self.covers):
            if item_id not in self.answers:
                self._put(item_id, Step(), now(), judgement or self._not_reached(position))

    def overturn(self) -> None:
        """Take back the last green answer where something was refused after it, and nothing tells of that."""
        refused = self.refusals()
        green = [item for item, answer in self.answers.items() if answer.outcome in GREEN]
        if refused and green:
            judgement = Judgement(Outcome.BLOCKED, "; ".join(refused), final=True)
            self._put(green[-1], Step(), now(), judgement)

    def _not_reached(self, position: int) -> Judgement:
        for earlier in reversed(self.covers[:position]):
            answer = self.answers.get(earlier)
            if answer is not None and answer.outcome not in GREEN:
                if answer.note.startswith("not reached:"):
                    return Judgement(Outcome.BLOCKED, answer.note)
                return Judgement(Outcome.BLOCKED, f"not reached: {earlier} {answer.outcome}")
        return Judgement(Outcome.BLOCKED, "the check ended without answering it")


def now() -> str:
    """The present moment, UTC, as ISO 8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
