"""Finds what in a target file cannot be meant: it would read as a fault of the product, or hide one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from postdeploy.errors import Problem, nearest
from postdeploy.target import Aws, Environment, Target

_UNKNOWN_YET = ".invalid"
"""How hosts end that stand for what is open, or for an embedded deployment that has not started."""
_TOLD_AT = re.compile(r"https?://\S+#\S+")


def contradictions(target: Target) -> Iterator[Problem]:
    """A problem for each declaration that contradicts another, or itself."""
    where = f"{target.file}, [environments.{target.name}]"
    for what, mend in _all(target.environment):
        yield Problem(where, what, mend)


Mistake = tuple[str, str]
"""What is wrong, and how it is mended."""


def _all(one: Environment) -> Iterator[Mistake]:
    if one.aws is not None:
        yield from _without_cluster(one.aws)
    yield from _untold_versions(one)
    yield from _never_encrypted(one)
    yield from _no_origins(one)
    yield from _refusals_that_let_in(one)
    yield from _no_patterns(one)


def _without_cluster(aws: Aws) -> Iterator[Mistake]:
    for name, service in aws.services.items():
        if not (service.cluster or aws.cluster):
            yield f"aws.services.{name} is in no cluster", "Name it as aws.cluster"


def _untold_versions(one: Environment) -> Iterator[Mistake]:
    services = one.aws.services if one.aws else {}
    for component, at in one.versions.items():
        what = f"versions.{component} is read at {at!r}"
        if at.startswith("ecs:"):
            if (service := at.removeprefix("ecs:")) not in services:
                yield f"{what}, which is no service", nearest(service, services) or "Declare it"
        elif _is_known(at) and not _TOLD_AT.fullmatch(at):
            yield what, "Write ecs:<service>, or <url>#<key of its JSON>"


def _never_encrypted(one: Environment) -> Iterator[Mistake]:
    for name, host in one.tls.items():
        if _is_known(host.url) and not host.url.startswith("https://"):
            yield f"tls.{name}.url: nothing is encrypted at {host.url}", "Name its https address"


def _no_origins(one: Environment) -> Iterator[Mistake]:
    for name, cors in one.cors.items():
        for origin in (*cors.origins, cors.foreign):
            if urlsplit(origin)._replace(scheme="", netloc="").geturl():
                yield f"cors.{name}: {origin!r} is no origin", "Leave out what follows the host"


def _refusals_that_let_in(one: Environment) -> Iterator[Mistake]:
    for name, guard in one.guards.items():
        for variant, refusal in guard.refusals.items():
            if guard.status in refusal.status:
                what = f"guards.{name}.refusals.{variant}: {guard.status} is no refusal"
                yield f"{what}, for it is what the right request is answered", "Take it out"


def _no_patterns(one: Environment) -> Iterator[Mistake]:
    for table, endpoints in (("endpoints", one.endpoints), ("security", one.security)):
        for name, endpoint in endpoints.items():
            for header, pattern in endpoint.response_headers.items():
                try:
                    re.compile(pattern)
                except re.error as error:
                    what = f"{table}.{name}.response_headers.{header} is no regular expression"
                    yield f"{what}: {error}", "Mend it"


def _is_known(url: str) -> bool:
    return not str(urlsplit(url).hostname).endswith(_UNKNOWN_YET)
