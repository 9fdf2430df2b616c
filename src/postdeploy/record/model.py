"""The execution record: what was validated, what was observed, and what follows from it."""

from datetime import UTC, date, datetime
from pathlib import PurePath
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from postdeploy.outcome import Outcome, Verdict, Weight

SCHEMA_VERSION: Final = 1


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


WaiverState = Literal["used", "needless", "spare", "ended", "refused"]
Moment = Annotated[datetime, AfterValidator(_in_utc)]


class Part(BaseModel):
    """What all parts of the record have in common: they do not change, and have no other keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(Part):
    """Something kept to show what was seen: a file beside the record (`path`) or a `text`."""

    kind: str
    title: str = ""
    path: str | None = Field(default=None, description="relative to the folder of the record")
    text: str | None = None

    @property
    def stays_inside(self) -> bool:
        """Whether `path` is relative and does not climb out of the record's folder."""
        path = PurePath(self.path or "")
        return bool(self.path) and not path.is_absolute() and ".." not in path.parts


class Attempt(Part):
    """One observation of an item by one check."""

    uid: str
    outcome: Outcome
    attempt: int = Field(ge=1)
    note: str = ""
    expected: str = ""
    observed: str = ""
    check: str = ""
    check_title: str = ""
    started: Moment | None = None
    ended: Moment | None = None
    worker: str = ""
    evidence: tuple[Evidence, ...] = ()
    final: bool = False
    """A failure that no further attempt takes back."""


class Waiver(Part):
    """Leave to go on although an item failed or was blocked: why, by whom, until which day."""

    item: str
    reason: str
    owner: str
    until: date
    in_force: bool
    used: bool
    covers: Outcome | None = Field(default=None, description="the outcome that it sets aside")
    state: WaiverState = Field(
        default="spare",
        description="used: sets an outcome aside; needless: the item passed without it; spare: it"
        " could not be told; ended: its day is over; refused: it would need leave of its own",
    )
    critical: bool = Field(default=False, description="the item is of weight R or B")
    source: str = Field(default="", description="file, number and line of the entry")


class Attestation(Part):
    """A named person's answer for an item that the run could not observe."""

    item: str
    by: str
    at: Moment
    note: str = ""
    failed: bool = Field(default=False, description="the person saw it, and it was wrong")


class EarlierRun(Part):
    """An earlier run of the same system and environment."""

    run_id: str
    at: Moment
    verdict: Verdict | None = None


class UsualRange(Part):
    """How long an item took in its last green runs, in seconds."""

    median: float
    low: float
    high: float
    samples: int


Course = Literal["new red", "still red", "fixed", "unseen"]


class ItemHistory(Part):
    """What earlier runs say about one item's outcome; `told` holds all of it in words."""

    outcome: Outcome = Field(description="the outcome that it is said of")
    course: Course | None = Field(
        default=None,
        description="unseen: could not be observed for more than this run, or was red before",
    )
    since: EarlierRun | None = Field(default=None, description="the run in which the course began")
    runs: int = Field(
        default=0, description="in how many runs it has gone on, or went on until now"
    )
    flaky: int = Field(default=0, description="in how many of the last `among` runs it was flaky")
    among: int = 0
    flaky_told: bool = False
    seconds: float | None = None
    usual: UsualRange | None = Field(default=None, description="null where too few runs tell")
    slower: bool = False
    told: tuple[str, ...] = ()


class RunHistory(Part):
    """This run beside the earlier ones of the same system and environment."""

    runs: int = Field(description="how many earlier runs were looked at")
    older: int = Field(default=0, description="how many kept runs were not looked at")
    first: EarlierRun
    previous: EarlierRun
    verdict_since: EarlierRun | None = Field(
        default=None, description="the first of the earlier runs that all had this verdict"
    )
    new_red: tuple[str, ...] = ()
    still_red: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    flaky: tuple[str, ...] = ()
    slower: tuple[str, ...] = ()


class Item(Part):
    """One item of the checklist: what was expected, what was seen, and what to do."""

    id: str
    title: str
    weight: Weight
    required: bool
    outcome: Outcome
    covered: bool = True
    selected: bool = True
    note: str = ""
    expected: str = ""
    observed: str = ""
    timestamp: Moment | None = None
    remediation: str = ""
    indicator: str | None = None
    checks: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    waiver: Waiver | None = None
    attestation: Attestation | None = Field(
        default=None, description="the one that decides: the first that saw it wrong, else the last"
    )
    attestations: tuple[Attestation, ...] = ()
    history: ItemHistory | None = None


