"""Whether the journal, the documents and the evidence of a run are what was sealed, and if not, what differs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path, PurePosixPath
from typing import Any, Final

from postdeploy.record.journal import read_journal
from postdeploy.record.seal import (
    JOURNAL,
    TIP,
    Tip,
    chain,
    file_digest,
    files_to_seal,
    is_document,
    journal_lines,
    line_digest,
    linked_entries,
    links,
    read_tip,
    sealed_files,
    seals_in,
)

SHORTEST_NOTED: Final = 12
"""So many digits of a digest that was noted elsewhere are taken for all of it."""


@dataclass(frozen=True)
class Verified:
    """What was looked at, and a sentence for each thing that is not as it was sealed."""

    lines: int
    documents: int
    evidence: int
    sealed: tuple[tuple[str, str], ...]
    """When it was sealed, and by what: the run, or what completed it later."""
    digest: str
    in_journal: tuple[str, ...] = ()
    in_files: tuple[str, ...] = ()
    has_ended: bool = True

    @property
    def is_sealed(self) -> bool:
        """Whether there is anything to compare with."""
        return bool(self.sealed) or bool(self.digest)

    @property
    def problems(self) -> tuple[str, ...]:
        """All that is not as it was sealed; a run without a seal has one."""
        return (*self.in_journal, *self.in_files)


def verify(folder: Path, noted: str = "") -> Verified:
    """Compare a run's folder with its seal, and with a digest of it that was noted elsewhere.

    Raises OSError when there is no journal.
    """
    lines = journal_lines((folder / JOURNAL).read_bytes())
    tip, seals = read_tip(folder), seals_in(lines)
    files = sealed_files(seals)
    documents = sum(is_document(name) for name in files)
    return Verified(
        lines=len(lines),
        documents=documents,
        evidence=len(files) - documents,
        sealed=tuple((str(one.get("at", "")), str(one.get("by", ""))) for one in seals),
        digest=tip.digest if tip else "",
        in_journal=tuple(_of_journal(folder, lines, tip, seals, noted)),
        in_files=tuple(_of_files(folder, files)) if seals else (),
        has_ended=_has_ended(folder),
    )


def _of_journal(
    folder: Path,
    lines: Sequence[bytes],
    tip: Tip | None,
    seals: Sequence[Mapping[str, Any]],
    noted: str,
) -> list[str]:
    digests = [line_digest(line) for line in lines]
    if tip is None:
        if seals or (folder / TIP).exists():
            what = "cannot be read" if (folder / TIP).exists() else "is not there"
            cut = f"{TIP} {what}: nobody can tell whether lines were cut off behind the last seal"
            return [cut, *_broken_links(lines, digests)]
        return [_unsealed(folder)]
    problems = _differences(tip.lines, digests)
    if not problems:
        problems = _broken_links(lines, digests)
        if tip.digest != chain(tip.lines):
            problems.append(f"{TIP} was changed: its digest is not that of its lines")
    if not problems and noted and not _is_in_chain(noted, digests):
        problems.append(f"no line of this journal has the digest {noted}: the seal was made anew")
    return problems


def _unsealed(folder: Path) -> str:
    if _has_ended(folder):
        return "the run has ended and was never sealed (`postdeploy record recover` does it now)"
    return (
        "never sealed: the run was killed, or is still going on"
        " (`postdeploy record recover` makes the record of a killed one, and seals it)"
    )


def _has_ended(folder: Path) -> bool:
    return any(entry.get("kind") == "end" for entry in read_journal(folder / JOURNAL))


def _differences(sealed: Sequence[str], found: Sequence[str]) -> list[str]:
    """Sentences on lines that were changed, removed, inserted or moved."""
    if list(sealed) == list(found):
        return []
    changed, removed, added = _compared(sealed, found)
    moved = {sealed[at] for at in removed} & {found[at] for at in added}
    tail = _tail(removed, len(sealed))
    if tail and not added:
        removed = removed[: -len(tail)]
        lost = "the last is" if len(tail) == 1 else f"the last {len(tail)} are"
        cut = [f"the journal was cut off: of {len(sealed)} lines {lost} missing"]
    else:
        cut = []
    return [
        *_said("changed", changed),
        *_said("in another place than when it was sealed", [a for a in added if found[a] in moved]),
        *_said("removed", [at for at in removed if sealed[at] not in moved]),
        *_said("added after the seal", [at for at in added if found[at] not in moved]),
        *cut,
    ]


def _compared(
    sealed: Sequence[str], found: Sequence[str]
) -> tuple[list[int], list[int], list[int]]:
    """Places of changed lines, of removed ones (as sealed), and of added ones (as found)."""
    changed: list[int] = []
    removed: list[int] = []
    added: list[int] = []
    matcher = SequenceMatcher(None, sealed, found, autojunk=False)
    for tag, start, end, now, until in matcher.get_opcodes():
        if tag == "equal":
            continue
        both = min(end - start, until - now)
        if set(sealed[start:end]) & set(found[now:until]):
            both = 0  # these lines only changed places
        changed += range(now, now + both)
        removed += range(start + both, end)
        added += range(now + both, until)
    return changed, removed, added


def _tail(removed: Sequence[int], total: int) -> list[int]:
    tail: list[int] = []
    for at in reversed(removed):
        if at != total - 1 - len(tail):
            break
        tail.insert(0, at)
    return tail


def _said(how: str, places: Sequence[int]) -> list[str]:
    return [f"journal {_lines(places)} {how}"] if places else []


def _lines(places: Sequence[int]) -> str:
    numbers = [place + 1 for place in places]
    if len(numbers) == 1:
        return f"line {numbers[0]} is"
    if numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"lines {numbers[0]} to {numbers[-1]} are"
    return f"lines {', '.join(str(number) for number in numbers)} are"


def _broken_links(lines: Iterable[bytes], digests: Sequence[str]) -> list[str]:
    chained = list(links(digests))
    broken = [
        entry
        for entry in linked_entries(lines)
        if entry.get("previous") not in chained[entry["after"] : entry["after"] + 1]
    ]
    return [
        f"the {entry.get('kind')} of {entry.get('at')} does not fit the {entry['after']} lines before it"
        for entry in broken[:1]
    ]


def _is_in_chain(noted: str, digests: Sequence[str]) -> bool:
    if len(noted) < SHORTEST_NOTED:
        return False
    return any(link.startswith(noted.lower()) for link in links(digests))


def _of_files(folder: Path, sealed: Mapping[str, str]) -> list[str]:
    problems = [_of_file(folder, name, digest) for name, digest in sealed.items()]
    there = {path.relative_to(folder).as_posix() for path in files_to_seal(folder)}
    added = [f"{name} was added after the seal" for name in sorted(there - set(sealed))]
    return [problem for problem in problems if problem] + added


def _of_file(folder: Path, name: str, digest: str) -> str:
    inside = PurePosixPath(name)
    if inside.is_absolute() or ".." in inside.parts:
        return f"{name} was sealed, and is no file of this run"
    path = folder / inside
    try:
        if not path.exists():
            return f"{name} is not there any more"
        if path.is_symlink() or not path.is_file():
            return f"{name} is no file any more"
        return "" if file_digest(path) == digest else f"{name} was changed"
    except OSError as error:
        return f"{name} cannot be read: {error.strerror or error}"
