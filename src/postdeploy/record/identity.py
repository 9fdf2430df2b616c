"""Whether what was deployed is what was expected, and stayed the same while it was looked at."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from postdeploy.probes.aws.images import same_commit
from postdeploy.record.entries import IdentityEntry
from postdeploy.record.model import Identity, Snapshot, Version

SHORTEST_WORD: Final = 7
_UNFINISHED: Final = re.compile(r"(?:rc|alpha|beta|pre|preview|dev|snapshot)[.\d]*", re.IGNORECASE)


def make_identity(
    entries: Iterable[IdentityEntry], expected: Mapping[str, str] | None
) -> tuple[Version, Identity]:
    """The version and the identity of the deployment, with all that does not fit."""
    entries = list(entries)
    start, end = _first(entries, "start"), _last(entries, "end")
    seen = end or start or Snapshot()
    observed = {**(start.versions if start else {}), **seen.versions}
    trouble = [*_unexpected(expected or {}, observed), *_changes(entries)]
    return (
        Version(expected=dict(expected or {}), observed=observed),
        Identity(start=start, end=end, trouble=tuple(dict.fromkeys(trouble))),
    )


def versions_agree(expected: str, observed: str) -> bool:
    """Whether an image tag or commit names the other: equal, the same commit, or a whole word of it.

    What is deployed in several versions at once ("… and …") must be the expected one in each of them.
    """
    return all(_agree(expected, one) for one in observed.split(" and "))


def _agree(expected: str, observed: str) -> bool:
    if expected == observed:
        return True
    if same_commit(expected, observed) or same_commit(observed, expected):
        return True
    short, long = sorted((expected, observed), key=len)
    return _is_telling(short) and short in _words(long) and _unfinished(short) == _unfinished(long)


def _is_telling(word: str) -> bool:
    """Whether a word tells releases apart: `2026.11.3` does, `v1` and `release` do not."""
    return len(word) >= SHORTEST_WORD and any(letter.isdigit() for letter in word)


def _unfinished(version: str) -> list[str]:
    """What sets a candidate apart from the release that it was to become."""
    return [word for word in _words(version) if _UNFINISHED.fullmatch(word)]


def _words(version: str) -> list[str]:
    return re.split(r"[-:/@+_]", version)


def _first(entries: Iterable[IdentityEntry], when: str) -> Snapshot | None:
    return next((_snapshot(one) for one in entries if one.when == when), None)


def _last(entries: Iterable[IdentityEntry], when: str) -> Snapshot | None:
    snapshots = [_snapshot(one) for one in entries if one.when == when]
    return snapshots[-1] if snapshots else None


def _snapshot(entry: IdentityEntry) -> Snapshot:
    return Snapshot(versions=entry.versions, deployments=entry.deployments)


def _unexpected(expected: Mapping[str, str], observed: Mapping[str, str]) -> list[str]:
    trouble = []
    for service, version in expected.items():
        if service not in observed:
            trouble.append(f"The version of {service} was not observed (expected {version}).")
        elif not versions_agree(version, observed[service]):
            trouble.append(f"{service} runs {observed[service]}, expected {version}.")
    return trouble


def _changes(entries: Iterable[IdentityEntry]) -> list[str]:
    """What differs between any two looks at the same service."""
    first: dict[tuple[str, str], str] = {}
    trouble = []
    for entry in entries:
        for what, seen in (("version", entry.versions), ("deployment", entry.deployments)):
            for service, value in seen.items():
                before = first.setdefault((what, service), value)
                if before != value:
                    trouble.append(
                        f"The {what} of {service} changed during the run: {before} to {value}."
                    )
    return trouble
