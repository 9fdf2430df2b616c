"""The faults of Balancer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.systems.balancer import (
    API,
    DATABASE,
    DEAD_LETTERS,
    QUEUE,
    RESPONSE_SECONDS,
    SECRETS,
    STACKS,
    WORKER,
)
from sandbox.systems.faults import (
    answers,
    checker,
    health,
    managed,
    services,
    surroundings,
    traffic,
)
from sandbox.systems.faults.base import Break, SystemFault

if TYPE_CHECKING:
    from sandbox.systems.world import SystemWorld

_NAME = "balancer"
_AT = ("api",)
# Its bounds are 60 % of the CPU and 70 % of the memory, lower than anybody would guess.
_API = services.Broken(_NAME, "api", API, 2, cpu=68.0, memory=76.0)
_WORKER = services.Broken(_NAME, "worker", WORKER, 2, cpu=72.0, memory=79.0)
_HEALTH = health.Probe(
    "health", _AT, "/health", answers.json(200, {"status": "error", "version": "unknown"})
)
_DEEP = health.Probe(
    "deep",
    _AT,
    "/health/deep",
    answers.json(
        200, {"status": "ok", "checks": {"database": "ok", "cache": "ok", "queue": "unreachable"}}
    ),
)
_GRAPHQL = health.Probe(
    "graphql",
    _AT,
    "/graphql",
    answers.json(200, {"errors": [{"message": "Internal server error"}], "data": None}),
)


def _database_down(world: SystemWorld) -> None:
    world.product.parts["database"] = "connection refused"


def _graphql(answer: object) -> Break:
    def apply(world: SystemWorld) -> None:
        world.product.root = answer

    return apply


_OTHER_GRAPHQL = (
    SystemFault(
        "balancer.graphql-other-schema",
        "GraphQL answers 200, from another schema",
        _graphql({"data": {"__typename": "Subscription"}}),
    ),
    SystemFault(
        "balancer.graphql-empty", "GraphQL answers 200 with no data at all", _graphql({"data": {}})
    ),
    SystemFault(
        "balancer.graphql-errors-beside-data",
        "GraphQL answers 200 with data, and with errors beside them",
        _graphql(
            {"data": {"__typename": "Query"}, "errors": [{"message": "context creation failed"}]}
        ),
    ),
)

_MIXED = SystemFault(
    "balancer.release-mixed",
    "Every fourth answer is that of a task of the release before, which is well",
    answers.answered_at_times(
        _AT, "/health", answers.json(200, {"status": "ok", "version": health.PREVIOUS_RELEASE}), 4
    ),
)

_AT_TIMES = SystemFault(
    "balancer.health-fails-at-times",
    "Every third look at /health is answered by a task that is not well",
    answers.answered_at_times(_AT, "/health", answers.json(500, {"status": "error"}), 3),
)

FAULTS = (
    _MIXED,
    _AT_TIMES,
    *health.of_probe(_NAME, _HEALTH),
    *health.of_tail(_NAME, _HEALTH),
    *health.of_probe(_NAME, _DEEP),
    SystemFault("balancer.deep-database-down", "The database does not answer", _database_down),
    *health.of_probe(_NAME, _GRAPHQL),
    *_OTHER_GRAPHQL,
    *health.of_reach(_NAME, "api"),
    *health.of_release(_NAME),
    *services.of_service(_API),
    *services.of_rollouts(_API),
    *services.of_service(_WORKER),
    *services.of_log(_NAME, "api"),
    *services.of_log(_NAME, "worker"),
    *services.of_missing_log(_NAME, "worker"),
    *managed.of_queue(_NAME, QUEUE, DEAD_LETTERS),
    *managed.of_database(_NAME, DATABASE),
    *surroundings.of_stack(_NAME, "network", STACKS[0]),
    *surroundings.of_stack(_NAME, "service", STACKS[1]),
    *surroundings.of_secret(_NAME, SECRETS[0]),
    *surroundings.of_secret(_NAME, SECRETS[1], "database"),
    *traffic.of_balancer(_NAME, RESPONSE_SECONDS),
    *checker.of_checker(_NAME, "cloudformation", "secretsmanager"),
)
