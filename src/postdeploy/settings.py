"""The only reader of the process environment: options of the run, and the environment's secrets."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies_environment

from pydantic import SecretStr
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    SettingsConfigDict,
)

from postdeploy.errors import ConfigError, Problem
from postdeploy.probes.proxy import Proxies
from postdeploy.redact import CODE_SECRET
from postdeploy.target import Target

_PERSON_PARTS = ("EMAIL", "PASSWORD", "TOTP_SECRET")
_NO_WORD = 16
"""The last part of an address of so many characters is no word but a key."""


class Options(BaseSettings):
    """What a run may be told by POSTDEPLOY_* variables; each has a command-line option that wins."""

    model_config = SettingsConfigDict(env_prefix="POSTDEPLOY_", env_file=".env", extra="ignore")

    browser: Path | None = None
    """Executable of a Chromium or Chrome."""
    browser_endpoint: SecretStr = SecretStr("")
    """Address of a browser that runs elsewhere; may hold a token."""
    tester: str = ""
    reason: str = ""
    expect_version: str = ""
    sandbox: str = ""
    """Address of a running sandbox's announcement, instead of the target file's."""
    secrets_id: str = ""
    """AWS Secrets Manager secret (JSON) to read the environment's secrets from."""
    at_once: int = 16
    """How many checks with a browser page run at the same time."""
    history: str = ""
    """Where finished records are kept: a folder, or s3://bucket/prefix."""
    tell: str = ""
    """Whether people are told of the verdict, 1 or 0; "": in CI they are."""


class Machine(BaseSettings):
    """What CI systems say about themselves and their actor."""

    model_config = SettingsConfigDict(extra="ignore")

    ci: str = ""
    github_actor: str = ""
    gitlab_user_login: str = ""
    buildkite_build_creator: str = ""
    user: str = ""
    github_server_url: str = ""
    github_repository: str = ""
    github_run_id: str = ""
    ci_job_url: str = ""
    buildkite_build_url: str = ""

    @property
    def in_ci(self) -> bool:
        """Whether a CI system runs this process."""
        return self.ci.lower() not in ("", "0", "false")

    @property
    def actor(self) -> str:
        """The person on whose behalf CI runs, or ""."""
        return self.github_actor or self.gitlab_user_login or self.buildkite_build_creator

    @property
    def run_url(self) -> str:
        """Where the CI system shows this run (GitHub, GitLab, Buildkite), or ""."""
        if self.github_server_url and self.github_repository and self.github_run_id:
            return f"{self.github_server_url}/{self.github_repository}/actions/runs/{self.github_run_id}"
        return self.ci_job_url or self.buildkite_build_url


class GitHubAccess(BaseSettings):
    """Where GitHub's interface is, and as whom a workflow's job speaks to it."""

    model_config = SettingsConfigDict(extra="ignore")

    github_api_url: str = ""
    github_repository: str = ""
    github_token: SecretStr = SecretStr("")
    github_sha: str = ""


@dataclass(frozen=True)
class Person:
    """A test user; `number` is its place in the pool of its role, from 1."""

    role: str
    email: str
    password: SecretStr
    totp_secret: SecretStr
    number: int = 1


@dataclass(frozen=True)
class Settings:
    """The secrets of one environment, complete, or not made at all."""

    pools: Mapping[str, Sequence[Person]]
    """The test users of each role, at least one."""
    secrets: Mapping[str, SecretStr]
    telling: Mapping[str, SecretStr] = field(default_factory=dict)
    """Those that are set of the secrets by which people are told; a run needs none of them."""

    def person(self, role: str, number: int = 1) -> Person:
        """A test user of `role`. Raises LookupError for a role that the target does not declare."""
        if role not in self.pools:
            raise LookupError(f"the target file declares no role {role!r}")
        return self.pools[role][number - 1]

    def secret(self, name: str) -> str:
        """A secret's value. Raises LookupError for a name that the target does not declare."""
        if name not in self.secrets:
            raise LookupError(f"the target file does not list {name!r} under `secrets`")
        return self.secrets[name].get_secret_value()

    def values(self) -> tuple[str, ...]:
        """Every secret value, for the redactor; a user's name and a key's id (…_USER, …_ID) are none."""
        return tuple(value for _, value in self.kinds())

    def kinds(self) -> tuple[tuple[str, str], ...]:
        """Every secret value, and before it what it is, in words that may be told."""
        everyone = [person for pool in self.pools.values() for person in pool]
        people = [
            (f"{what} of {person.role} {person.number}", secret.get_secret_value())
            for person in everyone
            for what, secret in (
                ("password", person.password),
                (CODE_SECRET, person.totp_secret),
            )
        ]
        named = [
            (f"secret {name}", secret.get_secret_value())
            for name, secret in self.secrets.items()
            if not name.endswith(("_USER", "_ID"))
        ]
        told = [
            (f"secret {name}", part)
            for name, secret in self.telling.items()
            for part in _guarded(secret.get_secret_value())
        ]
        return (*people, *named, *told)


