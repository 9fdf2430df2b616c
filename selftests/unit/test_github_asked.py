"""What a workflow is asked for: one known target, or a sentence about what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from postdeploy.errors import ConfigError
from postdeploy.github.asked import asked
from postdeploy.github.targets import NamedTarget, named_targets, without

PROD, QA = NamedTarget("demo", "prod", protected=True), NamedTarget("demo", "qa")
TARGETS = [PROD, QA, NamedTarget("qumis", "prod")]


def test_inputs_go_before_the_event_of_the_caller() -> None:
    event = {"deployment": {"id": 9, "environment": "qumis-prod"}}
    found = asked({"system": "demo", "environment": "qa", "shards": "2.0"}, event, TARGETS)
    assert found is not None
    assert (found.target, found.shards, found.deployment) == (QA, 2, "")


def test_a_payload_that_is_json_as_a_text_is_read() -> None:
    deployment = {
        "id": 9,
        "environment": "DEMO-prod",
        "payload": '{"expect_version": "api=1,web=2"}',
    }
    found = asked({}, {"deployment": deployment}, TARGETS)
    assert found is not None
    assert (found.target, found.version, found.deployment) == (PROD, "api=1,web=2", "9")
    assert found.reason == "deployment 9 to DEMO-prod"


def test_a_payload_cannot_name_another_target_than_its_deployment() -> None:
    payload = {"system": "qumis", "environment": "prod", "deployment": "1"}
    found = asked(
        {}, {"deployment": {"id": 9, "environment": "demo-qa", "payload": payload}}, TARGETS
    )
    assert found is not None
    assert (found.target, found.deployment) == (QA, "9")


def test_a_payload_of_a_dispatch_is_read_by_either_spelling() -> None:
    place = {"system": "demo", "environment": "qa"}
    payload = place | {"read_only": True, "wait-for-rollout": "15m", "shards": 3}
    found = asked({}, {"client_payload": payload}, TARGETS)
    assert found is not None
    assert (found.read_only, found.shards, found.durations["wait-for-rollout"]) == (True, 3, "15m")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"environment": "prd"}, "demo has no environment 'prd'. Did you mean 'prod'?"),
        ({"system": "demos"}, "there is no system 'demos'. Did you mean 'demo'?"),
        ({"expect-version": "1 --env=x"}, "'1 --env=x' is no version"),
        ({"expect-version": "v\n::error::"}, "is no version"),
        ({"shards": "0"}, "'0' is no number of shards"),
        ({"shards": "17"}, "'17' is no number of shards"),
        ({"shards": "٣"}, "is no number of shards"),
        ({"read-only": "yes"}, "'yes' is neither"),
        ({"soak": "15"}, "'15' is no time"),
        ({"deployment": "7/../8"}, "'7/../8' is no deployment"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_write(given: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        asked({"system": "demo", "environment": "qa", **given}, {}, TARGETS)
    assert said in str(raised.value)


def test_all_mistakes_are_told_together_and_nothing_is_taken_for_nothing() -> None:
    with pytest.raises(ConfigError) as raised:
        asked({"environment": "x", "shards": "x", "soak": "x"}, {}, TARGETS)
    assert len(raised.value.problems) == 3
    with pytest.raises(ConfigError, match="names no environment"):
        asked({}, {"push": {}}, TARGETS)


def test_a_reason_is_one_short_line() -> None:
    found = asked(
        {"system": "demo", "environment": "qa", "reason": "a\n::error::b" * 99}, {}, TARGETS
    )
    assert found is not None
    assert "\n" not in found.reason
    assert len(found.reason) <= 500


def test_every_environment_is_named_and_those_left_out_are_not(tmp_path: Any) -> None:
    (tmp_path / "demo.toml").write_text(
        "[environments.prod]\nprotected = true\n[environments.qa]\n"
    )
    (tmp_path / "safe.toml").write_text(
        "[defaults]\nprotected = true\n[environments.a]\n[environments.b]\nprotected = false\n"
    )
    found = named_targets(tmp_path)
    told = [(one.name, one.as_matrix()["read-only"]) for one in found]
    assert told == [("demo-prod", True), ("demo-qa", False), ("safe-a", True), ("safe-b", False)]
    assert [one.name for one in without(found, "demo-* safe-b")] == ["safe-a"]
    (tmp_path / "torn.toml").write_text("[environments.")
    with pytest.raises(ConfigError, match="is not valid TOML"):
        named_targets(tmp_path)
