"""The faults of Lexiscan."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

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
from sandbox.systems.lexiscan import (
    ALARMS,
    BACKEND,
    CERTIFICATE,
    DATABASE,
    FRONTEND,
    LOAD_BALANCER,
    RESPONSE_SECONDS,
    SECRET,
)

if TYPE_CHECKING:
    from sandbox.systems.world import SystemWorld

_NAME = "lexiscan"
_SITE = ("secure", "api")
_PARTS = dict.fromkeys(("database", "cache", "storage"), "healthy")
# The runbook names no threshold for the database's connections.
_BOUNDED = tuple(alarm for alarm in ALARMS if not alarm.name.endswith("db-connections"))
_BACKEND = services.Broken(_NAME, "backend", BACKEND, 2)
_FRONTEND = services.Broken(_NAME, "frontend", FRONTEND, 2)
_HEALTH = health.Probe(
    "health", _SITE, "/api/health", answers.json(200, {"status": "degraded", "version": "unknown"})
)
_DETAILED = health.Probe(
    "detailed",
    _SITE,
    "/api/health/detailed",
    answers.json(200, {"status": "healthy", "checks": {**_PARTS, "ai": "unhealthy"}}),
)
_READY = health.Probe("ready", _SITE, "/api/ready", answers.json(200, {"ready": False}))


def _part_down(world: SystemWorld) -> None:
    world.product.parts["database"] = "unhealthy"


def _certificate(**shown: object) -> Break:
    def apply(world: SystemWorld) -> None:
        for name, value in shown.items():
            setattr(world.certificate, name, value)

    return apply


def _header(name: str, value: str | None) -> Break:
    def apply(world: SystemWorld) -> None:
        del world.product.headers[name]
        if value is not None:
            world.product.headers[name] = value

    return apply


def _redirected(place: str, status: int) -> Break:
    """The redirect of those who come without encryption; the place is taken as base of their path."""

    def apply(world: SystemWorld) -> None:
        async def redirect(request: Request) -> Response:
            base = place.format(**world.addresses)
            return RedirectResponse(f"{base}{request.url.path}", status_code=status)

        world.interceptors.add("plain", redirect)

    return apply


def _page_without_encryption(world: SystemWorld) -> None:
    async def page(_: Request) -> Response:
        return answers.page()

    world.interceptors.add("plain", page)


def _access(**behaviour: bool) -> Break:
    def apply(world: SystemWorld) -> None:
        for name, value in behaviour.items():
            setattr(world.product, name, value)

    return apply


def _bare_pages(world: SystemWorld) -> None:
    world.product.bare.add("/")


class _EveryThird(set[str]):
    """Holds whatever it is asked for every third time."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def __contains__(self, _: object) -> bool:
        return next(self._numbers) % 3 == 0


def _bare_at_times(world: SystemWorld) -> None:
    world.product.bare = _EveryThird()


def _plain_at_times(world: SystemWorld) -> None:
    numbers = itertools.count(1)

    async def page(_: Request) -> Response | None:
        return None if next(numbers) % 3 else answers.page()

    world.interceptors.add("plain", page)


_ACCESS = (
    SystemFault(
        "lexiscan.documents-open",
        "Documents are shown to who brings no token",
        _access(needs_token=False),
    ),
    SystemFault(
        "lexiscan.documents-any-token",
        "Documents are shown to who brings any token at all",
        _access(any_token=True),
    ),
    SystemFault(
        "lexiscan.token-not-verified",
        "A token is known by its beginning, and the rest of it is not verified",
        _access(token_begins=True),
    ),
    SystemFault(
        "lexiscan.administration-open",
        "Users who are no administrators reach the administration",
        _access(asks_for_role=False),
    ),
)

_TLS = (
    SystemFault("lexiscan.tls-expiring", "The certificate ends in five days", _certificate(days=5)),
    SystemFault("lexiscan.tls-expired", "The certificate ended yesterday", _certificate(days=-1)),
    SystemFault(
        "lexiscan.tls-other-host",
        "The certificate is for another host",
        _certificate(hosts=("staging.lexiscan.example",)),
    ),
    SystemFault(
        "lexiscan.tls-other-authority",
        "The certificate is signed by an authority that nobody trusts",
        _certificate(by_the_known_authority=False),
    ),
)

