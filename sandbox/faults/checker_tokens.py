"""Troubles of the checker itself with its tokens for other services."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sandbox.faults.base import Fault

if TYPE_CHECKING:
    from sandbox.world import World


class CheckerSentryToken(Fault):
    id: ClassVar[str] = "checker.sentry-token"
    title: ClassVar[str] = "Sentry does not take the checker's token"

    def apply(self, world: World) -> None:
        """Break it."""
        world.integrations.sentry.token_is_valid = False


class CheckerPostmarkToken(Fault):
    id: ClassVar[str] = "checker.postmark-token"
    title: ClassVar[str] = "Postmark does not take the checker's token"

    def apply(self, world: World) -> None:
        """Break it."""
        world.integrations.postmark.token_is_valid = False


class CheckerFullStoryKey(Fault):
    id: ClassVar[str] = "checker.fullstory-key"
    title: ClassVar[str] = "FullStory does not take the checker's key"

    def apply(self, world: World) -> None:
        """Break it."""
        world.integrations.fullstory.key_is_valid = False
