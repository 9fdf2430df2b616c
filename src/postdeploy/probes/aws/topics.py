"""SNS topics: whether they exist, and whether anybody is told."""

from __future__ import annotations

from dataclasses import dataclass

from postdeploy.probes.aws.session import Absent, AwsSession, whole

_COUNTS = ("SubscriptionsConfirmed", "SubscriptionsPending")


@dataclass(frozen=True)
class TopicState:
    """A topic and how many subscriptions are confirmed and pending."""

    name: str
    found: bool
    confirmed: int = 0
    pending: int = 0


def observe_topic(session: AwsSession, name: str) -> TopicState:
    """The topic of that name in the declared account and region. Raises ProbeError."""
    arn = f"arn:{session.partition}:sns:{session.region}:{session.account}:{name}"
    try:
        answer = session.ask("sns", "GetTopicAttributes", needs=("Attributes",), TopicArn=arn)
    except Absent:
        return TopicState(name, found=False)
    counts = whole(answer["Attributes"], _COUNTS, "sns:GetTopicAttributes")
    return TopicState(name, True, *(int(counts[key]) for key in _COUNTS))
