"""Whether what was deployed is what was expected, and stayed the same while it was looked at."""

from collections.abc import Iterable, Mapping

from postdeploy.record.entries import IdentityEntry
from postdeploy.record.model import Identity, Snapshot, Version

SHORTEST_COMMIT = 7


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
    """Whether an image tag or commit names the other: equal, a short commit of it, or within it."""
    if expected == observed:
        return True
    short, long = sorted((expected, observed), key=len)
    return len(short) >= SHORTEST_COMMIT and (short in _words(long) or long.startswith(short))


def _words(version: str) -> list[str]:
    for separator in ":/@+_":
        version = version.replace(separator, "-")
    return version.split("-")


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
