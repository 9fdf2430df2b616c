"""The only reader of the process environment: options of the run, and the environment's secrets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydantic
from pydantic import SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from postdeploy.errors import ConfigError, Problem
from postdeploy.target import Target

_PERSON_PARTS = ("EMAIL", "PASSWORD", "TOTP_SECRET")


class Options(BaseSettings):
    """What a run may be told by POSTDEPLOY_* variables; each has a command-line option that wins."""

    model_config = SettingsConfigDict(env_prefix="POSTDEPLOY_", env_file=".env", extra="ignore")

    browser: Path | None = None
    """Executable of a Chromium or Chrome."""
    tester: str = ""
    reason: str = ""
    expect_version: str = ""
    sandbox: str = ""
    """Address of a running sandbox's announcement, instead of the target file's."""
    secrets_id: str = ""
    """AWS Secrets Manager secret (JSON) to read the environment's secrets from."""
    at_once: int = 16
    """How many checks with a browser page run at the same time."""


class Machine(BaseSettings):
    """What CI systems say about themselves and their actor."""

    model_config = SettingsConfigDict(extra="ignore")

    ci: str = ""
    github_actor: str = ""
    gitlab_user_login: str = ""
    buildkite_build_creator: str = ""
    user: str = ""

    @property
    def in_ci(self) -> bool:
        """Whether a CI system runs this process."""
        return self.ci.lower() not in ("", "0", "false")

    @property
    def actor(self) -> str:
        """The person on whose behalf CI runs, or ""."""
        return self.github_actor or self.gitlab_user_login or self.buildkite_build_creator


@dataclass(frozen=True)
class Person:
    """A test user."""

    role: str
    email: str
    password: SecretStr
    totp_secret: SecretStr


@dataclass(frozen=True)
class Settings:
    """The secrets of one environment, complete, or not made at all."""

    people: Mapping[str, Person]
    secrets: Mapping[str, SecretStr]

    def person(self, role: str) -> Person:
        """The test user of `role`. Raises LookupError for a role that the target does not declare."""
        if role not in self.people:
            raise LookupError(f"the target file declares no role {role!r}")
        return self.people[role]

    def secret(self, name: str) -> str:
        """A secret's value. Raises LookupError for a name that the target does not declare."""
        if name not in self.secrets:
            raise LookupError(f"the target file does not list {name!r} under `secrets`")
        return self.secrets[name].get_secret_value()

    def values(self) -> tuple[str, ...]:
        """Every secret value, for the redactor; a user's name and a key's id (…_USER, …_ID) are none."""
        people = [s for p in self.people.values() for s in (p.password, p.totp_secret)]
        named = [s for name, s in self.secrets.items() if not name.endswith(("_USER", "_ID"))]
        return tuple(secret.get_secret_value() for secret in (*people, *named))


def variable(target: Target, name: str) -> str:
    """The environment variable that holds the secret `name`: QUMIS_PROD_MEMBER_PASSWORD."""
    return f"{target.system}_{target.name}_{name}".upper().replace("-", "_")


def needed(target: Target) -> tuple[str, ...]:
    """Names of every secret that the environment needs."""
    people = [
        f"{role}_{part}".upper() for role in target.environment.roles for part in _PERSON_PARTS
    ]
    return (*people, *target.environment.secrets)


def load_settings(target: Target, root: Path, secrets_id: str = "") -> Settings:
    """Read the environment's secrets from variables, `.env`, its own env file, or Secrets Manager.

    Raises ConfigError that lists every missing variable and where to put it.
    """
    names = needed(target)
    nothing = SecretStr("")
    fields: dict[str, Any] = {
        variable(target, name).lower(): (SecretStr, nothing) for name in names
    }
    model = pydantic.create_model(
        "EnvironmentSecrets", __base__=_base(target, root, secrets_id), **fields
    )
    try:
        loaded = model()
    except ValidationError as error:
        wrong = sorted({str(detail["loc"][0]).upper() for detail in error.errors()})
        raise ConfigError(Problem(name, "is no text", "Mend its value") for name in wrong) from None
    values = {name: getattr(loaded, variable(target, name).lower()) for name in names}
    empty = [name for name, value in values.items() if not value.get_secret_value()]
    if empty:
        raise ConfigError(_problem(target, variable(target, name)) for name in empty)
    return _settings(target, values)


def _settings(target: Target, values: Mapping[str, SecretStr]) -> Settings:
    people = {
        role: Person(
            role,
            values[f"{role}_EMAIL".upper()].get_secret_value(),
            values[f"{role}_PASSWORD".upper()],
            values[f"{role}_TOTP_SECRET".upper()],
        )
        for role in target.environment.roles
    }
    return Settings(people, {name: values[name] for name in target.environment.secrets})


def _problem(target: Target, name: str) -> Problem:
    return Problem(
        name,
        "is not set",
        f"Export it, or put it into .env ({target.title} {target.name}; see .env.example)",
    )


def _base(target: Target, root: Path, secrets_id: str) -> type[BaseSettings]:
    files = [root / ".env"]
    if target.environment.env_file:
        files.insert(0, root / target.environment.env_file)

    class Base(BaseSettings):
        model_config = SettingsConfigDict(extra="ignore", env_file=tuple(files))

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            del init_settings, file_secret_settings
            sources = (env_settings, dotenv_settings)
            return (*sources, _manager(settings_cls, target, secrets_id)) if secrets_id else sources

    return Base


def _manager(
    settings_cls: type[BaseSettings], target: Target, secrets_id: str
) -> PydanticBaseSettingsSource:
    """The Secrets Manager source; imported here because boto3 takes half a second to load."""
    from pydantic_settings import AWSSecretsManagerSettingsSource

    aws = target.environment.aws
    return AWSSecretsManagerSettingsSource(
        settings_cls,
        secrets_id,
        region_name=aws.region if aws else None,
        endpoint_url=aws.endpoint_url if aws else None,
        case_sensitive=False,
    )


def shell_value(name: str) -> str:
    """One variable of the process environment that belongs to no model (AWS_PROFILE, NO_COLOR), or ""."""
    return os.environ.get(name, "")


__all__ = [
    "Machine",
    "Options",
    "Person",
    "Settings",
    "load_settings",
    "needed",
    "shell_value",
    "variable",
]
