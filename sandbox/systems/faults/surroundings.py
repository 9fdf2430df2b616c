"""Faults of stacks, secrets, kept certificates and target groups.

What changes them is imported when it is needed, for an account without them has no such part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from moto.core.utils import utcnow

from sandbox.aws.description import CertificateDescription
from sandbox.systems.faults.base import SystemFault

if TYPE_CHECKING:
    from sandbox.systems.world import SystemWorld

_STUCK = "The following resource(s) failed to update: [ApiService]."


def of_stack(system: str, short: str, name: str) -> tuple[SystemFault, ...]:
    """A stack that is stuck for good, one that does not come to an end, one that is not there."""

    def put(status: str, reason: str, minutes: int) -> Callable[[SystemWorld], None]:
        def apply(_world: SystemWorld) -> None:
            from sandbox.aws import stacks

            stacks.put(name, status, reason, utcnow() - timedelta(minutes=minutes))

        return apply

    def remove(_world: SystemWorld) -> None:
        from sandbox.aws import stacks

        stacks.remove(name)

    where = f"{system}.{short}-stack"
    return (
        SystemFault(
            f"{where}-stuck",
            f"The {short} stack is in UPDATE_ROLLBACK_FAILED",
            put("UPDATE_ROLLBACK_FAILED", _STUCK, 6),
        ),
        SystemFault(
            f"{where}-in-progress",
            f"The {short} stack has been in UPDATE_IN_PROGRESS for 45 minutes",
            put("UPDATE_IN_PROGRESS", "User Initiated", 45),
        ),
        SystemFault(
            f"{where}-still-updating",
            f"The {short} stack has been in UPDATE_IN_PROGRESS for six minutes, as it may",
            put("UPDATE_IN_PROGRESS", "User Initiated", 6),
        ),
        SystemFault(f"{where}-missing", f"There is no {short} stack", remove),
    )


def of_secret(system: str, name: str, short: str = "") -> tuple[SystemFault, ...]:
    """A secret that is not there, and one that soon will not be."""
    where = f"{system}.{short}-secret" if short else f"{system}.secret"

    def remove(_world: SystemWorld) -> None:
        from sandbox.aws import stored_secrets

        stored_secrets.remove(name)

    def schedule(_world: SystemWorld) -> None:
        from sandbox.aws import stored_secrets

        stored_secrets.schedule_deletion(name, days=7)

    return (
        SystemFault(f"{where}-missing", f"The secret {name} does not exist", remove),
        SystemFault(
            f"{where}-deleted", f"The secret {name} is scheduled for deletion in a week", schedule
        ),
    )


def of_certificate(system: str, kept: CertificateDescription) -> tuple[SystemFault, ...]:
    """ACM's certificate: about to expire, expired, not there."""

    def valid_for(days: int) -> Callable[[SystemWorld], None]:
        def apply(_world: SystemWorld) -> None:
            from sandbox.aws import kept_certificates

            kept_certificates.keep(replace(kept, days=days))

        return apply

    def remove(_world: SystemWorld) -> None:
        from sandbox.aws import kept_certificates

        kept_certificates.remove(kept)

    return (
        SystemFault(f"{system}.acm-expiring", "ACM's certificate ends in six days", valid_for(6)),
        SystemFault(f"{system}.acm-expired", "ACM's certificate ended two days ago", valid_for(-2)),
        SystemFault(f"{system}.acm-missing", "ACM has no such certificate", remove),
    )


def of_target_group(system: str, short: str, name: str) -> tuple[SystemFault, ...]:
    """A target group with an unhealthy target, with all of them so, with none, and not there."""

    def spoil(*places: int) -> Callable[[SystemWorld], None]:
        def apply(_world: SystemWorld) -> None:
            from sandbox.aws import load_balancers

            said = "Health checks failed with these codes: [502]"
            for place in places:
                load_balancers.spoil_target(
                    name, place, "unhealthy", "Target.ResponseCodeMismatch", said
                )

        return apply

    def empty(_world: SystemWorld) -> None:
        from sandbox.aws import load_balancers

        load_balancers.deregister_all(name)

    def remove(_world: SystemWorld) -> None:
        from sandbox.aws import load_balancers

        load_balancers.remove_group(name)

    where = f"{system}.{short}-targets"
    return (
        SystemFault(
            f"{where}-one-unhealthy", f"One of the two {short} targets is unhealthy", spoil(1)
        ),
        SystemFault(f"{where}-all-unhealthy", f"Both {short} targets are unhealthy", spoil(0, 1)),
        SystemFault(f"{where}-none", f"The {short} target group has no targets", empty),
        SystemFault(f"{where}-missing", f"There is no {short} target group", remove),
    )
