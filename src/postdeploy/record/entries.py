"""The kinds of journal entries, as the builder reads them."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from postdeploy.outcome import Outcome, Weight
from postdeploy.record.journal import whole
from postdeploy.record.model import (
    Evidence,
    ItemHistory,
    Leftover,
    Moment,
    RunHistory,
    Selection,
    Told,
    Wait,
)

_OF_ONE_ATTEMPT = (
    Outcome.PASSED,
    Outcome.FLAKY,  # passed, though something in it had to be done twice
    Outcome.FAILED,
    Outcome.BLOCKED,
    Outcome.NOT_RUN,
)


def _observable(outcome: Outcome) -> Outcome:
    if outcome not in _OF_ONE_ATTEMPT:
        raise ValueError(f"no single attempt can be {outcome.value!r}")
    return outcome


Observed = Annotated[Outcome, AfterValidator(_observable)]


class Entry(BaseModel):
    """What all kinds have in common; keys that a later writer adds are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ShardOf(Entry):
    """Which part of a run, from 1, and of how many."""

    index: int
    of: int

    def __str__(self) -> str:
        return f"shard {self.index} of {self.of}"


class RunEntry(Entry):
    """The first entry of each process tree: what is run, where, by whom, and why."""

    kind: Literal["run"]
    run_id: str
    system: str
    environment: str
    started: Moment
    system_title: str = ""
    urls: dict[str, str] = {}
    tester: str = ""
    reason: str = ""
    tool_version: str = ""
    selection: Selection = Selection()
    partial: bool = False
    partial_why: str = ""
    scope: str = "full"
    version_expected: dict[str, str] | None = None
    python: str = ""
    command: str = ""
    gate: bool = False
    shard: ShardOf | None = None


class PlannedRow(Entry):
    """One row of the record; `computed` names what is worked out rather than observed."""

    id: str
    title: str
    computed: str | None = None


class PlannedItem(Entry):
    """One item of the checklist, with what this environment and this selection make of it."""

    id: str
    row: str
    title: str
    weight: Weight
    required: bool = True
    applicable: bool = True
    why: str = ""
    covered: bool = True
    by_hand: bool = False
    checks: list[str] = []
    remediation: str = ""
    indicator: str | None = None


class PlanEntry(Entry):
    """Rows and items of the checklist, and the items that this run selected."""

    kind: Literal["plan"]
    rows: list[PlannedRow]
    items: list[PlannedItem]
    selected: list[str] = []
    checks: list[str] = []
    """Those that were selected: each comes to an end, or its items were not run."""
    run: str = ""


class ShardEntry(Entry):
    """How the checks were divided: those of this shard, and those in scope that it leaves to others."""

    kind: Literal["shard"]
    index: int
    of: int
    checks: list[str]
    others: list[str]


class MergeEntry(Entry):
    """The first entry of a journal that was made from those of several runs."""

    kind: Literal["merge"]
    run_id: str
    at: Moment
    runs: list[str]
    troubles: list[str] = []
    """Sentences that forbid a GO: what of those runs is not as it was sealed."""


class AttemptEntry(Entry):
    """One observation of one item by one check."""

    kind: Literal["attempt"]
    uid: str
    item: str
    outcome: Observed
    attempt: int = 1
    note: str = ""
    expected: str = ""
    observed: str = ""
    check: str = ""
    check_title: str = ""
    started: Moment | None = None
    ended: Moment | None = None
    evidence: list[Evidence] = []
    worker: str = ""
    final: bool = False
    """A failure that no further attempt takes back (docs/adr/0008)."""
    budget: str = ""
    """The time budget of the run that was spent before there was an answer."""
    run: str = ""
    """In a merged journal: the run that it is from."""


class CheckEntry(Entry):
    """The end of one check: when it waited, when it ran, how it ended."""

    kind: Literal["check"]
    check: str
    status: str
    title: str = ""
    queued: Moment | None = None
    started: Moment | None = None
    ended: Moment | None = None
    attempts: int = 1
    waiting_seconds: float = 0.0
    waits: list[Wait] = []
    evidence: list[Evidence] = []
    run: str = ""


