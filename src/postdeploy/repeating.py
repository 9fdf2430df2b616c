"""Which checks `--items` takes: those of the named items, or of all that was not well in an earlier run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from pydantic import ValidationError

from postdeploy.checklist import Checklist
from postdeploy.errors import ConfigError, Problem, nearest
from postdeploy.selection import covers

_OPTION = "--items"
_RUN = "run:"
"""Before the folder of a run, whose items that failed or were not observed are meant."""


def resolve_items(config: pytest.Config, checklist: Checklist, environment: str) -> None:
    """Put the ids that `--items` means into the option, from where xdist's workers have them as well.

    Raises ConfigError for an id that the checklist does not have, for one that no check answers, and
    for a run that is not of this environment or has nothing to repeat.
    """
    asked = config.getoption(_OPTION)
    if asked is None:
        return
    named = [name.strip() for name in str(asked).split(",") if name.strip()]
    if not named:
        raise ConfigError([Problem(_OPTION, "names no item", "Write ids, separated by commas")])
    ids: list[str] = []
    for name in named:
        if name.startswith(_RUN):
            folder = config.invocation_params.dir / name.removeprefix(_RUN)
            ids += _not_well(folder, checklist, environment)
        else:
            ids.append(name)
    problems = [problem for name in ids if (problem := _unfit(name, checklist))]
    if problems:
        raise ConfigError(problems)
    config.option.items = ",".join(dict.fromkeys(ids))


def _unfit(name: str, checklist: Checklist) -> Problem | None:
    item = checklist.item(name)
    if item is None:
        known = (one.id for one in checklist.items)
        return Problem(_OPTION, f"{name!r} is no item of {checklist.file}", nearest(name, known))
    if item.by_hand:
        mend = "A person answers for it: postdeploy record attest"
        return Problem(_OPTION, f"{name!r} has no check", mend)
    if not item.applicable:
        mend = f"Leave it out: {item.why}" if item.why else "Leave it out"
        return Problem(_OPTION, f"{name!r} is not applicable here", mend)
    return None


def _not_well(folder: Path, checklist: Checklist, environment: str) -> list[str]:
    from postdeploy.record.model import Record
    from postdeploy.record.writers.wording import repeatable

    path = folder / "record.json"
    where = f"{_OPTION} {_RUN}{folder}"
    try:
        record = Record.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        mend = "Name the folder of a run, reports/<run id>"
        raise ConfigError([Problem(where, "has no record that can be read", mend)]) from None
    if (record.system, record.environment) != (checklist.system, environment):
        what = f"is a run of {record.system} {record.environment}"
        mend = f"Add --system {record.system} --env {record.environment}"
        raise ConfigError([Problem(where, what, mend)])
    found = repeatable(record)
    if not found:
        mend = "There is nothing to repeat"
        raise ConfigError([Problem(where, "has no check that was not well", mend)])
    return found


def only_items(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out of `items` the checks that answer none of those that `--items` means."""
    asked = config.getoption(_OPTION)
    if asked is None:
        return
    wanted = frozenset(str(asked).split(","))
    others: Sequence[pytest.Item] = [item for item in items if not wanted & set(covers(item))]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if wanted & set(covers(item))]
