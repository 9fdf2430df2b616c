"""Target files are merged and filled in, and their mistakes told with file, key and mend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from postdeploy.errors import ConfigError, Problem
from postdeploy.target import Environment
from postdeploy.target_file import environments, load_target, validate

FILE = """
system = "demo"
title = "The Demo"

[defaults]
secrets = ["TOKEN"]
control = ["${sandbox.control}/"]

[defaults.urls]
app = "https://${env}.example"
api = "https://api.example"

[defaults.bounds]
job_seconds = 100
chat_seconds = 10

[environments.qa]
secrets = []
control = []
bounds.job_seconds = 50
urls.api = "https://api.qa.example"

[environments.sandbox]
urls = { app = "${sandbox.app}", api = "${sandbox.api}/v1" }

[environments.prod]
control = []
urls.app = "${open}"
title = "${open}"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "demo.toml").write_text(FILE)
    return tmp_path


def problems(folder: Path, environment: str, **options: Any) -> str:
    with pytest.raises(ConfigError) as told:
        load_target(folder, "demo", environment, **options)
    return str(told.value)


def test_an_environment_is_laid_over_the_defaults_key_by_key(folder: Path) -> None:
    environment = load_target(folder, "demo", "qa").environment
    assert (environment.bounds.job_seconds, environment.bounds.chat_seconds) == (50, 10)
    assert environment.urls == {"app": "https://qa.example", "api": "https://api.qa.example"}


def test_a_list_is_replaced_whole(folder: Path) -> None:
    assert load_target(folder, "demo", "qa").environment.secrets == ()
    assert load_target(folder, "demo", "sandbox").environment.secrets == ("TOKEN",)


def test_a_target_knows_its_system_file_and_environment(folder: Path) -> None:
    target = load_target(folder, "demo", "qa")
    assert (target.system, target.title, target.name) == ("demo", "The Demo", "qa")
    assert target.file == str(folder / "demo.toml")


def test_announced_addresses_are_filled_in(folder: Path) -> None:
    addresses = {
        "app": "http://127.0.0.1:1",
        "api": "http://127.0.0.1:2",
        "control": "http://127.0.0.1:3",
    }
    environment = load_target(folder, "demo", "sandbox", addresses).environment
    assert environment.urls == {"app": "http://127.0.0.1:1", "api": "http://127.0.0.1:2/v1"}
    assert environment.control == ("http://127.0.0.1:3/",)


def test_without_addresses_a_placeholder_stands_that_no_request_can_reach(folder: Path) -> None:
    environment = load_target(folder, "demo", "sandbox").environment
    assert environment.urls["app"] == "http://app.not-started.invalid"


def test_an_address_that_was_not_announced_is_told(folder: Path) -> None:
    told = problems(
        folder, "sandbox", addresses={"app": "http://127.0.0.1:1", "api": "http://127.0.0.1:2"}
    )
    assert "control[0]: unknown placeholder ${sandbox.control}" in told


def test_open_values_are_told_all_together(folder: Path) -> None:
    told = problems(folder, "prod")
    assert "[environments.prod] urls.app: is still open" in told
    assert "[environments.prod] title: is still open" in told


def test_open_values_can_be_collected_for_one_message_with_others(folder: Path) -> None:
    still_open: list[Problem] = []
    load_target(folder, "demo", "prod", None, still_open)
    assert len(still_open) == 2


def test_an_unknown_placeholder_is_told_with_the_nearest(folder: Path) -> None:
    path = folder / "demo.toml"
    path.write_text(FILE.replace("${env}", "${envv}"))
    told = problems(folder, "qa")
    assert "urls.app: unknown placeholder ${envv}. Did you mean 'env'?" in told


def test_an_unknown_environment_is_told_with_the_nearest(folder: Path) -> None:
    assert "there is no environment 'prd'. Did you mean 'prod'?" in problems(folder, "prd")


def test_an_unknown_system_is_told_with_the_nearest(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no system 'demoo'. Did you mean 'demo'"):
        load_target(folder, "demoo", "qa")


def test_a_missing_folder_is_told_like_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no system 'demo'"):
        load_target(tmp_path / "nowhere", "demo", "qa")


def test_an_unknown_key_of_the_file_is_told_with_the_nearest(folder: Path) -> None:
    (folder / "demo.toml").write_text(FILE + "\n[enviroments.x]\n")
    assert "unknown key 'enviroments'. Did you mean 'environments'?" in problems(folder, "qa")


def test_broken_toml_is_told_with_its_line(folder: Path) -> None:
    (folder / "demo.toml").write_text('system = "demo"\ntitle = = 1\n')
    assert "is not valid TOML" in problems(folder, "qa")
    assert "line 2" in problems(folder, "qa")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"protectd": True}, "unknown key 'protectd'. Did you mean 'protected'?"),
        (
            {"bounds": {"job_second": 1}},
            "unknown key 'bounds.job_second'. Did you mean 'job_seconds'?",
        ),
        (
            {"endpoints": {"api": {"url": "https://a.example", "statuss": 200}}},
            "unknown key 'endpoints.api.statuss'. Did you mean 'status'?",
        ),
        (
            {"aws": {"account": "1" * 12, "region": "r", "services": {"api": {"minimun": 1}}}},
            "unknown key 'aws.services.api.minimun'. Did you mean 'minimum'?",
        ),
        (
            {"role_matrix": [{"path": "/", "allowed": [], "refused": [], "aera": "admin"}]},
            "unknown key 'role_matrix.0.aera'. Did you mean 'area'?",
        ),
        ({"aws": {"region": "us-east-2"}}, "'aws.account' is missing. Add it"),
        (
            {"bounds": {"job_seconds": "soon"}},
            "'bounds.job_seconds': Input should be a valid number",
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_a_mistake_is_told_with_its_key_and_the_nearest_known(
    values: dict[str, Any], told: str
) -> None:
    with pytest.raises(ConfigError) as error:
        validate(Environment, values, "demo.toml")
    assert f"demo.toml: {told}" in str(error.value)


def test_all_mistakes_of_a_table_are_told_together() -> None:
    with pytest.raises(ConfigError) as error:
        validate(Environment, {"a": 1, "b": 2, "protected": "maybe"}, "demo.toml")
    assert len(error.value.problems) == 3


def test_environments_are_listed_in_their_order(folder: Path) -> None:
    assert environments(folder, "demo") == ["qa", "sandbox", "prod"]


def test_an_open_account_is_collected_with_the_other_open_values(tmp_path: Path) -> None:
    aws = 'aws = { account = "${open}", region = "${open}" }'
    (tmp_path / "demo.toml").write_text(f"[environments.qa]\n{aws}\n")
    still_open: list[Problem] = []
    load_target(tmp_path, "demo", "qa", None, still_open)
    assert [one.where.split()[-1] for one in still_open] == ["aws.account", "aws.region"]


@pytest.mark.parametrize(
    "table",
    [
        'streams.a = { url = "http://127.0.0.1", bearer = "TOKN" }',
        'guards.a = { url = "http://127.0.0.1", bearer = "TOKN", refusals.b = {} }',
        'guards.a = { url = "http://127.0.0.1", refusals.b = { bearer = "TOKN" } }',
    ],
)
def test_a_token_that_is_no_secret_of_the_environment_is_told(tmp_path: Path, table: str) -> None:
    (tmp_path / "demo.toml").write_text(f'[environments.qa]\nsecrets = ["TOKEN"]\n{table}\n')
    told = problems(tmp_path, "qa")
    assert "the secret 'TOKN' is not listed under `secrets`. Did you mean 'TOKEN'?" in told
