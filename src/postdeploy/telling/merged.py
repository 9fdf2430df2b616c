"""Telling of a merged record: whom, its target file says, which is looked for where the command is called."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from postdeploy.closing import Closing
from postdeploy.embedded import find
from postdeploy.errors import ConfigError, Problem
from postdeploy.record.model import Record
from postdeploy.settings import Machine, Options, load_telling
from postdeploy.target import Target
from postdeploy.target_file import load_target
from postdeploy.telling.afterwards import tell_of_merged
from postdeploy.telling.intent import Wish, intent, wish


def wish_of(option: bool | None) -> Wish:
    """What the command was asked. Raises ConfigError for a POSTDEPLOY_TELL that says neither."""
    return wish(option, Options().tell, in_ci=Machine().in_ci)


def tell(merged: Closing, root: Path, asked: Wish) -> Closing:
    """Tell of it as its run would have done. What is missing for that is trouble that is told, and no other verdict."""
    if not asked.tells or merged.record.verdict is None:
        return merged
    try:
        target = _target(root, merged.record, asked)
        if target is None:
            return merged
        settings = load_telling(target, root, Options().secrets_id)
        teller = intent(target, settings, asked, None).teller
    except ConfigError as error:
        problems = [f"Nobody was told of the verdict: {problem}" for problem in error.problems]
        return replace(merged, trouble="\n".join([merged.trouble, *problems]).strip())
    return merged if teller is None else tell_of_merged(merged, teller)


def _target(root: Path, record: Record, asked: Wish) -> Target | None:
    """The record's target; None for an embedded deployment that has ended, and with it whom it could tell."""
    folder, where = root / "targets", (record.system, record.environment)
    target = load_target(folder, *where, None, [])
    if target.environment.discovery is None:
        return target
    embedded = find(target.environment, Options().sandbox, record.system)
    if embedded is not None:
        return load_target(folder, *where, embedded.addresses)
    if not asked.explicit:
        return None
    what = "whom it would tell is part of the embedded deployment, which does not run"
    raise ConfigError([Problem("--tell", what, "Start it: python -m sandbox")])
