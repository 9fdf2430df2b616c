"""The policy that a target file declares, and what is wrong with its declaration."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import httpx

from postdeploy.errors import Problem, nearest
from postdeploy.policy.rules import CLEANUP, Policy, Question, Rule, authority
from postdeploy.target import Environment, Target, Writes

_TABLES: Final = ("endpoints", "security", "tls", "guards", "streams", "cors")


def policy_of(target: Target, *, read_only: bool = False) -> Policy:
    """What may be sent to the target's environment."""
    named = f"{target.system} {target.name}"
    return _policy(target.environment, target.file, named, read_only=read_only)


def _policy(environment: Environment, file: str, named: str, *, read_only: bool) -> Policy:
    return Policy(
        file=file,
        environment=named,
        hosts=_authorities(_addresses(environment)),
        pages=_authorities(environment.urls.values()),
        third_parties=_authorities(environment.third_parties),
        writes=_writes(environment),
        reads=tuple(_rule(line, environment.urls.values()) for line in environment.reads),
        questions=tuple(_questions(environment)),
        bases=frozenset(environment.urls.values()),
        read_only=read_only or environment.read_only,
    )


def _addresses(environment: Environment) -> Iterator[str]:
    """Everything that the checks ask over HTTP. AWS is asked through a session with rules of its own."""
    yield from environment.urls.values()
    yield from environment.control
    yield from named_addresses(environment).values()
    for table in _TABLES:
        yield from (str(one.url) for one in getattr(environment, table).values())
    for guard in environment.guards.values():
        yield from guard.also
    for where in environment.versions.values():
        if not where.startswith("ecs:"):
            yield where.partition("#")[0]


def named_addresses(environment: Environment) -> Mapping[str, str]:
    """Key of the target file → an address of a third party that checks ask by themselves."""
    parties = environment.integrations
    found = {
        "integrations.slack": parties.slack and parties.slack.url,
        "integrations.postmark": parties.postmark and parties.postmark.url,
        "integrations.postmark.mailbox": parties.postmark and parties.postmark.mailbox_url,
        "integrations.sentry": parties.sentry and parties.sentry.url,
        "integrations.fullstory": parties.fullstory and parties.fullstory.url,
    }
    return {name: url for name, url in found.items() if url}


def _authorities(urls: Iterable[str]) -> frozenset[str]:
    return frozenset(authority(url) for url in urls)


def _writes(environment: Environment) -> Mapping[str, tuple[Rule, ...]]:
    kinds = {
        kind: tuple(_rule(line, _where(environment, writes)) for line in writes.requests)
        for kind, writes in environment.writes.items()
    }
    # Clean-up asks the API, as every client that carries a session.
    homes = frozenset(url for name, url in environment.urls.items() if name == "api")
    removals = (Rule(one.method, one.path, homes) for one in environment.cleanup.values())
    return {**kinds, CLEANUP: tuple(removals)}


def _where(environment: Environment, writes: Writes) -> Iterable[str]:
    places = _places(environment)
    if not writes.at:
        return environment.urls.values()
    return (places[name] for name in writes.at if name in places)


def _places(environment: Environment) -> Mapping[str, str]:
    """What `at` may name: an origin, an integration, or a third party by its address."""
    parties = {url: url for url in environment.third_parties}
    return {**named_addresses(environment), **parties, **environment.urls}


def _rule(line: str, bases: Iterable[str]) -> Rule:
    method, _, path = line.partition(" ")
    return Rule(method, path, frozenset(bases))


def _questions(environment: Environment) -> Iterator[Question]:
    for endpoint in environment.endpoints.values():
        if endpoint.method == "POST":
            # As httpx writes it, for it is httpx that sends it.
            request = httpx.Request("POST", endpoint.url, json=endpoint.body)
            yield Question("POST", str(request.url), request.content)


def policy_problems(target: Target) -> Iterator[Problem]:
    """Mistakes in [writes]: places that do not exist, and kinds that are not the file's to declare."""
    environment = target.environment
    places = _places(environment)
    for kind, writes in environment.writes.items():
        where = f"{target.file}, writes.{kind} of {target.name}"
        if kind == CLEANUP:
            yield Problem(where, "the routes of clean-up stand under [cleanup]", "Take it out")
        for name in writes.at:
            if name not in places:
                mend = nearest(name, places) or "Name one of urls, third_parties or integrations"
                yield Problem(where, f"at names {json.dumps(name)}, which is no address", mend)
