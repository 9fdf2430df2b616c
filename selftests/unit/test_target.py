"""The models of a target file refuse what cannot be meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from postdeploy.errors import ConfigError, Problem
from postdeploy.target import (
    Access,
    Aws,
    Bounds,
    Endpoint,
    Environment,
    Function,
    LogGroup,
    Model,
    Queue,
    Service,
    Session,
    Target,
)
from postdeploy.target_file import environments, load_target

TARGETS = Path(__file__).resolve().parents[2] / "targets"


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Bounds, {"job_seconds": 0}),
        (Bounds, {"job_seconds": -1}),
        (Bounds, {"job_seconds": 90_000}),
        (Bounds, {"dead_jobs": -1}),
        (Service, {"cpu_percent": 101}),
        (Service, {"minimum": -1}),
        (Function, {"name": "f", "throttles": -1}),
        (Queue, {"name": "q", "depth": -1}),
        (LogGroup, {"name": "g", "errors_allowed": -1}),
        (Endpoint, {"url": "app.example/health"}),
        (Endpoint, {"url": "ftp://app.example/health"}),
        (Endpoint, {"url": "https://app.example/he alth"}),
        (Endpoint, {"url": "https://app.example", "samples": 4}),
        (Endpoint, {"url": "https://app.example", "method": "TRACE"}),
        (Access, {"path": "no/slash", "allowed": [], "refused": []}),
        (Session, {"cookie": "c", "login_path": "login"}),
        (Aws, {"account": "12345678901", "region": "us-east-2"}),
        (Aws, {"account": "arn:aws:iam", "region": "us-east-2"}),
    ],
    ids=str,
)
def test_an_impossible_value_is_refused(model: type[Model], values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(values)


def test_a_table_cannot_be_changed_once_it_is_read() -> None:
    with pytest.raises(ValidationError):
        Bounds().job_seconds = 1


def target_with(labels: dict[str, Any]) -> Target:
    environment = Environment(labels=labels)
    return Target(system="s", title="S", name="qa", file="s.toml", environment=environment)


def test_labels_are_read_from_tables_within_tables() -> None:
    target = target_with({"vault": {"tab": {"my": "Mine"}, "upload": "Add a file"}, "next": "On"})
    assert target.label("vault.tab.my") == "Mine"
    assert target.label("vault.upload") == "Add a file"
    assert target.label("next") == "On"


def test_an_unknown_label_names_the_file_and_the_nearest() -> None:
    with pytest.raises(
        ConfigError, match=r"s\.toml, labels of qa: 'vault\.uplod' is missing"
    ) as told:
        target_with({"vault": {"upload": "Add a file"}}).label("vault.uplod")
    assert "Did you mean 'vault.upload'?" in str(told.value)


def test_a_label_given_in_two_ways_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"'vault\.upload' is there twice"):
        target_with({"vault": {"upload": "Add"}, "vault.upload": "Add a file"})


SYSTEMS = sorted(path.stem for path in TARGETS.glob("*.toml"))
DECLARED = [(system, name) for system in SYSTEMS for name in environments(TARGETS, system)]


@pytest.mark.parametrize(("system", "name"), DECLARED)
def test_every_environment_of_the_project_can_be_read(system: str, name: str) -> None:
    still_open: list[Problem] = []
    target = load_target(TARGETS, system, name, None, still_open)
    assert bool(target.environment.roles) == bool(target.environment.pages)
    assert all("environments." in problem.where for problem in still_open)


@pytest.mark.parametrize(("system", "name"), DECLARED)
def test_production_is_protected_and_only_the_sandbox_is_announced(system: str, name: str) -> None:
    environment = load_target(TARGETS, system, name, None, []).environment
    embedded = environment.discovery is not None
    assert embedded == (name == "sandbox")
    if name == "prod":
        assert environment.protected
