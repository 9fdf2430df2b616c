"""Secrets that the deployment reads are stored; only their descriptions are looked at, never a value."""

from __future__ import annotations

import pytest

from postdeploy.flow import Flow
from postdeploy.probes.aws.secrets import SecretState, observe_secret


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.each("aws.secrets")
@pytest.mark.covers("secret.{name}")
async def test_secret_is_stored(flow: Flow, name: str) -> None:
    """The secret exists, has a current value, and is not scheduled for deletion."""
    declared = flow.aws.secrets[name]
    async with flow.check.item(f"secret.{name}") as step:
        secret = await flow.observe(observe_secret, declared.name)
        step.saw(_in_words(secret), expected="there, with a current value, not about to be deleted")
        assert secret.found, f"there is no secret {declared.name}"
        assert secret.deletion is None, (
            f"secret {declared.name} is scheduled for deletion, {secret.deletion:%Y-%m-%d %H:%M} UTC"
        )
        assert secret.holds_value, f"secret {declared.name} has no current value"


def _in_words(secret: SecretState) -> str:
    if not secret.found:
        return "no such secret"
    changed = f", changed {secret.changed:%Y-%m-%d %H:%M} UTC" if secret.changed else ""
    value = "a current value" if secret.holds_value else "no current value"
    gone = f", to be deleted {secret.deletion:%Y-%m-%d %H:%M} UTC" if secret.deletion else ""
    return f"there, {value}{changed}{gone}"
