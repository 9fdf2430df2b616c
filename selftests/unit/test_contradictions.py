"""What cannot be meant in a target file is told before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from postdeploy.checklist import load_checklist
from postdeploy.errors import ConfigError, Problem
from postdeploy.target import Environment
from postdeploy.target_file import load_target

TARGET = """
system = "clinic"
[environments.qa]
aws = { account = "123456789012", region = "eu-west-1", cluster = "blue", services = { api = {} } }
versions = { api = "ecs:api", web = "https://clinic.example/version.json#version" }
tls.web.url = "https://clinic.example"
cors.web = { url = "https://api.clinic.example/x", origins = ["https://clinic.example:8443"] }
[environments.qa.endpoints.api]
url = "https://api.clinic.example/health"
response_headers = { Server = "^clinic" }
[environments.qa.guards.records]
url = "https://api.clinic.example/records"
status = 202
refusals.nobody = { bearer = "", status = [401] }
"""


def problems(text: str, folder: Path, still_open: list[Problem] | None = None) -> list[str]:
    (folder / "clinic.toml").write_text(text)
    try:
        load_target(folder, "clinic", "qa", None, still_open)
    except ConfigError as error:
        return [str(problem) for problem in error.problems]
    return []


def test_what_can_be_meant_is_taken(tmp_path: Path) -> None:
    assert problems(TARGET, tmp_path) == []


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ('cluster = "blue", ', "", "aws.services.api is in no cluster"),
        ("ecs:api", "ecs:apis", "'ecs:apis', which is no service. Did you mean 'api'?"),
        ("#version", "", "Write ecs:<service>, or <url>#<key of its JSON>"),
        ('web.url = "https:', 'web.url = "http:', "nothing is encrypted at http://clinic.example"),
        (":8443", ":8443/", "'https://clinic.example:8443/' is no origin"),
        ("[401]", "[401, 202]", "refusals.nobody: 202 is no refusal"),
        ("^clinic", "(clinic", "endpoints.api.response_headers.Server is no regular expression"),
        ('system = "clinic"', 'system = "depot"', "says that it is of 'depot'"),
    ],
)
def test_what_cannot_be_meant_is_told(tmp_path: Path, right: str, wrong: str, told: str) -> None:
    (problem,) = problems(TARGET.replace(right, wrong), tmp_path)
    assert told in problem


def test_what_is_open_is_told_wherever_it_stands_and_never_misread(tmp_path: Path) -> None:
    still_open: list[Problem] = []
    text = TARGET.replace("api = {}", 'api = { minimum = "${open}" }').replace(
        "https://clinic.example", "${open}"
    )
    text = text.replace('Server = "^clinic"', '"${open}" = "^clinic"')
    assert problems(text, tmp_path, still_open) == []
    assert {one.where.partition("] ")[2] for one in still_open} == {
        "aws.services.api.minimum",
        "versions.web",
        "tls.web.url",
        "cors.web.origins[0]",
        "endpoints.api.response_headers.${open}",
    }


def test_a_checklist_of_another_system_is_refused(tmp_path: Path) -> None:
    (tmp_path / "clinic.toml").write_text('system = "depot"\nrows = []\nitems = []\n')
    with pytest.raises(ConfigError, match="Write system = 'clinic'"):
        load_checklist(tmp_path, "clinic", Environment())
