"""Makes one record of those of several runs: the shards of one, or a run and what was repeated of it."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from postdeploy import secrecy
from postdeploy.closing import Closing, close
from postdeploy.errors import ConfigError, Problem
from postdeploy.history.afterwards import kept, look_back, memory_of
from postdeploy.history.place import Place
from postdeploy.options import new_run_id
from postdeploy.plain import one_line, shortened
from postdeploy.record.entries import IdentityEntry, PlanEntry, RunEntry, parse_entries
from postdeploy.record.journal import Journal, read_journal
from postdeploy.record.seal import JOURNAL
from postdeploy.record.verifying import verify

_NOT_TAKEN: Final = frozenset({"seal", "history", "told"})
"""What is said of one journal, or of one record, and not of what was observed."""
_LINKS: Final = frozenset({"after", "previous"})
"""Keys that speak of the lines of another journal."""
_RUN_ID: Final = re.compile(r"\w[\w.-]{0,79}")
"""It becomes the name of a folder."""
_EVIDENCE: Final = "evidence"
_ALLURE: Final = "allure-results"


@dataclass(frozen=True)
class Given:
    """One of the runs that are merged."""

    folder: Path
    run: RunEntry
    entries: Sequence[Mapping[str, Any]]
    plans: Sequence[PlanEntry]
    identities: Sequence[IdentityEntry]

    @property
    def name(self) -> str:
        """The run as messages name it."""
        return f"{self.run.shard or 'run'} {self.run.run_id}"


def merge_runs(
    folders: Sequence[Path], out: Path | None = None, history: Place | None = None
) -> Closing:
    """Write, into a folder of its own, the record of all that these runs observed; compare and keep it in `history`.

    Raises ConfigError when they are not of one deployment, when one of them is no run, or when `out` is not empty.
    """
    given = _once(_read(folders))
    problems = [*_different(given)]
    if problems:
        raise ConfigError(problems)
    run_id, memory = new_run_id(), memory_of(history)
    folder = (out or folders[0].resolve().parent / run_id).resolve()
    try:
        _begin(folder)
        _write(folder, run_id, given)
        for one in given:
            _copy(one, folder)
        if memory is not None:
            look_back(folder, memory)
    except OSError as error:
        what = f"cannot be written: {error.strerror or error}"
        raise ConfigError([Problem(str(folder), what, "Name another folder with --out")]) from None
    closing = close(folder, [], pytest_exit=0, by="merge", latest=out is None)
    with contextlib.suppress(OSError):  # then nothing goes out
        _publish(folder, given)
    return closing if memory is None else kept(closing, memory)


def _begin(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        mend = "Name a folder that is not there yet: nothing that was written is altered"
        raise ConfigError([Problem(f"--out {folder}", "is not empty", mend)])
    folder.mkdir(parents=True, exist_ok=True)


def _read(folders: Sequence[Path]) -> list[Given]:
    given: list[Given] = []
    problems: list[Problem] = []
    for folder in folders:
        try:
            given.append(_given(folder.resolve()))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return given


def _given(folder: Path) -> Given:
    path = folder / JOURNAL
    if not path.is_file():
        mend = "Name the folder of a run, reports/<run id>"
        raise ConfigError([Problem(str(path), "is not there", mend)])
    entries = read_journal(path)
    if any(entry.get("kind") == "merge" for entry in entries):
        mend = "Name the runs that it was made from"
        raise ConfigError([Problem(str(folder), "is a merged record already", mend)])
    parsed = parse_entries(entries)
    runs = [entry for entry in parsed if isinstance(entry, RunEntry)]
    if len(runs) == 1 and not _RUN_ID.fullmatch(runs[0].run_id):
        what = f"names its run {runs[0].run_id!r}, which is no run id"
        raise ConfigError([Problem(str(path), what, "Merge what runs have written")])
    if len(runs) != 1:
        mend = "Merge runs whose journals begin with what is looked at"
        raise ConfigError([Problem(str(path), f"has {len(runs)} entries of kind run", mend)])
    plans = [entry for entry in parsed if isinstance(entry, PlanEntry)]
    identities = [entry for entry in parsed if isinstance(entry, IdentityEntry)]
    return Given(folder, runs[0], entries, plans, identities)


def _once(given: Sequence[Given]) -> list[Given]:
    """Each run once, however often it was named. Raises ConfigError for two accounts of one run."""
    runs: dict[str, Given] = {}
    for one in given:
        known = runs.setdefault(one.run.run_id, one)
        if known.entries != one.entries:
            mend = "Name the folder that the run wrote, and no copy that was completed otherwise"
            what = f"tells the run {one.run.run_id} otherwise than {known.folder}"
            raise ConfigError([Problem(str(one.folder), what, mend)])
    return list(runs.values())


def _different(given: Sequence[Given]) -> Iterator[Problem]:
    """A problem for each respect in which these are not runs against one deployment."""
    for what, tell in _RESPECTS.items():
        told = [(one, tell(one.run)) for one in given]
        first, expected = told[0]
        other = next(((one, value) for one, value in told if value != expected), None)
        if other is not None:
            yield _unlike(what, (first, expected), other)
    yield from _all_narrowed(given)
    yield from _different_division(given)
    yield from _different_checklist(given)
    yield from _different_deployment(given)


_RESPECTS: Final[Mapping[str, Callable[[RunEntry], str]]] = {
    "system": lambda run: run.system,
    "environment": lambda run: run.environment,
    "scope": lambda run: run.scope,
    "expected version": lambda run: _told(run.version_expected or {}) or "none",
}


def _told(pairs: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(pairs.items()))


def _unlike(what: str, one: tuple[Given, str], other: tuple[Given, str]) -> Problem:
    said = f"{one[0].name}: {one[1]}; {other[0].name}: {other[1]}"
    return Problem(
        str(other[0].folder), f"is of another {what} ({said})", "Merge runs of one deployment"
    )


def _all_narrowed(given: Sequence[Given]) -> Iterator[Problem]:
    """Who was given paths has not collected the other checks, and so requires nothing of their items."""
    if all(one.run.selection.paths and not one.run.shard for one in given):
        paths = shortened(one_line(" ".join(given[0].run.selection.paths)), 120)
        what = f"was narrowed by paths ({paths}), as is every run named here"
        mend = "Name at least one run that was given no paths: only that knows what was left out"
        yield Problem(str(given[0].folder), what, mend)


def _different_division(given: Sequence[Given]) -> Iterator[Problem]:
    divided = [(one, str(one.run.shard.of)) for one in given if one.run.shard]
    for other in divided[1:]:
        if other[1] != divided[0][1]:
            yield _unlike("number of shards", divided[0], other)
            return


def _different_checklist(given: Sequence[Given]) -> Iterator[Problem]:
    first, *others = ((one, _checklist(one)) for one in given)
    for one, items in others:
        differing = sorted(dict(first[1] ^ items))
        if differing:
            names = f"{', '.join(differing[:3])}{' …' if len(differing) > 3 else ''}"
            what = f"has another checklist than {first[0].name}: they differ in {names}"
            yield Problem(str(one.folder), what, "Merge runs of one version of the checks")
            return


def _checklist(given: Given) -> set[tuple[str, tuple[Any, ...]]]:
    return {
        (item.id, (item.row, item.title, item.weight, item.applicable, item.by_hand))
        for plan in given.plans
        for item in plan.items
    }


def _different_deployment(given: Sequence[Given]) -> Iterator[Problem]:
    """What one run saw deployed, from its start to its end, and another never saw."""
    first: dict[str, tuple[Given, set[str]]] = {}
    for one in given:
        for service, values in _deployed(one).items():
            known, seen = first.setdefault(service, (one, values))
            if not seen & values:
                before, now = (" and ".join(sorted(each)) for each in (seen, values))
                yield _unlike(f"deployment: {service}", (known, before), (one, now))


def _deployed(given: Given) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for entry in given.identities:
        for what, seen in (("version", entry.versions), ("deployment", entry.deployments)):
            for service, value in seen.items():
                found.setdefault(f"{what} of {service}", set()).add(value)
    return found


def _write(folder: Path, run_id: str, given: Sequence[Given]) -> None:
    with Journal(folder / JOURNAL) as journal:
        journal.append(
            {
                "kind": "merge",
                "run_id": run_id,
                "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "runs": [one.run.run_id for one in given],
                "troubles": [trouble for one in given for trouble in _unsealed(one)],
            }
        )
        for one in given:
            for entry in one.entries:
                if entry.get("kind") not in _NOT_TAKEN:
                    journal.append(_taken_over(entry, one))


def _unsealed(one: Given) -> list[str]:
    """What is not as it was sealed; that a run did not come to its end is told anyway."""
    found = verify(one.folder)
    if not found.is_sealed and not found.has_ended:
        return []
    return [f"{one.name.capitalize()}: {problem}." for problem in found.problems]


def _taken_over(entry: Mapping[str, Any], one: Given) -> dict[str, Any]:
    taken = {key: value for key, value in entry.items() if key not in _LINKS}
    if entry.get("kind") == "run":
        return taken
    if entry.get("kind") == "attempt":
        where = (str(one.run.shard or one.run.run_id), str(entry.get("worker") or ""))
        taken["worker"] = " ".join(part for part in where if part)
    if entry.get("kind") in ("attempt", "check"):
        taken["evidence"] = [_moved(piece, one) for piece in entry.get("evidence") or ()]
    return {**taken, "run": one.run.run_id}


def _moved(piece: Any, one: Given) -> Any:
    path = piece.get("path") if isinstance(piece, Mapping) else None
    if not isinstance(path, str) or not path.startswith(f"{_EVIDENCE}/"):
        return piece
    return {**piece, "path": f"{_EVIDENCE}/{one.run.run_id}/{path.removeprefix(f'{_EVIDENCE}/')}"}


def _copy(one: Given, folder: Path) -> None:
    """Evidence into a folder of its run's own, for two runs may have given one name; Allure's names are unique."""
    passed = _passed(one)
    for source, target in (
        (one.folder / _EVIDENCE, folder / _EVIDENCE / one.run.run_id),
        (one.folder / _ALLURE, folder / _ALLURE),
    ):
        for path in _files(source):
            if passed is None or path.relative_to(one.folder).as_posix() in passed:
                place = target / path.relative_to(source)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, place)


def _passed(one: Given) -> frozenset[str] | None:
    """The files of the run that were searched for secrets and may go out; None where nobody searched."""
    try:
        names = frozenset((one.folder / secrecy.PUBLISHABLE).read_text("utf-8").splitlines())
    except (OSError, ValueError):
        return None
    return names if JOURNAL in names else None


def _publish(folder: Path, given: Sequence[Given]) -> None:
    """What is made of nothing but what had passed may go out as well."""
    if all(_passed(one) is not None for one in given):
        secrecy.publish(folder, [path.relative_to(folder).as_posix() for path in _files(folder)])


def _files(folder: Path) -> Iterable[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
