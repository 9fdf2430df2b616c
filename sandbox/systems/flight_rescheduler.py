"""Describes Flight Rescheduler's account: two functions, what lies between them, their alarms."""

from sandbox.aws.description import (
    ACCOUNT,
    AccountDescription,
    AlarmDescription,
    MetricSource,
    QueueDescription,
    TopicDescription,
)
from sandbox.systems import readings

_REGION = "us-east-1"
_REGISTRY = f"{ACCOUNT}.dkr.ecr.{_REGION}.amazonaws.com/flight-rescheduler"
MONITOR = "weather-monitor-sandbox"
RESCHEDULER = "ai-rescheduler-sandbox"
DURATIONS = {MONITOR: 9_000.0, RESCHEDULER: 12_000.0}
"""What an invocation usually takes, in milliseconds."""
QUEUE = "weather-alerts-sandbox"
DEAD_LETTERS = "weather-alerts-dlq-sandbox"
TOPIC = "reschedule-notifications-sandbox"
SECRETS = ("sandbox/db-url", "sandbox/openai-key")
STACKS = (
    "FlightReschedulerWeatherMonitor-sandbox",
    "FlightReschedulerAiRescheduler-sandbox",
)


def _on_function(
    name: str, description: str, function: str, metric: str, threshold: float, statistic: str
) -> AlarmDescription:
    source = MetricSource("m1", "AWS/Lambda", metric, (("FunctionName", function),), statistic)
    return AlarmDescription(f"{name}-sandbox", description, TOPIC, (source,), threshold)


def _on_dead_letters(name: str, description: str) -> AlarmDescription:
    where = (("QueueName", DEAD_LETTERS),)
    watched = "ApproximateNumberOfMessagesVisible"
    source = MetricSource("m1", "AWS/SQS", watched, where, "Maximum")
    return AlarmDescription(f"{name}-sandbox", description, TOPIC, (source,), 1)


ALARMS = (
    _on_function(
        "weather-monitor-errors", "More than 3 errors in 5 minutes", MONITOR, "Errors", 3, "Sum"
    ),
    _on_function(
        "weather-monitor-duration", "Above 90 seconds", MONITOR, "Duration", 90_000, "Average"
    ),
    _on_dead_letters("weather-monitor-dlq", "A weather check failed for good"),
    _on_function(
        "ai-rescheduler-errors", "More than 3 errors in 5 minutes", RESCHEDULER, "Errors", 3, "Sum"
    ),
    _on_function(
        "ai-rescheduler-throttles",
        "More than 5 throttles in 5 minutes",
        RESCHEDULER,
        "Throttles",
        5,
        "Sum",
    ),
    _on_dead_letters("ai-rescheduler-dlq", "A reschedule failed for good"),
)

ACCOUNT_AT_START = AccountDescription(
    system="flight-rescheduler",
    region=_REGION,
    log_groups={
        "weather-monitor": f"/aws/lambda/{MONITOR}",
        "ai-rescheduler": f"/aws/lambda/{RESCHEDULER}",
    },
    lambdas={MONITOR: f"{_REGISTRY}/weather-monitor", RESCHEDULER: f"{_REGISTRY}/ai-rescheduler"},
    queues=(QueueDescription(DEAD_LETTERS), QueueDescription(QUEUE, DEAD_LETTERS)),
    topics=(TopicDescription(TOPIC, "email", "pilots@flight-rescheduler.example"),),
    alarms=ALARMS,
    series=(
        *readings.of_functions(DURATIONS),
        *readings.of_queues(QUEUE, DEAD_LETTERS),
    ),
    stacks=STACKS,
    secrets=SECRETS,
    first_lines={
        "weather-monitor": (
            "[INFO] INIT_START Runtime Version: nodejs:20",
            "[INFO] Checked 14 bookings, 1 weather conflict",
            "[INFO] Checked 14 bookings, no weather conflict",
        ),
        "ai-rescheduler": (
            "[INFO] INIT_START Runtime Version: nodejs:20",
            "[INFO] Received 1 weather alert",
            "[INFO] Proposed 3 slots, notification published",
        ),
    },
)
