"""The environment's secrets: complete, or every missing one told together; and never shown."""

from __future__ import annotations

import json
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


def user(number: int, **parts: str) -> dict[str, str]:
    """The variables of a further member, complete unless told otherwise."""
    whole = {
        "EMAIL": f"member{number}@harbor.example",
        "PASSWORD": f"password-{number}",
        "TOTP_SECRET": f"TOTP{number}",
    }
    return {f"DEMO_PRE_PROD_MEMBER_{number}_{k}": v for k, v in (whole | parts).items()}


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
    assert list(needed(target)) == list(VALUES)


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


def refusal(target: Target, folder: Path, values: dict[str, str]) -> list[str]:
    """What is told of these values, problem by problem."""
    write(folder / ".env", values)
    with pytest.raises(ConfigError) as told:
        load_settings(target, folder)
    return [str(problem) for problem in told.value.problems]


def test_a_role_has_one_user_unless_more_are_given(settings: Settings) -> None:
    assert [person.number for person in settings.pools["member"]] == [1]


def test_further_users_are_found_by_their_numbers_wherever_they_stand(
    target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "public.env", VALUES | user(2))
    write(tmp_path / ".env", user(3))
    for name, value in user(4).items():
        monkeypatch.setenv(name, value)
    pool = load_settings(target, tmp_path).pools["member"]
    assert [(person.number, person.email) for person in pool] == [
        (1, "mia@harbor.example"),
        *((n, f"member{n}@harbor.example") for n in (2, 3, 4)),
    ]


def test_further_users_are_found_in_the_secrets_manager(
    target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Manager:
        def get_secret_value(self, **_: str) -> dict[str, str]:
            return {"SecretString": json.dumps(VALUES | user(2))}

    monkeypatch.setattr("boto3.client", lambda *_, **__: Manager())
    pool = load_settings(target, tmp_path, "demo/secrets").pools["member"]
    assert [person.number for person in pool] == [1, 2]


def test_numbers_count_and_are_not_sorted_as_words(target: Target, tmp_path: Path) -> None:
    more = {name: value for n in range(2, 12) for name, value in user(n).items()}
    write(tmp_path / ".env", VALUES | more)
    pool = load_settings(target, tmp_path).pools["member"]
    assert [person.number for person in pool] == list(range(1, 12))


def test_the_passwords_of_all_users_go_to_the_redactor(target: Target, tmp_path: Path) -> None:
    write(tmp_path / ".env", VALUES | user(2))
    assert {"member-password", "password-2", "TOTP2"} <= set(
        load_settings(target, tmp_path).values()
    )


def test_an_incomplete_user_is_told_part_by_part(target: Target, tmp_path: Path) -> None:
    told = refusal(target, tmp_path, VALUES | user(2, PASSWORD="", TOTP_SECRET=""))
    assert [line.split(". ")[0] for line in told] == [
        "DEMO_PRE_PROD_MEMBER_2_PASSWORD: is not set",
        "DEMO_PRE_PROD_MEMBER_2_TOTP_SECRET: is not set",
    ]


def test_a_user_whose_variables_are_all_empty_is_none(target: Target, tmp_path: Path) -> None:
    write(tmp_path / ".env", VALUES | user(2, EMAIL="", PASSWORD="", TOTP_SECRET=""))
    assert len(load_settings(target, tmp_path).pools["member"]) == 1


def test_a_gap_in_the_numbers_is_told(target: Target, tmp_path: Path) -> None:
    assert refusal(target, tmp_path, VALUES | user(2) | user(4)) == [
        "DEMO_PRE_PROD_MEMBER_3_EMAIL: is not set, yet users of the role member are numbered "
        "up to 4. Add this user, or number the others without a gap"
    ]


@pytest.mark.parametrize("text", ["0", "1", "02"])
def test_a_number_that_no_further_user_has_is_told(
    target: Target, tmp_path: Path, text: str
) -> None:
    odd = {name.replace("_2_", f"_{text}_"): value for name, value in user(2).items()}
    told = [line for line in refusal(target, tmp_path, VALUES | odd) if "carries a number" in line]
    assert told == [
        f"DEMO_PRE_PROD_MEMBER_{text}_EMAIL: carries a number that no further user has: {text}. "
        "Number them 2, 3 and so on; the first user of a role carries none"
    ]


def test_the_same_person_twice_in_a_pool_is_told(target: Target, tmp_path: Path) -> None:
    told = refusal(target, tmp_path, VALUES | user(2) | user(3, EMAIL="Mia@Harbor.example"))
    assert told == [
        "DEMO_PRE_PROD_MEMBER_3_EMAIL: is the same address as DEMO_PRE_PROD_MEMBER_EMAIL. "
        "Give each user of a role an account of its own, or leave one out"
    ]


def test_a_role_whose_name_ends_with_a_number_is_no_user_of_another(
    target: Target, tmp_path: Path
) -> None:
    roles = {"member": Role(organisation="own"), "member-2": Role(organisation="own")}
    target = target.model_copy(
        update={"environment": target.environment.model_copy(update={"roles": roles})}
    )
    write(tmp_path / ".env", VALUES | user(2))
    pools = load_settings(target, tmp_path).pools
    assert {role: len(pool) for role, pool in pools.items()} == {"member": 1, "member-2": 1}


def test_a_value_of_the_secrets_manager_that_is_no_text_is_told(
    target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Manager:
        def get_secret_value(self, **_: str) -> dict[str, str]:
            return {"SecretString": json.dumps(VALUES | {"DEMO_PRE_PROD_MAIL_TOKEN": 7})}

    monkeypatch.setattr("boto3.client", lambda *_, **__: Manager())
    with pytest.raises(ConfigError, match="DEMO_PRE_PROD_MAIL_TOKEN: is no text"):
        load_settings(target, tmp_path, "demo/secrets")


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
