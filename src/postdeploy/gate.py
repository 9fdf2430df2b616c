"""The record's verdict for gates that are not pytest: one document, rendered for each; nothing is decided anew.

A record that is no answer for this deployment (missing, partial, of another version, too old, not as it was sealed)
is never a success, and never a reason to take anything back either: it is BLOCKED.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from postdeploy.errors import ConfigError, Problem, nearest
from postdeploy.outcome import EXIT_CODES, Verdict
from postdeploy.plain import one_line, shortened
from postdeploy.record.identity import versions_agree
from postdeploy.record.model import Record
from postdeploy.record.seal import JOURNAL
from postdeploy.record.verifying import verify
from postdeploy.record.writers.json import read_record

GATE_VERSION: Final = 1
ASK_AGAIN_SECONDS: Final = 60
_ITEMS_AT_MOST: Final = 20
_WORDS_AT_MOST: Final = 600
_AHEAD: Final = timedelta(minutes=5)
"""How far the clock of the machine that ran may be ahead of this one."""


@dataclass(frozen=True)
class Wanted:
    """What a record must be to count for the deployment at this gate."""

    versions: Mapping[str, str]
    """Component → version; "*" stands for every component."""
    max_age: timedelta | None = None
    seal: str = ""
    system: str = ""
    environment: str = ""


@dataclass(frozen=True)
class Gate:
    """The document that every rendering is made from."""

    verdict: Verdict
    reason: str
    folder: Path
    record: Record | None = None
    """None where there is none that could be read."""

    @property
    def exit_code(self) -> int:
        """The verdict's."""
        return EXIT_CODES[self.verdict]

    def document(self) -> dict[str, Any]:
        """Everything, as plain data."""
        record = self.record
        return {
            "gate_version": GATE_VERSION,
            "verdict": self.verdict.value,
            "exit_code": self.exit_code,
            "reason": self.reason,
            "run_id": record.run_id if record else None,
            "system": record.system if record else None,
            "environment": record.environment if record else None,
            "scope": record.scope if record else None,
            "version": dict(record.version.observed) if record else {},
            "started": record.started.isoformat() if record else None,
            "ended": record.ended.isoformat() if record and record.ended else None,
            "items": [*_items(record)] if record else [],
            "links": {"folder": str(self.folder), "record": str(self.folder / "record.html")},
        }


def look(folder: Path, wanted: Wanted, now: datetime | None = None) -> Gate:
    """The gate's document for the record in this folder; raises nothing, whatever is in there.

    A gate that broke would end with 1, and that is a NO-GO.
    """
    try:
        return _look(folder, wanted, now or datetime.now(UTC))
    except Exception as error:
        told = f"The record in {folder} cannot be judged: {type(error).__name__}: {_words(str(error))}."
        return Gate(Verdict.BLOCKED, told, folder)


def _look(folder: Path, wanted: Wanted, now: datetime) -> Gate:
    try:
        record = read_record(folder / "record.json")
    except OSError:
        return Gate(Verdict.BLOCKED, _no_record(folder), folder)
    except ValidationError:
        return Gate(Verdict.BLOCKED, f"{folder / 'record.json'} is no record.", folder)
    objections = [*_objections(record, folder, wanted, now)]
    because = _words(record.decision.because)
    if objections or record.verdict is None:
        told = " ".join([*objections, f"The record says: {because}"] if objections else [because])
        return Gate(Verdict.BLOCKED, told, folder, record)
    return Gate(record.verdict, because, folder, record)


def _no_record(folder: Path) -> str:
    if (folder / JOURNAL).is_file():
        return f"The run in {folder} has no record: it still goes on, or was killed."
    return f"There is no record in {folder}."


def _objections(record: Record, folder: Path, wanted: Wanted, now: datetime) -> Iterator[str]:
    """Why the record is no answer for this deployment, a sentence each."""
    yield from _unsealed(folder, wanted.seal)
    if record.partial:
        yield "The record is of a part of the checks alone."
    for what, asked, told in (
        ("system", wanted.system, record.system),
        ("environment", wanted.environment, record.environment),
    ):
        if asked and asked != told:
            yield f"The record is of the {what} {told}, not of {asked}."
    yield from _other_versions(record, wanted.versions)
    yield from _too_old(record, wanted.max_age, now)
    if record.verdict is not None and EXIT_CODES[record.verdict] != record.exit_code:
        yield f"The record says {record.verdict} and the exit code {record.exit_code}."