def _guarded(value: str) -> Iterator[str]:
    """What of a secret gives access: of an address not the host, which others may well name."""
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    if not parts.netloc:
        yield value
        return
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    yield from (part for part in (path, parts.query, parts.password) if part)
    last = parts.path.rpartition("/")[2]
    if len(last) >= _NO_WORD:
        yield last


def variable(target: Target, name: str) -> str:
    """The environment variable that holds the secret `name`: QUMIS_PROD_MEMBER_PASSWORD."""
    return f"{target.system}_{target.name}_{name}".upper().replace("-", "_")


def user_variables(target: Target, role: str, number: int) -> tuple[str, ...]:
    """The variables of a role's user: QUMIS_PROD_MEMBER_EMAIL, …; of the second QUMIS_PROD_MEMBER_2_EMAIL, …"""
    user = role if number == 1 else f"{role}_{number}"
    return tuple(variable(target, f"{user}_{part}") for part in _PERSON_PARTS)


def needed(target: Target) -> tuple[str, ...]:
    """The variables that the environment needs; further users of a role are as many as one likes."""
    people = [name for role in target.environment.roles for name in user_variables(target, role, 1)]
    return (*people, *(variable(target, name) for name in target.environment.secrets))


def load_settings(target: Target, root: Path, secrets_id: str = "") -> Settings:
    """Read the environment's secrets from variables, `.env`, its own env file, or Secrets Manager.

    Raises ConfigError that lists every missing variable and where to put it, and every user of a
    pool that is wrongly numbered, incomplete, or there twice.
    """
    given = _given(target, root, secrets_id)
    numbers = {role: _numbers(target, role, given) for role in target.environment.roles}
    problems = [*_lacking(target, given, numbers), *_misnumbered(target, numbers)]
    if problems:
        raise ConfigError(problems)
    pools = {
        role: (_person(target, role, 1, given), *_further(target, role, found, given))
        for role, found in numbers.items()
    }
    twins = [problem for pool in pools.values() for problem in _twins(target, pool)]
    if twins:
        raise ConfigError(twins)
    named = {name: given[variable(target, name)] for name in target.environment.secrets}
    secrets = {name: SecretStr(value) for name, value in named.items()}
    return Settings(pools, secrets, _telling(target, given))


def load_telling(target: Target, root: Path, secrets_id: str = "") -> Settings:
    """Nothing but the secrets by which people are told, for who looks at nothing."""
    return Settings({}, {}, _telling(target, _given(target, root, secrets_id)))


def _telling(target: Target, given: Mapping[str, Any]) -> dict[str, SecretStr]:
    found = {name: given.get(variable(target, name)) for name in target.environment.telling.secrets}
    return {
        name: SecretStr(value.strip())
        for name, value in found.items()
        if isinstance(value, str) and value.strip()
    }


def _numbers(target: Target, role: str, given: Mapping[str, Any]) -> tuple[str, ...]:
    """The numbers that variables of the role's further users carry, as they are written."""
    parts = "|".join(_PERSON_PARTS)
    pattern = re.compile(rf"{re.escape(variable(target, role))}_(\d+)_(?:{parts})")
    # A role may itself be called member-2: its own variables are no further user of member.
    others = set(needed(target))
    found = (pattern.fullmatch(name) for name, value in given.items() if value)
    return tuple(sorted({m[1] for m in found if m and m[0] not in others}, key=int))


def _lacking(
    target: Target, given: Mapping[str, Any], numbers: Mapping[str, Sequence[str]]
) -> Iterator[Problem]:
    further = [
        name
        for role, found in numbers.items()
        for number in found
        for name in user_variables(target, role, int(number))
    ]
    for name in (*needed(target), *further):
        value = given.get(name)
        if not value:
            yield _problem(target, name)
        elif not isinstance(value, str):
            yield Problem(name, "is no text", "Mend its value")


