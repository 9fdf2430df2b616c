"""Troubles of the checker itself with AWS; none of them says anything about the product."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sandbox.faults.base import Fault

if TYPE_CHECKING:
    from sandbox.world import World


class CheckerAwsExpired(Fault):
    id: ClassVar[str] = "checker.aws-expired"
    title: ClassVar[str] = "The checker's AWS credentials have expired"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.gate.expired = True


class CheckerAwsThrottled(Fault):
    id: ClassVar[str] = "checker.aws-throttled"
    title: ClassVar[str] = "AWS throttles every call of the checker"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.gate.throttled_services = None


class CheckerAwsThrottledAtTimes(Fault):
    id: ClassVar[str] = "checker.aws-throttled-at-times"
    title: ClassVar[str] = (
        "AWS throttles every twenty-fifth call of the checker, as it does with many"
    )

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.gate.throttled_services = None
        world.aws.gate.throttle_every = 25


class CheckerAwsDenied(Fault):
    id: ClassVar[str] = "checker.aws-denied"
    title: ClassVar[str] = "The checker may not read the logs"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.gate.denied_services.add("logs")


class CheckerAwsOtherAccount(Fault):
    id: ClassVar[str] = "checker.aws-other-account"
    title: ClassVar[str] = "The checker's credentials are of another account"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.gate.account = "999999999999"


class CheckerAwsSilent(Fault):
    id: ClassVar[str] = "checker.aws-silent"
    title: ClassVar[str] = "AWS takes every call of the checker and answers a minute later"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.gate.latency = lambda: 60.0  # nobody waits so long
