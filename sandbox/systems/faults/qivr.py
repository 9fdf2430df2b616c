"""The faults of Qivr."""

from __future__ import annotations

import itertools
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sandbox.systems.faults import answers, checker, health, services, surroundings
from sandbox.systems.faults.base import Break, SystemFault
from sandbox.systems.qivr import SECRETS
from sandbox.systems.world import SystemWorld

_NAME = "qivr"
_API = services.Broken(_NAME, "api", "api", 2)
_WORKER = services.Broken(_NAME, "worker", "worker", 1)
_HEALTH = health.Probe("health", ("api",), "/health", PlainTextResponse("Unhealthy"))
_PATIENTS = "/api/patients"
_APPOINTMENTS = "/api/appointments"


def _lax(**behaviour: object) -> Break:
    def apply(world: SystemWorld) -> None:
        for name, value in behaviour.items():
            setattr(world.product, name, value)

    return apply


def _forget_origin(origin: str) -> Break:
    def apply(world: SystemWorld) -> None:
        world.product.origins.remove(origin)

    return apply


def _careless(path: str, every: int) -> Break:
    """Let each so-and-so-many-th look at a path be answered by a task that compares no tenants."""

    def apply(world: SystemWorld) -> None:
        numbers = itertools.count(1)

        async def answer(request: Request) -> Response | None:
            if request.url.path != path or next(numbers) % every:
                return None
            careless = replace(world.product, compares_tenant=False)
            return careless.refusal(request.headers) or answers.json(200, [])

        world.interceptors.add("api", answer)

    return apply


_GUARDS = (
    SystemFault(
        "qivr.tenant-of-another",
        "A caller sees the patients of another tenant",
        _lax(compares_tenant=False),
    ),
    SystemFault(
        "qivr.tenant-of-a-neighbour",
        "A caller sees the patients of any tenant that there is, and of no other",
        _lax(only_knows_tenants=True),
    ),
    SystemFault(
        "qivr.tenant-of-another-at-times",
        "One of two tasks shows a caller the patients of another tenant",
        _careless(_PATIENTS, every=2),
    ),
    SystemFault(
        "qivr.tenant-of-another-in-appointments",
        "A caller sees the appointments of another tenant, and no patients",
        _careless(_APPOINTMENTS, every=1),
    ),
    SystemFault(
        "qivr.tenant-missing",
        "A request that names no tenant gets through",
        _lax(asks_for_tenant=False),
    ),
    SystemFault(
        "qivr.dev-auth",
        "The sign-in of developers is on: their header is enough",
        _lax(dev_auth=True),
    ),
    SystemFault(
        "qivr.no-sign-in",
        "A request without a token gets through",
        _lax(needs_token=False),
    ),
    SystemFault(
        "qivr.any-token",
        "A request with any token at all gets through",
        _lax(any_token=True),
    ),
    SystemFault(
        "qivr.token-not-verified",
        "A token is known by its beginning, and the rest of it is not verified",
        _lax(token_begins=True),
    ),
    SystemFault(
        "qivr.right-request-refused",
        "The right request is refused",
        answers.answered(("api",), _PATIENTS, answers.json(403, {"status": 403})),
    ),
    SystemFault(
        "qivr.patients-500",
        "The list of patients ends in an error, whoever asks",
        answers.answered(("api",), _PATIENTS, answers.json(500, {"status": 500})),
    ),
)

_CORS = (
    SystemFault("qivr.cors-star", "Every page may call the API: it answers *", _lax(star=True)),
    SystemFault(
        "qivr.cors-echo", "Every page may call the API: it repeats any origin", _lax(echo=True)
    ),
    SystemFault(
        "qivr.cors-beginnings",
        "Pages may call the API whose origin begins as a declared one does",
        _lax(beginnings=True),
    ),
    SystemFault(
        "qivr.cors-endings",
        "Pages may call the API whose host ends as a declared one does",
        _lax(endings=True),
    ),
    SystemFault(
        "qivr.cors-without-clinic",
        "The second of the two declared origins may not call the API",
        _forget_origin("https://clinic.qivr.example"),
    ),
    SystemFault(
        "qivr.cors-without-app",
        "The first of the two declared origins may not call the API",
        _forget_origin("https://app.qivr.example"),
    ),
    SystemFault(
        "qivr.cors-preflight",
        "The preflight does not grant the headers that the pages send",
        _lax(preflight=False),
    ),
)

FAULTS = (
    *health.of_probe(_NAME, _HEALTH),
    *health.of_tail(_NAME, _HEALTH),
    *health.of_reach(_NAME, "api"),
    *_GUARDS,
    *_CORS,
    *services.of_service(_API),
    *services.of_rollouts(_API),
    *services.of_service(_WORKER),
    *services.of_log(_NAME, "api"),
    *services.of_log(_NAME, "worker"),
    *services.of_missing_log(_NAME, "worker"),
    *surroundings.of_secret(_NAME, SECRETS[0], "database"),
    surroundings.of_secret(_NAME, SECRETS[1], "cognito")[0],
    surroundings.of_secret(_NAME, SECRETS[2], "smtp")[0],
    *checker.of_checker(_NAME, "logs", "ecs"),
)
