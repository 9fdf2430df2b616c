"""Container images by name: their tag, their digest, and whether they are a certain version."""

from __future__ import annotations

import re
from dataclasses import dataclass

_COMMIT = re.compile(r"[0-9a-f]{7,40}")
_SHORTEST_COMMIT = 7


@dataclass(frozen=True)
class Image:
    """An image reference as a task definition writes it."""

    reference: str

    @property
    def digest(self) -> str:
        """`sha256:…` where the reference pins one, else ""."""
        return self.reference.partition("@")[2]

    @property
    def tag(self) -> str:
        """The tag; `latest` where none is written, as registries understand it; "" beside a digest."""
        name = self.reference.partition("@")[0].rpartition("/")[2]
        _, colon, tag = name.partition(":")
        if colon:
            return tag
        return "" if self.digest else "latest"

    @property
    def version(self) -> str:
        """What tells this image from another release's: its tag, else its digest."""
        return self.tag or self.digest

    def is_version(self, expected: str) -> bool:
        """Whether the tag is `expected`, or ends in (or is) the commit that `expected` names."""
        if expected and expected in (self.tag, self.digest, self.reference):
            return True
        return same_commit(expected, self.tag)


def same_commit(expected: str, version: str) -> bool:
    """Whether `expected` is a commit, and `version` carries that commit, short or long."""
    wanted = expected.lower()
    if not _COMMIT.fullmatch(wanted):
        return False
    parts = re.split(r"[^0-9a-z]+", version.lower())
    commits = [part for part in parts if _COMMIT.fullmatch(part)]
    return any(_names(wanted, part) for part in commits)


def _names(one: str, other: str) -> bool:
    """Whether they are one commit, short or long; of dates and numbers of builds none is short for another."""
    if one.isdigit() and other.isdigit():
        return one == other
    return one.startswith(other) or other.startswith(one)
