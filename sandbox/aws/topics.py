"""What happens to SNS topics."""

from sandbox.aws import backends
from sandbox.aws.description import ACCOUNT
from sandbox.aws.present import present


def _arn(name: str) -> str:
    return f"arn:aws:sns:{present().region}:{ACCOUNT}:{name}"


def remove(name: str) -> None:
    """Let there be no such topic."""
    backends.sns().delete_topic(_arn(name))


def unconfirm(name: str) -> None:
    """Let nobody have confirmed the subscription of a topic."""
    topic = backends.sns().topics[_arn(name)]
    topic.subscriptions_pending, topic.subscriptions_confimed = topic.subscriptions_confimed, 0
    for subscription in backends.sns().subscriptions.values():
        if subscription.topic is topic:
            subscription.confirmed = False
