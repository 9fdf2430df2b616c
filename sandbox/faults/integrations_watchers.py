"""Faults of the services that watch the product or alert people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from sandbox.faults.base import Fault, wrap

if TYPE_CHECKING:
    from sandbox.integrations.fullstory import Session
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


class SentryOtherEnvironment(Fault):
    id: ClassVar[str] = "integrations.sentry-other-environment"
    title: ClassVar[str] = "Events in Sentry are filed under the environment production"

    def apply(self, world: World) -> None:
        """Break it."""
        world.integrations.sentry.altered["environment"] = "production"


class SentryOtherRelease(Fault):
    id: ClassVar[str] = "integrations.sentry-other-release"
    title: ClassVar[str] = "Events in Sentry name the release before"

    def apply(self, world: World) -> None:
        """Break it."""
        world.integrations.sentry.altered["release"] = "2026.11.2-9d03c7e"


class SentryOtherUser(Fault):
    id: ClassVar[str] = "integrations.sentry-other-user"
    title: ClassVar[str] = "Events in Sentry name a user, the same for everybody"

    def apply(self, world: World) -> None:
        """Break it."""
        world.integrations.sentry.altered["user"] = {"email": "system@qumis.example"}


class SentryNoTags(Fault):
    id: ClassVar[str] = "integrations.sentry-without-tags"
    title: ClassVar[str] = "Events reach Sentry, and nothing tells which request each is of"

    def apply(self, world: World) -> None:
        """Break it."""
        world.integrations.sentry.lacking.add("tags")


class FullStoryOldSessions(Fault):
    id: ClassVar[str] = "integrations.fullstory-old-sessions"
    title: ClassVar[str] = "FullStory's newest sessions are two hours old"

    def apply(self, world: World) -> None:
        """Break it."""

        def older(original: Callable[..., Session], *told: str) -> Session:
            session = original(*told)
            if session.id not in aged:
                aged.add(session.id)
                session.created -= timedelta(hours=2)
            return session

        aged: set[str] = set()
        wrap(world.integrations.fullstory, "_session", older)


class FullStoryAnonymous(Fault):
    id: ClassVar[str] = "integrations.fullstory-anonymous"
    title: ClassVar[str] = "FullStory records sessions of nobody in particular"

    def apply(self, world: World) -> None:
        """Break it."""

        def anonymous(original: Callable[..., Session], given: str, _email: str) -> Session:
            return original(given, "anonymous@fullstory.example")

        wrap(world.integrations.fullstory, "_session", anonymous)


class SlackAway(Fault):
    id: ClassVar[str] = "integrations.slack-webhook-swallowed"
    title: ClassVar[str] = "A proxy answers 200 in the place of Slack's webhook, with a page"

    def apply(self, world: World) -> None:
        """Break it."""
        world.integrations.slack.is_away = True


class SentryBusy(Fault):
    id: ClassVar[str] = "integrations.sentry-busy"
    title: ClassVar[str] = (
        "Sentry gets a hundred and fifty events of others right after each of the API's"
    )

    def apply(self, world: World) -> None:
        """Crowd it."""

        def crowded(original: Callable[[dict[str, Any]], str], event: dict[str, Any]) -> str:
            kept = original(event)
            for _ in range(150):
                original({"message": "a warning of the mobile app", "platform": "cocoa"})
            return kept

        wrap(world.integrations.sentry, "_keep", crowded)
