"""Faults of the services that watch the product or alert people."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sandbox.faults.base import Fault

if TYPE_CHECKING:
    from sandbox.world import World


class SentryRefuses(Fault):
    id: ClassVar[str] = "integrations.sentry-drops-events"
    title: ClassVar[str] = "Sentry refuses every event with 400, which the SDK does not mention"

    def apply(self, world: World) -> None:
        """Break it."""
        world.integrations.sentry.refuses_events = True


class SentryNoRelease(Fault):
    id: ClassVar[str] = "integrations.sentry-without-release"
    title: ClassVar[str] = "Events in Sentry name no release"

    def apply(self, world: World) -> None:
        """Break it."""
        world.integrations.sentry.lacking.add("release")


class SentryNoUser(Fault):
    id: ClassVar[str] = "integrations.sentry-without-user"
    title: ClassVar[str] = "Events in Sentry name no user"

    def apply(self, world: World) -> None:
        """Break it."""
        world.integrations.sentry.lacking.add("user")


class FullStoryNoSession(Fault):
    id: ClassVar[str] = "integrations.fullstory-no-session"
    title: ClassVar[str] = "FullStory records no session"

    def apply(self, world: World) -> None:
        """Break it."""
        world.integrations.fullstory.drops_sessions = True


class FullStoryNoEvents(Fault):
    id: ClassVar[str] = "integrations.fullstory-no-events"
    title: ClassVar[str] = "FullStory's sessions hold no events"

    def apply(self, world: World) -> None:
        """Break it."""
        world.integrations.fullstory.drops_events = True


class SlackBroken(Fault):
    id: ClassVar[str] = "integrations.slack-webhook-broken"
    title: ClassVar[str] = "Slack's webhook answers 500"

    def apply(self, world: World) -> None:
        """Break it."""
        world.integrations.slack.is_broken = True
