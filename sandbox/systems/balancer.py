"""Describes Balancer's account: an API and a worker, their stacks, a queue, a database."""

from sandbox.aws.description import (
    AccountDescription,
    EcsService,
    LoadBalancerDescription,
    QueueDescription,
    TargetGroupDescription,
    Traffic,
)
from sandbox.systems import readings

CLUSTER = "v3-backend-sandbox-cluster"
API = "v3-backend-sandbox-api-service"
WORKER = "v3-backend-sandbox-worker-service"
DATABASE = "v3-backend-sandbox-database"
QUEUE = "v3-backend-sandbox-jobs"
DEAD_LETTERS = "v3-backend-sandbox-jobs-dlq"
STACKS = ("v3-backend-sandbox-network", "v3-backend-sandbox-service")
SECRETS = ("v3-backend/sandbox/config", "v3-backend-sandbox-db-credentials")
RESPONSE_SECONDS = 0.14
LOAD_BALANCER = LoadBalancerDescription(
    "v3-backend-sandbox",
    "7b1f0c2d9e3a4f55",
    (TargetGroupDescription("v3-backend-sandbox-api-tg", API, 4000, "/health"),),
)

ACCOUNT_AT_START = AccountDescription(
    system="balancer",
    region="us-east-1",
    cluster=CLUSTER,
    services=(
        EcsService(API, 2, 1024, 2048, "/ecs/v3-backend-sandbox/api", "v3-backend/api"),
        EcsService(WORKER, 2, 1024, 2048, "/ecs/v3-backend-sandbox/worker", "v3-backend/worker"),
    ),
    log_groups={
        "api": "/ecs/v3-backend-sandbox/api",
        "worker": "/ecs/v3-backend-sandbox/worker",
    },
    databases=(DATABASE,),
    queues=(QueueDescription(DEAD_LETTERS), QueueDescription(QUEUE, DEAD_LETTERS)),
    series=(
        *readings.of_balancer(LOAD_BALANCER, RESPONSE_SECONDS),
        *readings.of_services(CLUSTER, {API: (24.0, 42.0), WORKER: (31.0, 48.0)}),
        *readings.of_queues(QUEUE, DEAD_LETTERS),
        *readings.of_database(DATABASE),
    ),
    traffic=Traffic(
        "api",
        readings.BALANCER,
        "RequestCount",
        "HTTPCode_Target_5XX_Count",
        dimensions=(("LoadBalancer", LOAD_BALANCER.dimension),),
    ),
    stacks=STACKS,
    secrets=SECRETS,
    load_balancers=(LOAD_BALANCER,),
    first_lines={
        "api": (
            "[INFO] Nest application successfully started",
            "[INFO] GraphQL endpoint at /graphql",
            "[INFO] GET /health 200 2ms",
        ),
        "worker": (
            "[INFO] Worker started, polling v3-backend-sandbox-jobs",
            "[INFO] Processed 12 jobs in the last minute",
            "[INFO] Processed 9 jobs in the last minute",
        ),
    },
)
