"""SNS topics have somebody who is told."""

from __future__ import annotations

import pytest

from postdeploy.flow import Flow
from postdeploy.probes.aws.topics import observe_topic


@pytest.mark.prod_smoke
@pytest.mark.readonly
@pytest.mark.each("aws.topics")
@pytest.mark.covers("topic.{name}")
async def test_topic_has_a_confirmed_subscription(flow: Flow, name: str) -> None:
    """The topic exists, and at least one of its subscriptions is confirmed."""
    async with flow.check.item(f"topic.{name}") as step:
        topic = await flow.observe(observe_topic, name)
        step.saw(
            f"{topic.confirmed} subscriptions confirmed, {topic.pending} pending"
            if topic.found
            else "no such topic",
            expected="at least one confirmed subscription",
        )
        assert topic.found, f"there is no topic {name}"
        assert topic.confirmed >= 1, (
            f"topic {name} has no confirmed subscription ({topic.pending} are pending): it tells nobody"
        )
        if topic.pending:
            # SNS does not say since when; an unanswered one is removed after two days.
            flow.run.warn(f"{topic.pending} subscriptions of topic {name} are not confirmed")