class IdentityEntry(Entry):
    """What was deployed when the run started, or when it ended."""

    kind: Literal["identity"]
    when: Literal["start", "end"]
    versions: dict[str, str] = {}
    deployments: dict[str, str] = {}
    run: str = ""


class LeftoverEntry(Leftover):
    """Something that the run made and could not take away."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    kind: Literal["leftover"]


class WarningEntry(Entry):
    """Something worth a reader's attention that judges no item."""

    kind: Literal["warning"]
    text: str


class WaiverEntry(Entry):
    """Leave to go on although an item fails, until the end of a day."""

    kind: Literal["waiver"]
    item: str
    reason: str
    owner: str
    until: date
    source: str = ""
    critical_allowed: bool = False
    """Whether one for an item of weight R or B counts."""


class AttestationEntry(Entry):
    """A named person answers for an item that the run could not observe."""

    kind: Literal["attestation"]
    item: str
    by: str
    at: Moment
    note: str = ""
    failed: bool = False
    """The person saw it, and it was wrong."""


class SealEntry(Entry):
    """What stands before it had these digests; they judge nothing (`postdeploy.record.seal`)."""

    kind: Literal["seal"]
    at: Moment


class SecrecyEntry(Entry):
    """A file of the run that must not be published, and why; or that nothing could be searched."""

    kind: Literal["secrecy"]
    text: str


class HistoryEntry(Entry):
    """What the kept records of earlier runs say about this one; the last one counts."""

    kind: Literal["history"]
    run: RunHistory
    items: dict[str, ItemHistory] = {}


class ToldEntry(Told):
    """Somebody was told of the verdict, or was not; judges nothing."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    kind: Literal["told"]


class UnreadableEntry(Entry):
    """A journal line that is damaged."""

    kind: Literal["unreadable"]
    text: str


class EndEntry(Entry):
    """The last entry: how the run ended."""

    kind: Literal["end"]
    ended: Moment
    how: Literal["finished", "interrupted", "terminated", "recovered"]
    pytest_exit: int | None = None
    troubles: list[str] = []
    """Sentences that forbid a GO although no item says so: what could not be written down, above all."""
    run: str = ""


AnyEntry = (
    RunEntry
    | PlanEntry
    | ShardEntry
    | MergeEntry
    | AttemptEntry
    | CheckEntry
    | IdentityEntry
    | LeftoverEntry
    | WarningEntry
    | WaiverEntry
    | AttestationEntry
    | SecrecyEntry
    | SealEntry
    | HistoryEntry
    | ToldEntry
    | UnreadableEntry
    | EndEntry
)
# Of these, a damaged one may have held a failure; of the others, it is only a pity.
_JUDGING = frozenset(
    {"run", "plan", "shard", "merge", "attempt", "check", "identity", "attestation", "secrecy"}
    | {"end"}
)
_ADAPTER: TypeAdapter[AnyEntry] = TypeAdapter(Annotated[AnyEntry, Field(discriminator="kind")])


def parse_entries(entries: Iterable[Mapping[str, Any]]) -> list[AnyEntry]:
    """Each entry as a model; one that does not fit becomes a warning, or trouble, that says why."""
    return [_parsed(entry) for entry in entries]


def _parsed(entry: Mapping[str, Any]) -> AnyEntry:
    try:
        return _ADAPTER.validate_python(_whole(entry))
    except ValidationError as error:
        return _misfit(entry, error)


def _whole(value: Any) -> Any:
    """What a report carried past the journal may hold halves of characters."""
    if isinstance(value, str):
        return value if value.isascii() else whole(value)
    if isinstance(value, Mapping):
        return {_whole(key): _whole(inner) for key, inner in value.items()}
    return [_whole(inner) for inner in value] if isinstance(value, list | tuple) else value


def _misfit(entry: Mapping[str, Any], error: ValidationError) -> AnyEntry:
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    kind = entry.get("kind", "none")
    text = f"journal entry of kind {kind}: {place or 'kind'}: {first['msg']}"
    if kind in _JUDGING:
        return UnreadableEntry(kind="unreadable", text=text)
    return WarningEntry(kind="warning", text=text)
