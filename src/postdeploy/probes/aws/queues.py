"""SQS queues: how many messages wait, and how old the oldest is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from postdeploy.probes.aws.metrics import Query, observe_metrics
from postdeploy.probes.aws.session import Absent, AwsSession, whole

_COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
_REDRIVE = "RedrivePolicy"


@dataclass(frozen=True)
class QueueState:
    """A queue now: messages that wait, that are being worked on, and that are delayed."""

    name: str
    found: bool
    waiting: int = 0
    in_flight: int = 0
    delayed: int = 0
    dead_letters: str = ""
    """Name of the queue that takes its dead letters, "" for none."""

    @property
    def depth(self) -> int:
        """Every message that the queue holds."""
        return self.waiting + self.in_flight + self.delayed


def observe_queue(session: AwsSession, name: str) -> QueueState:
    """The queue's counts, which SQS calls approximate. Raises ProbeError."""
    try:
        url = session.ask("sqs", "GetQueueUrl", needs=("QueueUrl",), QueueName=name)["QueueUrl"]
        answer = session.ask(
            "sqs",
            "GetQueueAttributes",
            needs=("Attributes",),
            QueueUrl=url,
            AttributeNames=[*_COUNTS, _REDRIVE],
        )
    except Absent:
        return QueueState(name, found=False)
    counts = whole(answer["Attributes"], _COUNTS, "sqs:GetQueueAttributes")
    waiting, in_flight, delayed = (int(counts[key]) for key in _COUNTS)
    dead_letters = _dead_letters(answer["Attributes"].get(_REDRIVE, ""))
    return QueueState(name, True, waiting, in_flight, delayed, dead_letters)


def _dead_letters(policy: str) -> str:
    """The queue that a redrive policy, which is JSON, names."""
    told = json.loads(policy) if policy else {}
    return str(told.get("deadLetterTargetArn", "")).rpartition(":")[2]


def observe_queue_age(
    session: AwsSession, name: str, start: datetime, end: datetime
) -> float | None:
    """Seconds that the oldest message had waited at the newest datapoint.

    None without one: CloudWatch tells nothing about a queue that has been idle for hours.
    """
    query = Query("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", {"QueueName": name})
    newest = observe_metrics(session, {"age": query}, start, end)["age"].newest
    return None if newest is None else newest.value
