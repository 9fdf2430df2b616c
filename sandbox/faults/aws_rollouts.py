"""Faults of deployments: rolled back, unfinished, failed, or of another version."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sandbox.aws import deployments, incidents
from sandbox.aws.deployments import PREVIOUS_VERSION
from sandbox.aws.present import present
from sandbox.faults.base import Fault

if TYPE_CHECKING:
    from sandbox.world import World


class RolledBack(Fault):
    id: ClassVar[str] = "aws.api-rolled-back"
    title: ClassVar[str] = (
        "The api service is steady, on the old image, after a circuit breaker rollback"
    )

    def apply(self, world: World) -> None:
        """Break it."""
        del world
        incidents.roll_back("api", keep_failed=True)


class RolledBackAndForgotten(Fault):
    id: ClassVar[str] = "aws.api-rolled-back-unlisted"
    title: ClassVar[str] = "As api-rolled-back, but the failed deployment is no longer listed"

    def apply(self, world: World) -> None:
        """Break it."""
        del world
        incidents.roll_back("api", keep_failed=False)


class RolledBackLater(Fault):
    id: ClassVar[str] = "aws.api-rolled-back-during-run"
    title: ClassVar[str] = "The api service rolls back three seconds after it is first looked at"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.roll_back_when_looked_at("api", seconds=3.0)


class RolloutStuck(Fault):
    id: ClassVar[str] = "aws.api-rollout-in-progress"
    title: ClassVar[str] = "The rollout of the api service does not come to an end"

    def apply(self, world: World) -> None:
        """Break it."""
        del world
        incidents.roll_out("api", "IN_PROGRESS", "ECS deployment in progress.")


class RolloutFailed(Fault):
    id: ClassVar[str] = "aws.sidekiq-rollout-failed"
    title: ClassVar[str] = "The rollout of the sidekiq service failed"

    def apply(self, world: World) -> None:
        """Break it."""
        del world
        reason = "ECS deployment circuit breaker: tasks failed to start."
        incidents.roll_out("sidekiq", "FAILED", reason)


class WebWrongImage(Fault):
    id: ClassVar[str] = "aws.web-wrong-image"
    title: ClassVar[str] = "The web service runs the image of another version"

    def apply(self, world: World) -> None:
        """Break it."""
        del world
        incidents.run_image("web", PREVIOUS_VERSION)


class WebRolledBack(Fault):
    id: ClassVar[str] = "aws.web-rolled-back"
    title: ClassVar[str] = (
        "The web service is steady on the old image, by a rollback long forgotten"
    )

    def apply(self, world: World) -> None:
        """Break it."""
        del world
        incidents.roll_back("web", keep_failed=False)


class SidekiqRolledBackLater(Fault):
    id: ClassVar[str] = "aws.sidekiq-rolled-back-during-run"
    title: ClassVar[str] = "The sidekiq service rolls back a second after it is first looked at"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.roll_back_when_looked_at("sidekiq", seconds=1.0)


class ApiOldTask(Fault):
    id: ClassVar[str] = "aws.api-task-on-old-image"
    title: ClassVar[str] = "One of the two api tasks is left over from the deployment before"

    def apply(self, world: World) -> None:
        """Break it."""
        del world
        incidents.keep_old_task("api")


class WebOldTask(Fault):
    id: ClassVar[str] = "aws.web-task-on-old-image"
    title: ClassVar[str] = "One of the two web tasks is left over from the deployment before"

    def apply(self, world: World) -> None:
        """Break it."""
        del world
        incidents.keep_old_task("web")


class SidekiqWrongImage(Fault):
    id: ClassVar[str] = "aws.sidekiq-wrong-image"
    title: ClassVar[str] = "The sidekiq service was deployed with the image of the release before"

    def apply(self, world: World) -> None:
        """Break it."""
        del world
        incidents.run_image("sidekiq", PREVIOUS_VERSION)


class ApiOtherBuild(Fault):
    id: ClassVar[str] = "aws.api-task-of-another-build"
    title: ClassVar[str] = (
        "One of the two api tasks runs what was pushed under the same tag another time"
    )

    def apply(self, world: World) -> None:
        """Break it."""
        del world
        incidents.run_other_build("api")


class ApiOldConfiguration(Fault):
    id: ClassVar[str] = "aws.api-task-on-old-configuration"
    title: ClassVar[str] = (
        "A deployment changed the api's configuration alone, and one task of two was left out"
    )

    def apply(self, world: World) -> None:
        """Break it."""
        del world
        incidents.reconfigure_but_one("api")


class WebOldConfiguration(Fault):
    id: ClassVar[str] = "aws.web-task-on-old-configuration"
    title: ClassVar[str] = (
        "A deployment changed the web's configuration alone, and one task of two was left out"
    )

    def apply(self, world: World) -> None:
        """Break it."""
        del world
        incidents.reconfigure_but_one("web")


class WebNextRevision(Fault):
    id: ClassVar[str] = "aws.web-revision-registered-ahead"
    title: ClassVar[str] = "A task definition of web's next release is registered and not deployed"

    def apply(self, world: World) -> None:
        """Break it."""
        del world
        next_one = deployments.PRESENT_REVISION + 1
        deployments.register(present().service("web"), next_one, "2026.11.4-9e0b6d3")
