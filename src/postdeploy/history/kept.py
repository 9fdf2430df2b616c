"""The compact form of a record, which is all that most questions about earlier runs need."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Final, Self

from pydantic import ConfigDict, Field, ValidationError, model_validator
from pydantic_core import from_json

from postdeploy.history.marks import Mark, mark_of
from postdeploy.outcome import Outcome, Verdict
from postdeploy.record.model import Item, Moment, Part, Record

SCHEMA_VERSION: Final = 1
LARGEST: Final = 2_000_000
"""Bytes; what is larger is no compact form of a record."""

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Unreadable(Exception):
    """Something that lies where compact records lie and is none; says why."""


class KeptRun(Part):
    """One run: its verdict, and for each item a letter and the seconds that it took."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    schema_version: int = SCHEMA_VERSION
    run_id: str
    system: str
    system_title: str = ""
    environment: str
    scope: str = "full"
    started: Moment
    ended: Moment | None = None
    kept: Moment
    verdict: Verdict | None
    version: dict[str, str] = Field(default_factory=dict)
    tester: str = ""
    reason: str = ""
    tool_version: str = ""
    link: str = Field(default="", description="where the run itself can be looked at")
    items: tuple[str, ...]
    outcomes: str = Field(pattern=f"^[{''.join(Mark)}]*$", description="a letter for each item")
    seconds: tuple[Seconds | None, ...] = Field(description="how long each item took, if it passed")

    @model_validator(mode="after")
    def _is_of_one_length(self) -> Self:
        if not len(self.items) == len(self.outcomes) == len(self.seconds):
            raise ValueError("items, outcomes and seconds are not equally many")
        return self

    @cached_property
    def marks(self) -> Mapping[str, Mark]:
        """The letter of each item."""
        return {name: _MARKS[mark] for name, mark in zip(self.items, self.outcomes, strict=True)}

    @cached_property
    def took(self) -> Mapping[str, float | None]:
        """The seconds of each item that passed."""
        return dict(zip(self.items, self.seconds, strict=True))

    @property
    def place(self) -> tuple[str, str]:
        """System and environment."""
        return self.system, self.environment

    @property
    def identity(self) -> tuple[Moment, str]:
        """What orders runs in time, and is the same for all revisions of one run's record."""
        return self.started, self.run_id

    @property
    def duration(self) -> float | None:
        """How long the run took, in seconds, where its end is known."""
        return max((self.ended - self.started).total_seconds(), 0.0) if self.ended else None


_MARKS: Final = {str(mark): mark for mark in Mark}


def compact(record: Record, kept: Moment, link: str = "") -> KeptRun:
    """The compact form of a record."""
    items = record.items
    return KeptRun(
        run_id=record.run_id,
        system=record.system,
        system_title=record.system_title,
        environment=record.environment,
        scope=record.scope,
        started=record.started,
        ended=record.ended,
        kept=kept,
        verdict=record.verdict,
        version=record.version.observed or record.version.expected,
        tester=record.tester,
        reason=record.reason,
        tool_version=record.tool_version,
        link=link,
        items=tuple(item.id for item in items),
        outcomes="".join(mark_of(item) for item in items),
        seconds=tuple(_seconds(item) for item in items),
    )


def _seconds(item: Item) -> float | None:
    """How long the longest step of a passed item took; a retry's time is not the usual one."""
    if item.outcome is not Outcome.PASSED:
        return None
    spans = [
        (one.ended - one.started).total_seconds()
        for one in item.attempts
        if one.outcome is Outcome.PASSED and one.started and one.ended
    ]
    return round(max(spans), 3) if spans and min(spans) >= 0 else None


def dump(run: KeptRun) -> bytes:
    """The compact form as one line of JSON, without a line end."""
    return run.model_dump_json().encode()


def load(content: bytes) -> KeptRun:
    """The compact form that was dumped before. Raises Unreadable."""
    try:
        return KeptRun.model_validate_json(content)
    except ValidationError as error:
        raise Unreadable(_why_not(content, error)) from None
    except OverflowError as error:  # a moment before the first that can be told in UTC
        raise Unreadable(f"is no kept run: {error}") from None


def _why_not(content: bytes, error: ValidationError) -> str:
    """Why it is no compact record: made by a newer postdeploy, or what first does not fit."""
    version = _version(content)
    if version > SCHEMA_VERSION:
        return f"is of schema version {version}, which this postdeploy does not know"
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"is no kept run: {place + ': ' if place else ''}{first['msg']}"


def _version(content: bytes) -> int:
    try:
        told: Any = from_json(content)
    except ValueError:
        return 0
    version = told.get("schema_version") if isinstance(told, dict) else None
    return version if isinstance(version, int) else 0
