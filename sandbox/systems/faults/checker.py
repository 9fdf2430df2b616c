"""Troubles of the checker itself; none of them says anything about the product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.systems.faults.base import SystemFault

if TYPE_CHECKING:
    from sandbox.systems.world import SystemWorld


def of_checker(system: str, *denied: str) -> tuple[SystemFault, ...]:
    """Credentials that have run out, services that may not be read, a network that is not there."""

    def expire(world: SystemWorld) -> None:
        world.aws.gate.expired = True

    def other_account(world: SystemWorld) -> None:
        world.aws.gate.account = "999999999999"

    def offline(world: SystemWorld) -> None:
        world.network.offline_after = 0.0

    return (
        SystemFault(
            f"{system}.checker-aws-expired", "The checker's AWS credentials have expired", expire
        ),
        SystemFault(
            f"{system}.checker-other-account",
            "The checker's credentials are of another account",
            other_account,
        ),
        *(_denied(system, service) for service in denied),
        SystemFault(
            f"{system}.checker-offline",
            "From the announcement on every origin resets every connection, AWS and control too",
            offline,
        ),
    )


def _denied(system: str, service: str) -> SystemFault:
    def apply(world: SystemWorld) -> None:
        world.aws.gate.denied_services.add(service)

    title = f"The checker may not read {service}"
    return SystemFault(f"{system}.checker-denied-{service}", title, apply)
