"""Runs the checks, as a person would, against a sandbox that has a fault."""

from __future__ import annotations

import contextlib
import json
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from postdeploy.record.builder import build_record
from postdeploy.record.journal import read_journal
from postdeploy.record.model import Record
from selftests.faults.plans import Plan, only_answered_by
from selftests.faults.warm import ROOT, SANDBOX, SUITE, Warm

TIGHT = {
    "job_seconds": 8,
    "upload_seconds": 8,
    "index_seconds": 8,
    "chat_seconds": 8,
    "mail_seconds": 6,
    "sentry_seconds": 6,
    "fullstory_seconds": 6,
    "page_seconds": 10,
}
"""Bounds in seconds, tighter than the target file's: at the pace `instant` nothing takes a second."""
_FLOWS = "tests/e2e/"
_LIGHT = (
    "tests/smoke/test_health.py::test_health_endpoint",
    "tests/smoke/test_preconditions.py::test_every_endpoint",
)
_AWS = "tests/infra/"
_HEAVY_EVERY = 14
"""Beside the checks that a fault concerns two light ones are run; with one fault in fourteen a flow as well, with
one in fourteen some of AWS, and with one in fourteen any other, which may have to sign in five people first. Every
fault meets the whole suite each night."""
_OPTIONS = (
    "--env",
    "sandbox",
    "-q",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:hypothesispytest",
    "-p",
    "no:unraisableexception",
    "--no-sweep",  # a sandbox of its own has seen no earlier run, and light checks need nobody signed in
)
_RUN_SECONDS = 300
_OF_CHECKS = ("attempt", "check")
"""Kinds of journal entries that belong to one check."""


@dataclass(frozen=True)
class Part:
    """A part of a run: all of some checks, by their node ids, and single items of any."""

    checks: frozenset[str]
    items: frozenset[str]

    def holds(self, entry: Mapping[str, Any]) -> bool:
        """Whether that entry of the journal belongs to it."""
        if entry["kind"] not in _OF_CHECKS:
            return False
        return entry["check"] in self.checks or entry.get("item") in self.items


@dataclass(frozen=True)
class FaultRun:
    """What a run against a fault ended with."""

    record: Record
    exit_code: int
    said: str
    folder: Path

    def without(self, part: Part, plan: Plan) -> Self:
        """The run as if that part of it had not been asked for."""
        entries = read_journal(self.folder / "journal.jsonl")
        kept = [one for one in entries if not part.holds(one)]
        unasked = only_answered_by(plan, part.checks) | part.items
        # A check's last word is about all its items: where only those left out were bad, it is not about the rest.
        excused = _with_bad(one for one in entries if part.holds(one)) - _with_bad(kept)
        for entry in kept:
            if entry["kind"] == "plan":
                entry["selected"] = [item for item in entry["selected"] if item not in unasked]
                for item in entry["items"]:
                    item["checks"] = [] if item["id"] in part.items else item["checks"]
            if entry["kind"] == "check" and entry["check"] in excused:
                entry["status"] = "passed"
        return replace(self, record=build_record(_as_whole(kept)))

    def items(self, *outcomes: str) -> dict[str, str]:
        """Ids and notes of the items with one of those outcomes."""
        return {
            item.id: item.note
            for row in self.record.rows
            for item in row.items
            if item.outcome in outcomes
        }


def sampled(plan: Plan, besides: Sequence[str], seed: str, *, heavy: bool = True) -> list[str]:
    """Other checks, a different few for each seed and always the same for one seed; without `heavy` only light ones."""
    every = dict.fromkeys(check for item in plan["items"] for check in item["checks"])
    others = sorted(
        (check for check in every if check not in besides),
        key=lambda check: zlib.crc32(f"{seed} {check}".encode()),
    )
    flows = [check for check in others if check.startswith(_FLOWS)]
    light = [check for check in others if check.startswith(_LIGHT)]
    turn = zlib.crc32(seed.encode()) % _HEAVY_EVERY
    aws = [check for check in others if check.startswith(_AWS)]
    more = {0: others[:1], 1: flows[:1], 2: aws[:5]}.get(turn, []) if heavy else []
    return list(dict.fromkeys([*light[:2], *more]))


