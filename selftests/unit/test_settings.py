"""The environment's secrets: complete, or every missing one told together; and never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from postdeploy.errors import ConfigError
from postdeploy.settings import Machine, Options, Settings, load_settings, needed, variable
from postdeploy.target import Environment, Role, Target

VALUES = {
    "DEMO_PRE_PROD_MEMBER_EMAIL": "mia@harbor.example",
    "DEMO_PRE_PROD_MEMBER_PASSWORD": "member-password",
    "DEMO_PRE_PROD_MEMBER_TOTP_SECRET": "MEMBERTOTP",
    "DEMO_PRE_PROD_MAIL_TOKEN": "mail-token",
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VALUES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def target() -> Target:
    environment = Environment(
        roles={"member": Role(organisation="own")}, secrets=("MAIL_TOKEN",), env_file="public.env"
    )
    return Target(
        system="demo", title="Demo", name="pre-prod", file="demo.toml", environment=environment
    )


def write(path: Path, values: dict[str, str]) -> None:
    path.write_text("".join(f"{name}={value}\n" for name, value in values.items()))


@pytest.fixture
def settings(target: Target, tmp_path: Path) -> Settings:
    write(tmp_path / ".env", VALUES)
    return load_settings(target, tmp_path)


def test_a_variable_is_named_for_system_environment_and_secret(target: Target) -> None:
    assert variable(target, "MAIL_TOKEN") == "DEMO_PRE_PROD_MAIL_TOKEN"


def test_each_role_needs_three_secrets(target: Target) -> None:
    assert [variable(target, name) for name in needed(target)] == list(VALUES)


def test_every_missing_variable_is_told_with_where_to_put_it(
    target: Target, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as told:
        load_settings(target, tmp_path)
    assert {problem.where for problem in told.value.problems} == set(VALUES)
    assert "put it into .env (Demo pre-prod; see .env.example)" in str(told.value)


def test_an_empty_value_is_as_good_as_missing(target: Target, tmp_path: Path) -> None:
    write(tmp_path / ".env", VALUES | {"DEMO_PRE_PROD_MAIL_TOKEN": ""})
    with pytest.raises(ConfigError, match="DEMO_PRE_PROD_MAIL_TOKEN: is not set"):
        load_settings(target, tmp_path)


def test_missing_and_empty_ones_are_told_together(target: Target, tmp_path: Path) -> None:
    given = VALUES | {"DEMO_PRE_PROD_MAIL_TOKEN": ""}
    del given["DEMO_PRE_PROD_MEMBER_PASSWORD"]
    write(tmp_path / ".env", given)
    with pytest.raises(ConfigError) as told:
        load_settings(target, tmp_path)
    assert {problem.where for problem in told.value.problems} == {
        "DEMO_PRE_PROD_MAIL_TOKEN",
        "DEMO_PRE_PROD_MEMBER_PASSWORD",
    }


def test_an_error_shows_no_value_that_is_set(target: Target, tmp_path: Path) -> None:
    write(tmp_path / ".env", {"DEMO_PRE_PROD_MEMBER_PASSWORD": "member-password"})
    with pytest.raises(ConfigError) as told:
        load_settings(target, tmp_path)
    assert "member-password" not in str(told.value)


def test_a_variable_outweighs_env_and_env_outweighs_the_environments_own_file(
    target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "public.env", dict.fromkeys(VALUES, "from the file"))
    write(tmp_path / ".env", {"DEMO_PRE_PROD_MEMBER_PASSWORD": "from .env"})
    monkeypatch.setenv("DEMO_PRE_PROD_MAIL_TOKEN", "from a variable")
    found = load_settings(target, tmp_path)
    assert found.secret("MAIL_TOKEN") == "from a variable"
    assert found.person("member").password.get_secret_value() == "from .env"
    assert found.person("member").email == "from the file"


def test_a_person_has_what_signing_in_needs(settings: Settings) -> None:
    member = settings.person("member")
    assert (member.role, member.email) == ("member", "mia@harbor.example")
    assert member.totp_secret.get_secret_value() == "MEMBERTOTP"


def test_the_redactor_is_told_every_secret_and_no_address(settings: Settings) -> None:
    assert set(settings.values()) == set(VALUES.values()) - {"mia@harbor.example"}


def test_settings_show_no_secret_when_printed(settings: Settings) -> None:
    assert not [value for value in settings.values() if value in repr(settings)]


def test_an_undeclared_role_or_secret_is_refused(settings: Settings) -> None:
    with pytest.raises(LookupError, match="declares no role 'admin'"):
        settings.person("admin")
    with pytest.raises(LookupError, match="does not list 'OTHER'"):
        settings.secret("OTHER")


@pytest.mark.parametrize(
    ("value", "in_ci"), [("", False), ("0", False), ("False", False), ("true", True), ("1", True)]
)
def test_ci_is_known_by_its_variable(
    monkeypatch: pytest.MonkeyPatch, value: str, in_ci: bool
) -> None:
    monkeypatch.setenv("CI", value)
    assert Machine().in_ci is in_ci


def test_options_are_read_with_their_prefix(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POSTDEPLOY_AT_ONCE", "3")
    monkeypatch.setenv("AT_ONCE", "5")
    assert Options().at_once == 3
