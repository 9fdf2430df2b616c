"""The command line of a run: what it resolves to, and what narrows it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from postdeploy import options
from postdeploy.errors import ConfigError
from postdeploy.options import (
    environment_name,
    expected_versions,
    narrowing,
    new_run_id,
    parse_bounds,
    parse_duration,
    tightened,
)
from postdeploy.settings import Machine, Options
from postdeploy.target import Bounds, Environment, Target

PROJECT = """
[tool.pytest.ini_options]
testpaths = ["tests"]
"""
TARGET = Target(
    system="demo",
    title="Demo",
    name="sandbox",
    file="targets/demo.toml",
    environment=Environment(versions={"api": "ecs:api", "web": "ecs:web"}),
)


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyprojecttoml(PROJECT)
    (pytester.mkdir("tests") / "smoke").mkdir()
    return pytester


def config(project: pytest.Pytester, *arguments: str) -> pytest.Config:
    return project.parseconfig("-p", "postdeploy.plugin", *arguments)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ([], "sandbox"),
        (["-m", "prod_smoke"], "prod"),
        (["-m", "prod_smoke and readonly"], "sandbox"),
        (["-m", "prod_smoke", "--env", "qa"], "qa"),
    ],
)
def test_the_environment_follows_from_the_options(
    project: pytest.Pytester, arguments: list[str], name: str
) -> None:
    assert environment_name(config(project, *arguments)) == name


@pytest.mark.parametrize(
    ("environments", "name"),
    [
        (["production", "sandbox"], "production"),
        (["prod", "production"], "prod"),
        (["production", "production-eu"], "prod"),
        (["live", "sandbox"], "prod"),
    ],
    ids=str,
)
def test_production_smoke_means_prod_or_the_one_that_is_protected(
    project: pytest.Pytester, environments: list[str], name: str
) -> None:
    tables = [
        f"[environments.{one}]\nprotected = {str(one.startswith('prod')).lower()}\n"
        for one in environments
    ]
    (project.path / "demo.toml").write_text("".join(tables))
    arguments = ["-o", "postdeploy_targets=.", "--system", "demo", "-m", "prod_smoke"]
    assert environment_name(config(project, *arguments)) == name


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], ""),
        (["-m", "prod_smoke"], ""),
        (["--ff", "-x", "-o", "log_cli=true"], ""),
        (["-k", "vault"], "-k"),
        (["--lf"], "--lf"),
        (["--stepwise"], "--stepwise"),
        (["-m", "prod_smoke and not slow"], "-m 'prod_smoke and not slow'"),
        (["--deselect", "tests/test_a.py"], "--deselect"),
        (["--ignore", "tests/e2e"], "--ignore"),
        (["--ignore-glob", "*chat*"], "--ignore-glob"),
        (["-o", "testpaths=tests/smoke"], "-o testpaths"),
        (["-o", "python_files=test_a*"], "-o python_files"),
        (["tests"], "paths or node ids"),
        (["-k", "a", "tests"], "-k, paths or node ids"),
    ],
    ids=str,
)
def test_what_narrows_a_run_is_named(
    project: pytest.Pytester, arguments: list[str], why: str
) -> None:
    found = narrowing(config(project, *arguments))
    assert (found.why, found.partial) == (why, bool(why))


def test_run_ids_are_short_and_each_is_another() -> None:
    ids = {new_run_id() for _ in range(50)}
    assert len(ids) > 45
    assert all(re.fullmatch(r"\d{6}-\d{6}-[0-9a-f]{4}", run_id) for run_id in ids)


@pytest.mark.parametrize(
    ("text", "versions"),
    [
        ("", {}),
        ("2026.11.3", {"api": "2026.11.3", "web": "2026.11.3"}),
        ("api=1, web=2", {"api": "1", "web": "2"}),
        ("api=sha256:ab=", {"api": "sha256:ab="}),
    ],
)
def test_expected_versions_are_read(text: str, versions: dict[str, str]) -> None:
    assert expected_versions(text, TARGET) == versions


@pytest.mark.parametrize("text", ["api=1,web", "api=", "=1", "api=1,"])
def test_half_a_list_of_versions_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="is no list of versions"):
        expected_versions(text, TARGET)


def test_two_versions_of_one_component_are_refused() -> None:
    with pytest.raises(ConfigError, match="'api' is there twice"):
        expected_versions("api=1,web=2,api=3", TARGET)


def test_a_version_of_an_unknown_component_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"'wep' is no component of .*Did you mean 'web'"):
        expected_versions("wep=1", TARGET)


def test_bounds_are_read() -> None:
    assert parse_bounds(["job_seconds=20", "chat_seconds=1.5"]) == {
        "job_seconds": 20,
        "chat_seconds": 1.5,
    }


@pytest.mark.parametrize("text", ["job_seconds", "job_seconds=", "job_seconds=soon"])
def test_what_is_no_bound_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="Write NAME=SECONDS"):
        parse_bounds([text])


def test_a_tighter_bound_is_taken_and_the_others_stay() -> None:
    bounds = tightened(Environment(), {"job_seconds": 20}).bounds
    assert bounds == Bounds(job_seconds=20)


@pytest.mark.parametrize("seconds", [301, 0, -1, float("nan"), float("inf")])
def test_a_bound_that_is_not_tighter_is_refused(seconds: float) -> None:
    with pytest.raises(ConfigError, match="at most 300"):
        tightened(Environment(), {"job_seconds": seconds})


@pytest.mark.parametrize(
    ("option", "setting", "actor", "name"),
    [
        ("Olga", "Sam", "ci-bot", "Olga"),
        (None, "Sam", "ci-bot", "Sam"),
        (None, "", "ci-bot", "ci-bot"),
        (None, "", "", "Gita"),
    ],
)
def test_the_tester_is_the_nearest_name_at_hand(
    project: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    option: str | None,
    setting: str,
    actor: str,
    name: str,
) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.name")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "Gita")
    found = config(project, *(["--tester", option] if option else []))
    machine = Machine(github_actor=actor, gitlab_user_login="", buildkite_build_creator="")
    assert options.tester(found, Options(tester=setting), machine, project.path) == name


def test_without_git_the_tester_is_the_login_name(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    nobody = {"github_actor": "", "gitlab_user_login": "", "buildkite_build_creator": ""}
    found = config(project)
    assert (
        options.tester(found, Options(tester=""), Machine(user="uma", **nobody), tmp_path) == "uma"
    )


@pytest.mark.parametrize(
    ("text", "seconds"), [("", 0), ("90s", 90), ("15m", 900), ("1.5h", 5400), ("0.5s", 0.5)]
)
def test_a_duration_is_a_number_and_its_unit(text: str, seconds: float) -> None:
    assert parse_duration("--soak", text) == seconds


@pytest.mark.parametrize("text", ["15", "m", "0m", "-5m", "15 minutes", "15M", "1h30m"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ConfigError, match="for example 15m"):
        parse_duration("--soak", text)