class Row(Part):
    """One row of the execution record, as in the source's table."""

    id: str
    title: str
    status: Outcome
    tester: str = ""
    timestamp: Moment | None = None
    notes: str = ""
    items: tuple[Item, ...] = ()


class Indicator(Part):
    """One critical failure indicator, and the items that it rests on."""

    title: str
    state: Literal["raised", "clear", "unknown"]
    because: str
    items: tuple[str, ...]


class Version(Part):
    """What should be deployed, and what was seen to be."""

    expected: dict[str, str] = {}
    observed: dict[str, str] = {}


class Snapshot(Part):
    """What was deployed at one moment, by service."""

    versions: dict[str, str] = {}
    deployments: dict[str, str] = {}


class Identity(Part):
    """What was deployed at the start and at the end; `trouble` says what does not fit."""

    start: Snapshot | None = None
    end: Snapshot | None = None
    trouble: tuple[str, ...] = ()


class Wait(Part):
    """What a check could not go on without: its turn, or something that is made once for several."""

    what: str
    started: Moment
    ended: Moment


class CheckRun(Part):
    """One check on the time line."""

    check: str
    title: str = ""
    status: str
    queued: Moment | None = None
    started: Moment | None = None
    ended: Moment | None = None
    attempts: int = 1
    waiting_seconds: float = 0.0
    waits: tuple[Wait, ...] = ()
    evidence: tuple[Evidence, ...] = Field(
        default=(), description="what was recorded of whole attempts: traces and films"
    )


class Leftover(Part):
    """Something that the run made and could not take away."""

    title: str
    id: str = ""
    url: str = ""
    note: str = ""


class Told(Part):
    """One message about the verdict, to one receiver."""

    by: Literal["slack", "webhook", "pagerduty"]
    where: str = Field(description="a channel, a host, or the key of an alert; never a secret")
    event: Literal["verdict", "trigger", "resolve"] = "verdict"
    verdict: Verdict
    at: Moment
    outcome: Literal["told", "failed", "unknown"] = Field(
        description="unknown: there was no answer, so that it may have arrived"
    )
    note: str = ""
    attempts: int = 0


class Selection(Part):
    """What narrowed the run."""

    markers: str = ""
    keyword: str = ""
    paths: tuple[str, ...] = ()


class Decision(Part):
    """The sentence behind the verdict, the items it rests on, and what else deserves a look."""

    because: str
    told: str = Field(default="", description="the verdict in words, with its waivers")
    rests_on: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    waivers: int = Field(default=0, description="how many waivers set an outcome aside")
    next_waiver_ends: date | None = None


class Record(Part):
    """The execution record of one run."""

    schema_version: Literal[1] = SCHEMA_VERSION
    run_id: str
    system: str
    system_title: str = ""
    environment: str
    urls: dict[str, str] = {}
    scope: str = "full"
    partial: bool = False
    partial_why: str = ""
    selection: Selection = Selection()
    version: Version = Version()
    identity: Identity = Identity()
    tester: str = ""
    reason: str = ""
    shard: str = Field(default="", description="which part of a run it is, as in: shard 2 of 4")
    merged_from: tuple[str, ...] = Field(
        default=(), description="ids of the runs of a merged record"
    )
    started: Moment
    ended: Moment | None = None
    first_ended: Moment | None = Field(
        default=None, description="of a merged record: when the oldest of its runs ended"
    )
    how: str = Field(default="", description="how the run ended; empty when nobody wrote that down")
    tool_version: str = ""
    python: str = ""
    command: str = ""
    verdict: Verdict | None = Field(description="null for a partial run")
    exit_code: int
    decision: Decision
    counts: dict[Outcome, int]
    indicators: tuple[Indicator, ...] = ()
    rows: tuple[Row, ...]
    checks: tuple[CheckRun, ...] = ()
    leftovers: tuple[Leftover, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    history: RunHistory | None = Field(
        default=None, description="null where no earlier run is known"
    )
    told: tuple[Told, ...] = Field(default=(), description="who was told of the verdict")

    @property
    def items(self) -> tuple[Item, ...]:
        """All items, in the order of the rows."""
        return tuple(item for row in self.rows for item in row.items)

    @property
    def seconds(self) -> float | None:
        """How long the run took, in seconds, when its end is known."""
        return (self.ended - self.started).total_seconds() if self.ended else None