def _misnumbered(target: Target, numbers: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    for role, found in numbers.items():
        wrong = [text for text in found if text != str(int(text)) or int(text) < 2]
        for text in wrong:
            yield Problem(
                variable(target, f"{role}_{text}_EMAIL"),
                f"carries a number that no further user has: {text}",
                "Number them 2, 3 and so on; the first user of a role carries none",
            )
        taken = {int(text) for text in found if text not in wrong}
        gap = next((n for n in range(2, max(taken, default=1)) if n not in taken), 0)
        if gap:
            yield Problem(
                user_variables(target, role, gap)[0],
                f"is not set, yet users of the role {role} are numbered up to {max(taken)}",
                "Add this user, or number the others without a gap",
            )


def _person(target: Target, role: str, number: int, given: Mapping[str, Any]) -> Person:
    email, password, totp = (given[name] for name in user_variables(target, role, number))
    return Person(role, email, SecretStr(password), SecretStr(totp), number)


def _further(
    target: Target, role: str, numbers: Sequence[str], given: Mapping[str, Any]
) -> Iterator[Person]:
    return (_person(target, role, int(number), given) for number in numbers)


def _twins(target: Target, pool: Sequence[Person]) -> Iterator[Problem]:
    """Users of one role that are the same person: two workers would share what each has for itself."""
    first: dict[str, Person] = {}
    for person in pool:
        before = first.setdefault(person.email.strip().casefold(), person)
        if before is not person:
            name, other = (user_variables(target, p.role, p.number)[0] for p in (person, before))
            mend = "Give each user of a role an account of its own, or leave one out"
            yield Problem(name, f"is the same address as {other}", mend)


def _problem(target: Target, name: str) -> Problem:
    return Problem(
        name,
        "is not set",
        f"Export it, or put it into .env ({target.title} {target.name}; see .env.example)",
    )


class _Nothing(BaseSettings):
    """The sources want a model; which variables there are is for the target and the pools to say."""

    model_config = SettingsConfigDict(extra="ignore")


def _given(target: Target, root: Path, secrets_id: str) -> dict[str, Any]:
    """All variables that any source holds, by name in capitals; an exported one wins, then `.env`."""
    files = [root / ".env"]
    if target.environment.env_file:
        files.insert(0, root / target.environment.env_file)
    sources: list[EnvSettingsSource] = [_manager(target, secrets_id)] if secrets_id else []
    sources += [DotEnvSettingsSource(_Nothing, env_file=tuple(files)), EnvSettingsSource(_Nothing)]
    return {
        name.upper(): value
        for source in sources
        for name, value in source.env_vars.items()
        if value is not None
    }


def _manager(target: Target, secrets_id: str) -> EnvSettingsSource:
    """The Secrets Manager source; imported here because boto3 takes half a second to load."""
    import boto3
    from pydantic_settings import AWSSecretsManagerSettingsSource

    from postdeploy.probes.aws.allowed import CREDENTIALS, SETTINGS, Gate

    aws = target.environment.aws
    # The source makes its client of boto3's own session, and calls nothing but GetSecretValue.
    boto3.setup_default_session()
    gate = Gate(SETTINGS, CREDENTIALS, endpoint=(aws and aws.endpoint_url) or "", secret=secrets_id)
    gate.stand_before(boto3.DEFAULT_SESSION.events)
    return AWSSecretsManagerSettingsSource(
        _Nothing,
        secrets_id,
        region_name=aws.region if aws else None,
        endpoint_url=aws.endpoint_url if aws else None,
        case_sensitive=False,
    )


def proxies() -> Proxies:
    """The proxies that the process environment names (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY)."""
    return Proxies({k: v for k, v in getproxies_environment().items() if v})


def shell_value(name: str) -> str:
    """One variable of the process environment that belongs to no model (AWS_PROFILE, NO_COLOR), or ""."""
    return os.environ.get(name, "")


__all__ = [
    "GitHubAccess",
    "Machine",
    "Options",
    "Person",
    "Settings",
    "load_settings",
    "load_telling",
    "needed",
    "proxies",
    "shell_value",
    "user_variables",
    "variable",
]
