"""Describes Lexiscan's account: two services behind a load balancer, a database, a certificate."""

from sandbox.aws.description import (
    AccountDescription,
    AlarmDescription,
    CertificateDescription,
    EcsService,
    LoadBalancerDescription,
    MetricSource,
    TargetGroupDescription,
    TopicDescription,
    Traffic,
)
from sandbox.systems import readings

CLUSTER = "lexiscan-sandbox-cluster"
BACKEND = "lexiscan-sandbox-backend"
FRONTEND = "lexiscan-sandbox-frontend"
DATABASE = "lexiscan-sandbox-db"
SECRET = "lexiscan/sandbox/config"
RESPONSE_SECONDS = 0.18
_TOPIC = "lexiscan-sandbox-alerts"
CERTIFICATE = CertificateDescription("5f0c9a1e-7d43-4b52-9a7c-2f6c1e8b3d90", "lexiscan.ai")
LOAD_BALANCER = LoadBalancerDescription(
    "lexiscan-sandbox-alb",
    "50dc6c495c0c9188",
    (
        TargetGroupDescription("lexiscan-sandbox-backend-tg", BACKEND, 8000, "/api/health"),
        TargetGroupDescription("lexiscan-sandbox-frontend-tg", FRONTEND, 3000, "/"),
    ),
)
_BALANCER = (("LoadBalancer", LOAD_BALANCER.dimension),)
_SERVICE = (("ClusterName", CLUSTER), ("ServiceName", BACKEND))


def _alarm(
    name: str, description: str, source: MetricSource, threshold: float, evaluations: int = 1
) -> AlarmDescription:
    return AlarmDescription(
        f"lexiscan-sandbox-{name}",
        description,
        _TOPIC,
        (source,),
        threshold,
        evaluation_periods=evaluations,
    )


ALARMS = (
    AlarmDescription(
        "lexiscan-sandbox-high-error-rate",
        "More than 5 % of the requests fail, for five minutes",
        _TOPIC,
        (
            MetricSource("m1", readings.BALANCER, "HTTPCode_Target_5XX_Count", _BALANCER),
            MetricSource("m2", readings.BALANCER, "RequestCount", _BALANCER),
        ),
        5,
        expression="m1/m2*100",
    ),
    _alarm(
        "high-p95",
        "P95 of the response time above two seconds, for five minutes",
        MetricSource("m1", readings.BALANCER, "TargetResponseTime", _BALANCER, "p95"),
        2,
    ),
    _alarm(
        "high-cpu",
        "CPU above 80 % for ten minutes",
        MetricSource("m1", "AWS/ECS", "CPUUtilization", _SERVICE, "Average"),
        80,
        2,
    ),
    _alarm(
        "high-memory",
        "Memory above 80 % for ten minutes",
        MetricSource("m1", "AWS/ECS", "MemoryUtilization", _SERVICE, "Average"),
        80,
        2,
    ),
    _alarm(
        "db-connections",
        "Database connections near their limit",
        MetricSource(
            "m1",
            "AWS/RDS",
            "DatabaseConnections",
            (("DBInstanceIdentifier", DATABASE),),
            "Average",
        ),
        80,
    ),
)

ACCOUNT_AT_START = AccountDescription(
    system="lexiscan",
    region="us-east-1",
    cluster=CLUSTER,
    services=(
        EcsService(BACKEND, 2, 1024, 2048, "/aws/ecs/lexiscan-backend", "lexiscan/backend"),
        EcsService(FRONTEND, 2, 512, 1024, "/aws/ecs/lexiscan-frontend", "lexiscan/frontend"),
    ),
    log_groups={
        "backend": "/aws/ecs/lexiscan-backend",
        "frontend": "/aws/ecs/lexiscan-frontend",
    },
    databases=(DATABASE,),
    topics=(TopicDescription(_TOPIC, "email", "on-call@lexiscan.example"),),
    alarms=ALARMS,
    series=(
        *readings.of_balancer(LOAD_BALANCER, RESPONSE_SECONDS),
        *readings.of_services(CLUSTER, {BACKEND: (26.0, 44.0), FRONTEND: (12.0, 33.0)}),
        *readings.of_database(DATABASE),
    ),
    traffic=Traffic(
        "backend",
        readings.BALANCER,
        "RequestCount",
        "HTTPCode_Target_5XX_Count",
        dimensions=_BALANCER,
    ),
    secrets=(SECRET,),
    load_balancers=(LOAD_BALANCER,),
    certificates=(CERTIFICATE,),
    first_lines={
        "backend": (
            "[INFO] Started server process",
            "[INFO] Application startup complete",
            "[INFO] GET /api/health 200 3ms",
        ),
        "frontend": (
            "[INFO] Starting",
            "[INFO] Ready in 640ms",
            "[INFO] GET / 200 in 4ms",
        ),
    },
)
