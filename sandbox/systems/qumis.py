"""Describes Qumis' account: names, sizes, bounds, normal readings."""

from sandbox.aws.description import (
    ACCOUNT,
    AccountDescription,
    AlarmDescription,
    EcsService,
    MetricSource,
    QueueDescription,
    Series,
    TopicDescription,
    Traffic,
)
from sandbox.systems.readings import of_functions, of_services

REGION = "us-east-2"
CLUSTER = "blue-sandbox"
SERVICES = (
    EcsService("api", 2, 1024, 2048, "ecs/blue/sandbox/api", "qumis/api"),
    EcsService("web", 2, 512, 1024, "ecs/blue/sandbox/web", "qumis/web"),
    EcsService("sidekiq", 1, 1024, 2048, "ecs/blue/sandbox/sidekiq", "qumis/sidekiq"),
)
_REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
LAMBDAS = {f"qumis-{part}-sandbox": f"{_REGISTRY}/qumis/{part}" for part in ("api", "web", "llm")}
DATABASE = "qumis-sandbox-db"
INGEST = "qumis-sandbox-ingest"
DEAD_LETTERS = "qumis-sandbox-ingest-dlq"
LOG_GROUPS = {service.name: service.log_group for service in SERVICES} | {
    "llm": "/aws/lambda/qumis-llm-sandbox"
}
_API_FUNCTION = (("FunctionName", "qumis-api-sandbox"),)
_DATABASE = (("DBInstanceIdentifier", DATABASE),)


def _api(name: str, statistic: str = "Sum", source_id: str = "m1") -> MetricSource:
    return MetricSource(source_id, "AWS/Lambda", name, _API_FUNCTION, statistic)


ALARMS = (
    AlarmDescription(
        "qumis-api-sandbox-high-error-rate",
        "More than 10 errors in five minutes",
        "sandbox-critical-alerts",
        (_api("Errors"),),
        10,
    ),
    AlarmDescription(
        "qumis-api-sandbox-function-failures",
        "Five failing minutes in a row",
        "sandbox-critical-alerts",
        (_api("Errors", "Average"),),
        1,
        period=60,
        evaluation_periods=5,
    ),
    AlarmDescription(
        "qumis-api-sandbox-availability",
        "Fewer than 99 % of the invocations succeed",
        "sandbox-critical-alerts",
        (_api("Invocations"), _api("Errors", source_id="m2")),
        99,
        evaluation_periods=2,
        comparison="LessThanThreshold",
        expression="(m1-m2)/m1*100",
    ),
    AlarmDescription(
        "qumis-api-sandbox-high-latency",
        "Average duration above three seconds",
        "sandbox-performance-alerts",
        (_api("Duration", "Average"),),
        3000,
        evaluation_periods=2,
    ),
    AlarmDescription(
        "qumis-api-sandbox-throttles",
        "More than five throttled invocations in a minute",
        "sandbox-performance-alerts",
        (_api("Throttles"),),
        5,
        period=60,
    ),
    AlarmDescription(
        "qumis-api-sandbox-high-memory",
        "Memory above 90 %",
        "sandbox-performance-alerts",
        (MetricSource("m1", "Qumis/API", "MemoryUtilization", (), "Maximum"),),
        90,
        evaluation_periods=2,
    ),
    AlarmDescription(
        "qumis-rds-sandbox-high-cpu",
        "Database CPU above 80 %",
        "sandbox-database-alerts",
        (MetricSource("m1", "AWS/RDS", "CPUUtilization", _DATABASE, "Average"),),
        80,
        evaluation_periods=2,
    ),
    AlarmDescription(
        "qumis-rds-sandbox-connections",
        "Database connections near their limit",
        "sandbox-database-alerts",
        (MetricSource("m1", "AWS/RDS", "DatabaseConnections", _DATABASE, "Average"),),
        80,
    ),
)


def _queue_series() -> tuple[Series, ...]:
    found: list[Series] = []
    for name, age in ((INGEST, 2.0), (DEAD_LETTERS, 0.0)):
        where = (("QueueName", name),)
        found.append(
            Series("AWS/SQS", "ApproximateAgeOfOldestMessage", age, age / 2, "Seconds", where)
        )
        found.append(Series("AWS/SQS", "ApproximateNumberOfMessagesVisible", 0, 0, "Count", where))
    return tuple(found)


SERIES = (
    Series("Qumis/API", "ResponseTime", 0.12, 0.05, "Seconds", samples=6),
    Series("Qumis/API", "RequestCount", 60, 12),
    Series("Qumis/API", "ErrorCount", 0),
    Series("Qumis/API", "MemoryUtilization", 44, 3, "Percent"),
    Series("Qumis/Business", "ActiveUsers", 9, 3),
    *of_services(CLUSTER, {"api": (22.0, 41.0), "web": (14.0, 35.0), "sidekiq": (31.0, 52.0)}),
    *of_functions({"qumis-api-sandbox": 180, "qumis-web-sandbox": 90, "qumis-llm-sandbox": 850}),
    Series("AWS/RDS", "CPUUtilization", 18, 5, "Percent", _DATABASE),
    Series("AWS/RDS", "DatabaseConnections", 14, 4, "Count", _DATABASE),
    Series("AWS/RDS", "FreeStorageSpace", 41e9, 2e7, "Bytes", _DATABASE),
    *_queue_series(),
)

FIRST_LINES = {
    "api": (
        "[INFO] Puma starting in single mode",
        "[INFO] Listening on http://0.0.0.0:8000",
        '[INFO] method=GET path=/health status=200 duration=3.1 source="load-balancer"',
    ),
    "web": (
        "[INFO] Starting web",
        "[INFO] Ready in 812ms",
        "[INFO] GET /health 200 in 2ms",
    ),
    "sidekiq": (
        "[INFO] Booted Rails application in production environment",
        "[INFO] Sidekiq 7.3 connecting to Redis",
        "[INFO] Scheduler started, 0 jobs waiting",
    ),
    "llm": (
        "[INFO] INIT_START Runtime Version: python:3.12",
        "[INFO] model provider reachable",
        "[INFO] health status=ok",
    ),
}

ACCOUNT_AT_START = AccountDescription(
    system="qumis",
    region=REGION,
    cluster=CLUSTER,
    services=SERVICES,
    log_groups=LOG_GROUPS,
    lambdas=LAMBDAS,
    databases=(DATABASE,),
    queues=(QueueDescription(DEAD_LETTERS), QueueDescription(INGEST, DEAD_LETTERS)),
    topics=(
        TopicDescription("sandbox-critical-alerts", "email", "on-call@qumis.example"),
        TopicDescription("sandbox-performance-alerts", "email", "performance@qumis.example"),
        TopicDescription("sandbox-database-alerts", "email", "database@qumis.example"),
        TopicDescription("sandbox-security-alerts", "email", "security@qumis.example"),
    ),
    alarms=ALARMS,
    series=SERIES,
    traffic=Traffic("api", "Qumis/API", "RequestCount", "ErrorCount", "ResponseTime"),
    first_lines=FIRST_LINES,
)