def _unsealed(folder: Path, noted: str) -> Iterator[str]:
    try:
        problems = verify(folder, noted).problems
    except OSError as error:
        problems = (f"{error.filename or folder} cannot be read: {error.strerror or error}",)
    for problem in problems[:3]:
        yield f"The record cannot be trusted: {_words(problem)}."


def _other_versions(record: Record, wanted: Mapping[str, str]) -> Iterator[str]:
    """Seen means seen by the run: what it was told to expect is no observation."""
    observed = record.version.observed
    named = {name: version for name, version in wanted.items() if name != "*"}
    if "*" in wanted:
        named = {**dict.fromkeys(observed, wanted["*"]), **named}
        if not observed:
            yield f"The run saw no version, and {wanted['*']} is expected."
    for name, version in named.items():
        seen = observed.get(name)
        if seen is None:
            yield f"The run did not see which {name} is deployed, and {version} is expected."
        elif not versions_agree(version, seen):
            yield f"The run looked at {name} {_words(seen)}, and {version} is expected."


def _too_old(record: Record, max_age: timedelta | None, now: datetime) -> Iterator[str]:
    """A record that was merged is as old as the oldest of its runs, and ended with the newest."""
    if max_age is None:
        return
    if record.ended is None:
        yield "Nobody wrote down when the run ended."
        return
    first = record.first_ended or record.ended
    if record.ended - now > _AHEAD:
        yield f"The run ended at {record.ended:%Y-%m-%d %H:%M:%S} UTC, which is yet to come."
    elif now - first > max_age:
        what = "One of the merged runs" if first < record.ended else "The run"
        yield (
            f"{what} ended at {first:%Y-%m-%d %H:%M:%S} UTC,"
            f" more than {max_age.total_seconds() / 60:g} minutes ago."
        )


def _items(record: Record) -> Iterator[dict[str, str]]:
    """The items that the verdict rests on."""
    items = {item.id: item for item in record.items}
    for name in record.decision.rests_on[:_ITEMS_AT_MOST]:
        if name in items:
            item = items[name]
            told = {"outcome": item.outcome.value, "weight": item.weight.value}
            yield {"id": name, **told, "note": _words(item.note)}


def _words(text: str) -> str:
    return shortened(one_line(text), _WORDS_AT_MOST)


def as_json(gate: Gate) -> str:
    """The document itself."""
    return json.dumps(gate.document(), indent=2, ensure_ascii=False)


def as_line(gate: Gate) -> str:
    """One line for a person or a log."""
    where = gate.folder / "record.html"
    return one_line(f"{gate.verdict.value}: {gate.reason}" + (f" ({where})" if gate.record else ""))


def as_ecs_hook(gate: Gate) -> str:
    """What a lifecycle hook of an Amazon ECS deployment returns.

    ECS takes the deployment back on FAILED, and asks again on IN_PROGRESS until the hook's own time is over: so what
    could not be observed holds the deployment, and only what was observed and is wrong takes it back.
    """
    status = _HOOK_STATUS[gate.verdict]
    again = {"callBackDelay": ASK_AGAIN_SECONDS} if status == "IN_PROGRESS" else {}
    return json.dumps({"hookStatus": status, **again})


_HOOK_STATUS: Final[Mapping[Verdict, str]] = {
    Verdict.GO: "SUCCEEDED",
    Verdict.NO_GO: "FAILED",
    Verdict.ROLLBACK: "FAILED",
    Verdict.BLOCKED: "IN_PROGRESS",
}


def as_argo(gate: Gate) -> str:
    """What a web metric of Argo Rollouts reads: of `go` and `failed` neither is true while the question is open."""
    failed = gate.verdict in (Verdict.NO_GO, Verdict.ROLLBACK)
    return json.dumps({"go": gate.verdict is Verdict.GO, "failed": failed, **gate.document()})


RENDERINGS: Final[Mapping[str, Callable[[Gate], str]]] = {
    "shell": as_line,
    "json": as_json,
    "ecs-hook": as_ecs_hook,
    "argo": as_argo,
}


def rendering(name: str) -> Callable[[Gate], str]:
    """How the document is written for that kind of gate. Raises ConfigError for an unknown one."""
    if name not in RENDERINGS:
        mend = nearest(name, RENDERINGS)
        raise ConfigError([Problem("--for", f"there is no gate {name!r}", mend)])
    return RENDERINGS[name]