_SECURITY = (
    SystemFault(
        "lexiscan.plain-serves",
        "Without encryption the site answers 200 with a page and does not redirect",
        _page_without_encryption,
    ),
    SystemFault(
        "lexiscan.plain-redirects-elsewhere",
        "Without encryption the site redirects to another host",
        _redirected("https://lexiscan.example", 301),
    ),
    SystemFault(
        "lexiscan.plain-redirects-to-plain",
        "Without encryption the site redirects to an address without encryption",
        _redirected("{plain}/home", 301),
    ),
    SystemFault(
        "lexiscan.plain-serves-at-times",
        "Every third request without encryption is answered 200 with a page",
        _plain_at_times,
    ),
    SystemFault(
        "lexiscan.headers-missing-at-times",
        "Every third answer has no security headers",
        _bare_at_times,
    ),
    SystemFault(
        "lexiscan.plain-serves-pages",
        "Without encryption the API redirects, and the pages are served",
        answers.answered(("plain",), "/", answers.page()),
    ),
    SystemFault(
        "lexiscan.pages-without-headers",
        "The API has its security headers, and the pages have none",
        _bare_pages,
    ),
    SystemFault(
        "lexiscan.csp-allows-all",
        "Content-Security-Policy allows every source",
        _header("content-security-policy", "default-src * data: 'unsafe-inline' 'unsafe-eval'"),
    ),
    SystemFault(
        "lexiscan.hsts-missing",
        "Strict-Transport-Security is missing",
        _header("strict-transport-security", None),
    ),
    SystemFault(
        "lexiscan.hsts-zero",
        "Strict-Transport-Security has max-age=0, which switches it off",
        _header("strict-transport-security", "max-age=0"),
    ),
    SystemFault(
        "lexiscan.nosniff-missing",
        "X-Content-Type-Options is missing",
        _header("x-content-type-options", None),
    ),
    SystemFault(
        "lexiscan.framing-allowed",
        "X-Frame-Options has a value that browsers ignore",
        _header("x-frame-options", "ALLOWALL"),
    ),
    SystemFault(
        "lexiscan.csp-missing",
        "Content-Security-Policy is missing",
        _header("content-security-policy", None),
    ),
)

FAULTS = (
    *health.of_probe(_NAME, _HEALTH),
    *health.of_tail(_NAME, _HEALTH),
    *health.of_probe(_NAME, _DETAILED),
    SystemFault("lexiscan.detailed-database-down", "The database is unhealthy", _part_down),
    *health.of_probe(_NAME, _READY),
    *health.of_reach(_NAME, *_SITE),
    *health.of_release(_NAME),
    *_TLS,
    *_SECURITY,
    *_ACCESS,
    *services.of_service(_BACKEND),
    *services.of_rollouts(_BACKEND),
    *services.of_service(_FRONTEND),
    *services.of_log(_NAME, "backend"),
    *services.of_log(_NAME, "frontend"),
    *services.of_missing_log(_NAME, "frontend"),
    *(fault for alarm in ALARMS for fault in managed.of_alarm(_NAME, alarm.name)),
    *(fault for alarm in _BOUNDED for fault in managed.of_threshold(_NAME, alarm.name)),
    *managed.of_delay(_NAME, ALARMS[0].name),
    *managed.of_delay(_NAME, ALARMS[2].name),
    *managed.of_database(_NAME, DATABASE),
    *surroundings.of_secret(_NAME, SECRET),
    *surroundings.of_certificate(_NAME, CERTIFICATE),
    *surroundings.of_target_group(_NAME, "backend", LOAD_BALANCER.target_groups[0].name),
    *surroundings.of_target_group(_NAME, "frontend", LOAD_BALANCER.target_groups[1].name),
    *traffic.of_balancer(_NAME, RESPONSE_SECONDS),
    *checker.of_checker(_NAME, "elbv2", "acm"),
)
