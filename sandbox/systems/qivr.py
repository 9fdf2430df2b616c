"""Describes Qivr's account: an API and a worker."""

from sandbox.aws.description import AccountDescription, EcsService
from sandbox.systems import readings

CLUSTER = "qivr-sandbox"
SECRETS = ("qivr-sandbox/database", "qivr-sandbox/cognito", "qivr-sandbox/smtp")

ACCOUNT_AT_START = AccountDescription(
    system="qivr",
    region="ap-southeast-2",
    cluster=CLUSTER,
    services=(
        EcsService("api", 2, 512, 1024, "/ecs/qivr-sandbox/api", "qivr/api"),
        EcsService("worker", 1, 512, 1024, "/ecs/qivr-sandbox/worker", "qivr/worker"),
    ),
    log_groups={
        "api": "/ecs/qivr-sandbox/api",
        "worker": "/ecs/qivr-sandbox/worker",
    },
    secrets=SECRETS,
    series=readings.of_services(CLUSTER, {"api": (21.0, 47.0), "worker": (17.0, 39.0)}),
    first_lines={
        "api": (
            "[INFO] Now listening on: http://[::]:8080",
            "[INFO] Application started. Hosting environment: Production",
            "[INFO] GET /health 200 1ms",
        ),
        "worker": (
            "[INFO] Worker started",
            "[INFO] Sent 0 reminders",
            "[INFO] Sent 2 reminders",
        ),
    },
)
