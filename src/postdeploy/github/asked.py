"""What a workflow is asked to validate: by its inputs, or by the event that began it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from postdeploy.errors import ConfigError, Problem, nearest
from postdeploy.github.targets import NamedTarget
from postdeploy.plain import one_line, shortened

NO_DEPLOYMENT: Final = "none"
SHARDS_AT_MOST: Final = 16
_WORDS_AT_MOST: Final = 500
_VERSION: Final = re.compile(r"[\w.+:/@=,-]{1,300}", re.ASCII)
_DURATION: Final = re.compile(r"(\d+(\.\d+)?[smh])?", re.ASCII)
_FLAGS: Final = {"": False, "false": False, "true": True}
FIELDS: Final = (
    "system",
    "environment",
    "expect-version",
    "reason",
    "shards",
    "read-only",
    "wait-for-rollout",
    "soak",
    "deployment",
)


@dataclass(frozen=True)
class Asked:
    """One target, and what a validation of it is told."""

    target: NamedTarget
    version: str = ""
    reason: str = ""
    shards: int = 1
    read_only: bool = False
    deployment: str = ""
    """The number of a GitHub deployment; "" for one to be made, "none" for no word about it."""
    durations: Mapping[str, str] = field(default_factory=dict)

    def outputs(self) -> dict[str, str]:
        """What the other jobs read."""
        return {
            "wanted": "true",
            "target": self.target.name,
            "system": self.target.system,
            "environment": self.target.environment,
            "expect-version": self.version,
            "reason": self.reason,
            "shards": json.dumps([*range(1, self.shards + 1)]),
            "of": str(self.shards),
            "read-only": "true" if self.read_only else "",
            "deployment": self.deployment,
            **self.durations,
        }


def asked(
    inputs: Mapping[str, str], event: Mapping[str, Any], targets: Sequence[NamedTarget]
) -> Asked | None:
    """What is to be validated; None for a deployment to an environment that no target file names.

    Inputs go before the event: a workflow that is called carries its caller's event. Raises ConfigError for what
    names no target, and for values of another kind.
    """
    if inputs.get("environment"):
        return _asked(inputs, targets, "the input")
    payload = event.get("client_payload")
    if isinstance(payload, dict):
        return _asked(_told(payload), targets, "client_payload")
    deployment = event.get("deployment")
    if isinstance(deployment, dict):
        return _of_deployment(deployment, targets)
    mend = "Name one with the input environment"
    raise ConfigError([Problem("the event", "names no environment", mend)])


def _told(payload: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a payload, as texts; read_only counts as read-only."""
    by_name = {key.replace("_", "-"): value for key, value in payload.items()}
    values = ((name, by_name.get(name)) for name in FIELDS)
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in values
        if isinstance(value, str | int)
    }


def _of_deployment(deployment: Mapping[str, Any], targets: Sequence[NamedTarget]) -> Asked | None:
    name = str(deployment.get("environment") or "")
    target = next((one for one in targets if one.name.lower() == name.lower()), None)
    if target is None:
        return None
    payload = deployment.get("payload")
    if isinstance(payload, str):
        payload = _parsed(payload)
    told = _told(payload) if isinstance(payload, dict) else {}
    number = str(deployment.get("id") or "")
    place = {"system": target.system, "environment": target.environment, "deployment": number}
    given = {"reason": f"deployment {number} to {name}"} | told | place
    return _asked(given, targets, "the deployment's payload")


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _asked(given: Mapping[str, str], targets: Sequence[NamedTarget], where: str) -> Asked:
    problems: list[Problem] = []
    target = _target(given, targets, where, problems)
    version = given.get("expect-version", "")
    if version and not _VERSION.fullmatch(version):
        mend = "Name an image tag or a commit, or api=…,web=… for each component"
        problems.append(Problem(f"{where} expect-version", f"{version!r} is no version", mend))
    durations = {name: given.get(name, "") for name in ("wait-for-rollout", "soak")}
    for name, value in durations.items():
        if not _DURATION.fullmatch(value):
            mend = "Write a number and s, m or h, for example 15m"
            problems.append(Problem(f"{where} {name}", f"{value!r} is no time", mend))
    shards = _shards(given.get("shards", ""), where, problems)
    read_only = _flag(given.get("read-only", ""), where, problems)
    deployment = _deployment(given.get("deployment", ""), where, problems)
    if problems or target is None:
        raise ConfigError(problems)
    reason = shortened(one_line(given.get("reason", "")), _WORDS_AT_MOST)
    return Asked(target, version, reason, shards, read_only, deployment, durations)


def _target(
    given: Mapping[str, str],
    targets: Sequence[NamedTarget],
    where: str,
    problems: list[Problem],
) -> NamedTarget | None:
    system, environment = given.get("system") or "qumis", given.get("environment", "")
    of_system = {one.environment: one for one in targets if one.system == system}
    if not of_system:
        mend = nearest(system, {one.system for one in targets})
        problems.append(Problem(f"{where} system", f"there is no system {system!r}", mend))
    elif environment not in of_system:
        what, mend = f"{system} has no environment {environment!r}", nearest(environment, of_system)
        problems.append(Problem(f"{where} environment", what, mend))
    return of_system.get(environment)


def _shards(text: str, where: str, problems: list[Problem]) -> int:
    # An input of kind number is given to a script as 2 or as 2.0.
    found = re.fullmatch(r"(\d{1,2})(\.0)?", text or "1", re.ASCII)
    if found is None or not 1 <= int(found[1]) <= SHARDS_AT_MOST:
        mend = f"Write a number from 1 to {SHARDS_AT_MOST}"
        problems.append(Problem(f"{where} shards", f"{text!r} is no number of shards", mend))
        return 1
    return int(found[1])


def _flag(text: str, where: str, problems: list[Problem]) -> bool:
    if text not in _FLAGS:
        problems.append(
            Problem(f"{where} read-only", f"{text!r} is neither", "Write true or false")
        )
    return _FLAGS.get(text, True)


def _deployment(text: str, where: str, problems: list[Problem]) -> str:
    if not re.fullmatch(rf"(\d{{1,18}}|{NO_DEPLOYMENT})?", text, re.ASCII):
        mend = f"Name the number of a GitHub deployment, or {NO_DEPLOYMENT}"
        problems.append(Problem(f"{where} deployment", f"{text!r} is no deployment", mend))
    return text
