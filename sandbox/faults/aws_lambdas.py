"""Faults of the Lambda functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sandbox.faults.base import Fault

if TYPE_CHECKING:
    from sandbox.world import World


class LambdaFailed(Fault):
    id: ClassVar[str] = "aws.lambda-failed"
    title: ClassVar[str] = "The LLM function is in state Failed"

    def apply(self, world: World) -> None:
        """Break it."""
        reason = "The function's image cannot be found."
        world.aws.set_function_state("qumis-llm-sandbox", "Failed", reason, "ImageDeleted")


class LambdaInactive(Fault):
    id: ClassVar[str] = "aws.lambda-inactive"
    title: ClassVar[str] = "The web function is Inactive"

    def apply(self, world: World) -> None:
        """Break it."""
        reason = "The function is idle."
        world.aws.set_function_state("qumis-web-sandbox", "Inactive", reason, "Idle")


class LambdaThrottled(Fault):
    id: ClassVar[str] = "aws.lambda-throttled"
    title: ClassVar[str] = "The api function is throttled eight times a minute"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.metrics.relevel("AWS/Lambda", "Throttles", 8.0, "qumis-api-sandbox")


class LambdaErrors(Fault):
    id: ClassVar[str] = "aws.lambda-errors"
    title: ClassVar[str] = "The api function fails six times a minute"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.metrics.relevel("AWS/Lambda", "Errors", 6.0, "qumis-api-sandbox")


class LambdaSlow(Fault):
    id: ClassVar[str] = "aws.lambda-slow"
    title: ClassVar[str] = "The LLM function takes twelve seconds"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.metrics.relevel("AWS/Lambda", "Duration", 12_000.0, "qumis-llm-sandbox")


class LambdaUpdateFailed(Fault):
    id: ClassVar[str] = "aws.lambda-update-failed"
    title: ClassVar[str] = "The web function is Active on its old code: its last update failed"

    def apply(self, world: World) -> None:
        """Break it."""
        reason = "The image of the update cannot be found."
        world.aws.fail_update("qumis-web-sandbox", reason, "ImageDeleted")


class LambdaNotInvoked(Fault):
    id: ClassVar[str] = "aws.lambda-not-invoked"
    title: ClassVar[str] = "The web function is Active, and there is no metric of it at all"

    def apply(self, world: World) -> None:
        """Break it."""
        world.aws.metrics.end("AWS/Lambda", "qumis-web-sandbox")
