"""The versions that somebody expects, as a command line names them for each component."""

from __future__ import annotations

from postdeploy.errors import ConfigError, Problem

_OPTION = "--expect-version"


def component_versions(text: str) -> dict[str, str]:
    """`api=…,web=…` as component → version. Raises ConfigError for half a list, and a component that is there twice."""
    pairs = [[word.strip() for word in part.split("=", 1)] for part in text.split(",")]
    if not all(len(pair) == 2 and all(pair) for pair in pairs):
        mend = "Write one version for all, or component=version, separated by commas"
        raise ConfigError([Problem(_OPTION, f"{text!r} is no list of versions", mend)])
    names = [name for name, _ in pairs]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigError(
            [Problem(_OPTION, f"{name!r} is there twice", "Leave one out") for name in twice]
        )
    return dict(pairs)
