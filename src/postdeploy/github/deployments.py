"""The verdict as the status of a GitHub deployment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from postdeploy.gate import Gate
from postdeploy.github.asked import NO_DEPLOYMENT
from postdeploy.github.interface import Refused, Repository
from postdeploy.github.reporting import gate_reason
from postdeploy.outcome import Verdict
from postdeploy.plain import one_line, shortened

TASK: Final = "postdeploy"
"""What a deployment is for that is made only to carry a status: workflows that deploy can tell it apart."""
STATES: Final[Mapping[Verdict, str]] = {
    Verdict.GO: "success",
    Verdict.NO_GO: "failure",
    Verdict.ROLLBACK: "failure",
    Verdict.BLOCKED: "error",
}
_DESCRIPTION_AT_MOST: Final = 140


def tell_deployment(
    repository: Repository, gate: Gate, environment: str, number: str, commit: str, run_url: str
) -> str:
    """Give the deployment of that number the verdict's status, or one made for it; the number, "" for none.

    Raises Refused.
    """
    if number == NO_DEPLOYMENT:
        return ""
    number = number or _made(repository, environment, commit)
    repository.write("POST", f"deployments/{number}/statuses", status(gate, run_url))
    return number


def status(gate: Gate, run_url: str) -> dict[str, Any]:
    """What the verdict is as a status."""
    words = one_line(f"postdeploy: {gate.verdict.value}. {gate_reason(gate)}")
    return {
        "state": STATES[gate.verdict],
        "description": shortened(words, _DESCRIPTION_AT_MOST),
        "log_url": run_url,
        # A validation puts no earlier deployment out of use.
        "auto_inactive": False,
    }


def _made(repository: Repository, environment: str, commit: str) -> str:
    made = repository.write(
        "POST",
        "deployments",
        {
            "ref": commit,
            "task": TASK,
            "environment": environment,
            "description": "A validation, which deploys nothing",
            "auto_merge": False,
            "required_contexts": [],
        },
    )
    number = made.get("id")
    if not isinstance(number, int):
        raise Refused("POST deployments was answered without a number")
    return str(number)
