"""Secrets of Secrets Manager: whether they are there. Their values are never read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from postdeploy.probes.aws.session import Absent, AwsSession
from postdeploy.probes.aws.times import utc

_CURRENT = "AWSCURRENT"


@dataclass(frozen=True)
class SecretState:
    """A secret's metadata; `deletion` is the time from which it will be gone, if one is set.

    `holds_value` says that one of its versions is the current one: a secret may be there without any.
    """

    name: str
    found: bool
    holds_value: bool = False
    deletion: datetime | None = None
    changed: datetime | None = None


def observe_secret(session: AwsSession, name: str) -> SecretState:
    """The secret of that name, by its description alone. Raises ProbeError."""
    try:
        raw = session.ask("secretsmanager", "DescribeSecret", needs=("ARN", "Name"), SecretId=name)
    except Absent:
        return SecretState(name, found=False)
    stages = [
        stage for version in (raw.get("VersionIdsToStages") or {}).values() for stage in version
    ]
    return SecretState(
        name=name,
        found=True,
        holds_value=_CURRENT in stages,
        deletion=utc(raw.get("DeletedDate")),
        changed=utc(raw.get("LastChangedDate") or raw.get("CreatedDate")),
    )
