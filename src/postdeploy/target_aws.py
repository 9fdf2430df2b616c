"""Models of what a target file names in AWS: its resources, and the bounds of each."""

from __future__ import annotations

from pydantic import Field

from postdeploy.tables import AccountId, Model, Percent, Seconds, Url


class Service(Model):
    """An ECS service and its bounds."""

    name: str = ""
    minimum: int = Field(default=1, ge=0)
    cpu_percent: Percent = 80
    memory_percent: Percent = 90
    restarts: int = Field(default=0, ge=0)
    cluster: str = ""


class LogGroup(Model):
    """A log group, and how many errors the window since the deployment may hold."""

    name: str
    errors_allowed: int = Field(default=0, ge=0)
    patterns: tuple[str, ...] = (
        *(
            "ERROR",
            "FATAL",
            "CRITICAL",
            "[error]",
            "[crit]",
            "[emerg]",
            "panic:",
            "Traceback",
            "Exception",
        ),
        *("Error:", "Error (", "Error)", "level=error", "level=fatal", "level=critical"),
        *('"level":"error"', '"level":"fatal"', '"level":"critical"'),
        *('"level": "error"', '"level": "fatal"', '"level": "critical"'),
        *('"severity":"error"', '"severity":"fatal"', '"severity":"critical"'),
        *('"severity": "error"', '"severity": "fatal"', '"severity": "critical"'),
    )
    """Words any of which makes an event an error: levels, and how stack traces of Node, Ruby and Go begin.

    Letter case counts. CloudWatch takes no filter of more than 1024 characters, quotes and signs among them.
    """
    ignore: tuple[str, ...] = ()
    """Regular expressions, as Logs Insights reads them too, of known noise: counted, shown, and no error."""
    told_of: tuple[str, ...] = ()
    """Kinds of what a run makes that leave lines here: where it made one, a group without a line is no clean one."""


class Metric(Model):
    """A metric that must have fresh datapoints."""

    namespace: str
    name: str
    dimensions: dict[str, str] = {}
    statistic: str = "Average"
    fresh_seconds: Seconds = 900
    period_seconds: int = 60


class ErrorRate(Model):
    """Two counters whose quotient is the error rate, and the rate above which a deployment rolls back."""

    requests: Metric
    errors: Metric
    rollback_percent: Percent = 10
    minimum_requests: int = 1
    window_seconds: Seconds = 900


class Errors(Model):
    """Two counters whose quotient is an error rate, its bound, and the bound of a rollback.

    The rollback is judged by change: above its bound, and clearly worse than before the deployment.
    """

    requests: Metric
    errors: Metric
    percent: Percent = 1
    rollback_percent: Percent = 10
    minimum_requests: int = Field(default=30, ge=1)
    """Fewer requests, since the deployment or before it, are too few to compare."""


class Performance(Model):
    """A metric that a deployment may make worse by so much at most (response time, duration)."""

    metric: Metric
    worse_percent: Percent = 50
    minimum_samples: int = Field(default=5, ge=3)
    """Fewer datapoints, since the deployment or before it, are too few to compare."""


class Stack(Model):
    """A CloudFormation stack that must not be stuck."""

    name: str
    in_progress_minutes: int = Field(default=30, ge=1)
    """How long an operation may be in progress."""


class StoredSecret(Model):
    """A secret of Secrets Manager that must be there; its value is never read."""

    name: str


class Certificate(Model):
    """A certificate of ACM, and the fewest days that it must still be valid."""

    arn: str
    days: int = Field(default=21, ge=1)
    region: str = ""


class TargetGroup(Model):
    """A load balancer's target group and how many of its targets must be healthy."""

    name: str
    minimum: int = Field(default=1, ge=1)


class Alarm(Model):
    """A CloudWatch alarm that must be OK."""

    name: str
    region: str = ""
    threshold: float | None = None
    """What it must watch for, in its metric's unit: an alarm that was set far too high is always OK."""
    minutes: float | None = None
    """For how long it must be so before the alarm rings: one that asks for a day is always OK as well."""


class Function(Model):
    """A Lambda function and its bounds over the window."""

    name: str
    error_percent: Percent = 1
    p95_seconds: Seconds = 3
    average_seconds: Seconds | None = None
    """Bound of the average duration, where a runbook names one; the p95's is then not asked."""
    throttles: int = Field(default=0, ge=0)
    """Most throttled invocations in any five minutes."""


class Queue(Model):
    """An SQS queue, its bounds, and its dead-letter queue, which must be empty and take its dead letters."""

    name: str
    depth: int = Field(default=100, ge=0)
    age_seconds: Seconds = 900
    dead_letters: str = ""


class Database(Model):
    """An RDS instance and its bounds."""

    instance: str
    cpu_percent: Percent = 80
    connections: int = Field(default=80, ge=1)


class Aws(Model):
    """The account and the named resources of an environment; names are data, never guessed."""

    account: AccountId
    region: str
    profile: str = ""
    endpoint_url: Url | None = None
    cluster: str = ""
    optional_clusters: tuple[str, ...] = ()
    """Clusters that exist only during a blue/green switch: their absence is right."""
    services: dict[str, Service] = {}
    log_groups: dict[str, LogGroup] = {}
    metrics: dict[str, Metric] = {}
    error_rate: ErrorRate | None = None
    alarms: dict[str, Alarm] = {}
    lambdas: dict[str, Function] = {}
    queues: dict[str, Queue] = {}
    databases: dict[str, Database] = {}
    stacks: dict[str, Stack] = {}
    secrets: dict[str, StoredSecret] = {}
    certificates: dict[str, Certificate] = {}
    target_groups: dict[str, TargetGroup] = {}
    errors: dict[str, Errors] = {}
    performance: dict[str, Performance] = {}
    topics: tuple[str, ...] = ()
    log_retention_days: int | None = None
