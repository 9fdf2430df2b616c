"""What the smaller systems' own documents state stands in their target files: each environment, name and bound."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from postdeploy.target import Environment
from postdeploy.target_file import environments, load_target

TARGETS = Path(__file__).resolve().parents[2] / "targets"
ENVIRONMENTS = {
    "lexiscan": {"staging", "production"},
    "balancer": {"development", "staging", "production"},
    "flight-rescheduler": {"development", "production"},
    "qivr": {"development", "staging", "production"},
}
APART = {"sandbox"}
LEXISCAN = {
    "endpoints.health.url": "https://lexiscan.ai/api/health",
    "endpoints.detailed.url": "https://lexiscan.ai/api/health/detailed",
    "endpoints.ready.url": "https://lexiscan.ai/api/ready",
    "endpoints.*.p95_seconds": 2,
    "security.redirect.redirects_to": "https://lexiscan.ai/api/health",
    "security.page-redirect.redirects_to": "https://lexiscan.ai/",
    "aws.cluster": "lexiscan-production-cluster",
    "aws.region": "us-east-1",
    "aws.services.backend.name": "lexiscan-production-backend",
    "aws.services.frontend.name": "lexiscan-production-frontend",
    "aws.services.*.cpu_percent": 80,
    "aws.services.*.memory_percent": 80,
    "aws.log_groups.backend.name": "/aws/ecs/lexiscan-backend",
    "aws.databases.main.instance": "lexiscan-prod-db",
    "aws.alarms.high-error-rate.threshold": 5,
    "aws.alarms.high-error-rate.minutes": 5,
    "aws.alarms.high-p95.threshold": 2,
    "aws.alarms.high-p95.minutes": 5,
    "aws.alarms.high-cpu.threshold": 80,
    "aws.alarms.high-cpu.minutes": 10,
    "aws.alarms.high-memory.threshold": 80,
    "aws.alarms.high-memory.minutes": 10,
    "aws.errors.requests.percent": 1,
    "aws.errors.requests.rollback_percent": 10,
    "aws.performance.response-time.worse_percent": 50,
}


def balancer(name: str, host: str, tasks: int, p95: float, percent: float) -> dict[str, Any]:
    return {
        "endpoints.health.url": f"https://{host}/health",
        "endpoints.deep.url": f"https://{host}/health/deep",
        "endpoints.graphql.url": f"https://{host}/graphql",
        "endpoints.*.seconds": 5,
        "endpoints.*.p95_seconds": p95,
        "tls.api.url": f"https://{host}",
        "aws.cluster": f"v3-backend-{name}-cluster",
        "aws.services.api.name": f"v3-backend-{name}-api-service",
        "aws.services.worker.name": f"v3-backend-{name}-worker-service",
        "aws.services.*.minimum": tasks,
        "aws.stacks.*.in_progress_minutes": 30,
        "aws.queues.jobs.depth": 100,
        "aws.databases.main.instance": f"v3-backend-{name}-database",
        "aws.secrets.config.name": f"v3-backend/{name}/config",
        "aws.secrets.db-credentials.name": f"v3-backend-{name}-db-credentials",
        "aws.errors.requests.percent": percent,
        "aws.errors.requests.rollback_percent": 5,
    }


def flight_rescheduler(name: str) -> dict[str, Any]:
    thresholds = {
        "weather-monitor-errors": 3,
        "weather-monitor-duration": 90_000,
        "weather-monitor-dlq": 1,
        "ai-rescheduler-errors": 3,
        "ai-rescheduler-throttles": 5,
        "ai-rescheduler-dlq": 1,
    }
    functions = {"weather-monitor": 1, "ai-rescheduler": 2}
    of_alarms = {f"aws.alarms.{key}.threshold": value for key, value in thresholds.items()}
    of_names = {f"aws.alarms.{key}.name": f"{key}-{name}" for key in thresholds}
    in_five = ("weather-monitor-errors", "ai-rescheduler-errors", "ai-rescheduler-throttles")
    return {
        "aws.region": "us-east-1",
        "aws.lambdas.*.average_seconds": 30,
        "aws.lambdas.ai-rescheduler.throttles": 5,
        "aws.topics": (f"reschedule-notifications-{name}",),
        "aws.stacks.weather-monitor.name": f"FlightReschedulerWeatherMonitor-{name}",
        **of_alarms,
        **of_names,
        **{f"aws.alarms.{key}.minutes": 5 for key in in_five},
        **{f"aws.lambdas.{key}.name": f"{key}-{name}" for key in functions},
        **{f"aws.lambdas.{key}.error_percent": bound for key, bound in functions.items()},
        **{f"aws.errors.{key}.percent": bound for key, bound in functions.items()},
        **{f"aws.log_groups.{key}.name": f"/aws/lambda/{key}-{name}" for key in functions},
    }


STATED: dict[tuple[str, str], dict[str, Any]] = {
    ("lexiscan", "production"): LEXISCAN,
    ("balancer", "development"): balancer("development", "dev-api.hyperchonk.com", 1, 3, 5),
    ("balancer", "staging"): balancer("staging", "staging-api.hyperchonk.com", 2, 3, 5),
    ("balancer", "production"): balancer("production", "api.hyperchonk.com", 3, 2, 1)
    | {"aws.services.*.cpu_percent": 60, "aws.services.*.memory_percent": 70},
    ("flight-rescheduler", "development"): flight_rescheduler("development"),
    ("flight-rescheduler", "production"): flight_rescheduler("production")
    | {"aws.secrets.database.name": "prod/db-url", "aws.secrets.model.name": "prod/openai-key"},
    ("qivr", "development"): {"urls.api": "http://localhost:5050", "aws": None},
}
FACTS = [(*place, key, fact) for place, facts in STATED.items() for key, fact in facts.items()]


@cache
def declared(system: str, name: str) -> Environment:
    return load_target(TARGETS, system, name, None, []).environment


def values(value: Any, key: str) -> list[Any]:
    """What stands under a dotted key; `*` are all entries of a table."""
    part, _, rest = key.partition(".")
    if not part:
        return [value]
    if not isinstance(value, dict):
        return values(getattr(value, part), rest)
    entries = value.values() if part == "*" else [value[part]]
    return [found for entry in entries for found in values(entry, rest)]


@pytest.mark.parametrize("system", ENVIRONMENTS)
def test_every_environment_is_there(system: str) -> None:
    assert set(environments(TARGETS, system)) == ENVIRONMENTS[system] | APART


@pytest.mark.parametrize(("system", "name", "key", "fact"), FACTS)
def test_a_stated_fact_is_declared(system: str, name: str, key: str, fact: Any) -> None:
    found = values(declared(system, name), key)
    assert found
    assert [one for one in found if one != fact] == []


@pytest.mark.parametrize("name", ["staging", "production"])
def test_development_sign_in_is_refused_where_others_work(name: str) -> None:
    assert "development-sign-in" in declared("qivr", name).guards["tenant"].refusals
    assert "development-sign-in" not in declared("qivr", "development").guards["tenant"].refusals