class FaultHouse:
    """Runs checks against sandboxes with faults, one after the other; as `with` block."""

    def __init__(self) -> None:
        self._suite = Warm("pytest", SUITE)
        self._sandbox = Warm("sandbox", SANDBOX)

    def __enter__(self) -> Self:
        self._suite.__enter__()
        self._sandbox.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._sandbox.__exit__(kind, error, trace)
        self._suite.__exit__(kind, error, trace)

    def run(
        self,
        faults: Sequence[str],
        checks: Sequence[str],
        folder: Path,
        *,
        system: str = "qumis",
        more_environment: Mapping[str, str] | None = None,
        options: Sequence[str] = (),
        target: str = "",
        retry: bool = True,
    ) -> FaultRun:
        """Start a sandbox with `faults`, run `checks` (none = all), and read the record as if it were whole.

        `target` is added to the target file, for this run; without `retry` what fails once has failed.
        """
        environment = {
            **_environment(),
            **(more_environment or {}),
            "SANDBOX_FAULTS": ",".join(faults),
        }
        options = [
            *options,
            *_other_target(folder, system, target),
            *([] if retry else ["--no-retry"]),
        ]
        arguments = [
            *_OPTIONS,
            "--system",
            system,
            f"--reports={folder}",
            *_bounds(),
            *options,
            *checks,
        ]
        with self._sandbox_for(system, faults, environment, folder) as found:
            said = folder / "suite.txt"
            ended = self._suite.run(arguments, {**environment, **found}, said, _RUN_SECONDS)
        run_folder = (folder / "latest").resolve()
        assert run_folder.is_dir(), f"no record was written:\n{ended.said}"
        return FaultRun(_whole(run_folder), ended.code, ended.said, run_folder)

    @contextlib.contextmanager
    def _sandbox_for(
        self, system: str, faults: Sequence[str], environment: Mapping[str, str], folder: Path
    ) -> Iterator[Mapping[str, str]]:
        """Start it, and say where it is; one that will be out of reach is left for the suite to start."""
        if any(fault.startswith("runner.") or fault.endswith("-offline") for fault in faults):
            yield {}
            return
        output = folder / "sandbox.txt"
        started = ["--system", system, "--port", "0"]
        with self._sandbox.serving(started, environment, output) as announced:
            yield {"POSTDEPLOY_SANDBOX": f"{json.loads(announced)['control']}/addresses.json"}


def _other_target(folder: Path, system: str, added: str) -> list[str]:
    if not added:
        return []
    changed = folder / "targets" / f"{system}.toml"
    changed.parent.mkdir()
    plain = (ROOT / "targets" / f"{system}.toml").read_text(encoding="utf-8")
    changed.write_text(f"{plain}\n{added}", encoding="utf-8")
    return ["-o", f"postdeploy_targets={changed.parent}"]


def _bounds() -> list[str]:
    return [part for name, value in TIGHT.items() for part in ("--bound", f"{name}={value}")]


def _environment() -> dict[str, str]:
    ours = ("POSTDEPLOY_", "SANDBOX_", "CI", "PYTEST_")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    # Playwright's driver compiles its code anew with each browser otherwise.
    return {**kept, "NODE_COMPILE_CACHE": str(ROOT / ".cache" / "node")}


def _with_bad(entries: Iterable[Mapping[str, Any]]) -> set[str]:
    attempts = (one for one in entries if one["kind"] == "attempt")
    return {one["check"] for one in attempts if one["outcome"] in ("failed", "blocked")}


def _whole(folder: Path) -> Record:
    """The record of the selected checks as the whole: a partial run gives no verdict of its own."""
    return build_record(_as_whole(read_journal(folder / "journal.jsonl")))


def _as_whole(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for entry in entries:
        if entry["kind"] == "run":
            entry |= {"partial": False, "partial_why": ""}
        if entry["kind"] == "plan":
            for item in entry["items"]:
                item["required"] = item["required"] and item["id"] in entry["selected"]
    return entries
