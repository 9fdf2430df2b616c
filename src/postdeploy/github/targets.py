"""Every environment of every system, as the target files name them; read with the standard library alone."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from postdeploy.errors import ConfigError, Problem


@dataclass(frozen=True)
class NamedTarget:
    """One environment of one system."""

    system: str
    environment: str
    protected: bool = False

    @property
    def name(self) -> str:
        """Its GitHub environment: qumis-prod."""
        return f"{self.system}-{self.environment}"

    def as_matrix(self) -> dict[str, Any]:
        """One entry of a job's matrix; what is protected is only read."""
        return {
            "target": self.name,
            "system": self.system,
            "environment": self.environment,
            "read-only": self.protected,
        }


def named_targets(folder: Path) -> list[NamedTarget]:
    """All of them, by system, in the order of their files. Raises ConfigError for a file that is none."""
    found = [one for path in sorted(folder.glob("*.toml")) for one in _of_system(path)]
    if not found:
        mend = "Add targets/<system>.toml, or name another folder"
        raise ConfigError([Problem(str(folder), "holds no target file with an environment", mend)])
    return found


def without(targets: Iterable[NamedTarget], patterns: str) -> list[NamedTarget]:
    """Those whose names match none of the patterns (`balancer-* qumis-dev`)."""
    left_out = patterns.split()
    return [
        one for one in targets if not any(fnmatchcase(one.name, pattern) for pattern in left_out)
    ]


def _of_system(path: Path) -> list[NamedTarget]:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        what = f"is not valid TOML: {error}"
        raise ConfigError([Problem(str(path), what, "Mend the TOML syntax there")]) from None
    usual = raw.get("defaults", {}).get("protected", False)
    return [
        NamedTarget(path.stem, name, protected=table.get("protected", usual) is True)
        for name, table in raw.get("environments", {}).items()
    ]
