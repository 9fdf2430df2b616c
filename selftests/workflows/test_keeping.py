"""What every workflow keeps to, that the lint sees it if one does not, and that CI calls what a person would call."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from selftests.workflows.expressions import value
from selftests.workflows.running import ROOT, WORKFLOWS, Runner, wanted, workflow

FILES = sorted(path.name for path in WORKFLOWS.glob("*.yml"))
TOLD = '#!/bin/sh\necho "$(basename "$0") $* [$PACE$SANDBOX_PACE$FAULTS_SYSTEMS$FAULTS_WHOLE_SUITE $FAULTS_SHARD]"\n'


def jobs(name: str) -> dict[str, Any]:
    found: dict[str, Any] = workflow(name)["jobs"]
    return found


def test_all_four_are_there() -> None:
    assert FILES == ["ci.yml", "faults.yml", "nightly.yml", "post-deploy.yml"]


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_allowed_that_a_job_does_not_ask_for(name: str) -> None:
    assert workflow(name)["permissions"] == {}
    wanted = {
        (job, *pair) for job, body in jobs(name).items() for pair in body["permissions"].items()
    }
    writing = {one for one in wanted if one[2] != "read"}
    known = {
        "nightly.yml": {
            ("validate", "deployments", "write"),
            ("validate", "id-token", "write"),
            ("issues", "issues", "write"),
        },
        "post-deploy.yml": {
            ("checks", "id-token", "write"),
            ("verdict", "deployments", "write"),
            ("verdict", "id-token", "write"),
        },
    }
    assert writing == known.get(name, set())


@pytest.mark.parametrize("name", FILES)
def test_scripts_take_what_others_say_from_their_environment(name: str) -> None:
    steps = [step for job in jobs(name).values() for step in job.get("steps", [])]
    assert [step["run"] for step in steps if "${{" in step.get("run", "")] == []
    checkouts = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@pytest.mark.parametrize("name", FILES)
def test_every_job_has_a_time_limit(name: str) -> None:
    assert [
        job
        for job, body in jobs(name).items()
        if "uses" not in body and not body.get("timeout-minutes")
    ] == []


def test_who_calls_post_deploy_gives_what_it_takes() -> None:
    called = workflow("post-deploy.yml")
    call = jobs("nightly.yml")["validate"]
    takes = called["on"]["workflow_call"]
    assert set(call["with"]) <= set(takes["inputs"])
    assert set(call["secrets"]) <= set(takes["secrets"])
    needed = {pair for job in called["jobs"].values() for pair in job["permissions"].items()}
    assert needed <= set(call["permissions"].items())


def example() -> dict[str, Any]:
    """The calling workflow that docs/ci.md shows."""
    (text,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "ci.md").read_text("utf-8"), re.S)
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    return found


def test_the_example_calls_what_there_is() -> None:
    called, call = workflow("post-deploy.yml"), example()["jobs"]["validate"]
    takes = called["on"]["workflow_call"]
    assert set(call["with"]) <= set(takes["inputs"])
    assert set(call["secrets"]) <= set(takes["secrets"])
    needed = {pair for job in called["jobs"].values() for pair in job["permissions"].items()}
    assert needed == set(call["permissions"].items())


@pytest.mark.parametrize(
    ("action", "result", "begun"),
    [
        ("promote", "success", ["promote"]),
        ("rollback", "failure", ["roll-back"]),
        ("hold", "failure", []),
        ("", "cancelled", []),
        ("", "failure", []),
    ],
)
def test_the_example_goes_on_as_the_verdict_says(
    action: str, result: str, begun: list[str]
) -> None:
    needs = {"validate": {"result": result, "outputs": {"action": action}}}
    jobs = example()["jobs"]
    found = [
        name
        for name in ("promote", "roll-back")
        if wanted(jobs[name]["if"], {"needs": needs}, fine=result == "success")
    ]
    assert found == begun


def test_a_version_is_asked_for_where_there_is_one() -> None:
    on = workflow("post-deploy.yml")["on"]
    for kind in ("workflow_call", "workflow_dispatch"):
        assert not on[kind]["inputs"]["expect-version"].get("required")
    assert {"system", "environment", "expect-version", "reason"} == set(
        on["workflow_dispatch"]["inputs"]
    )
    assert "deployment_status" in on
    assert "repository_dispatch" in on


def lint(*command: str) -> int:
    tool = Path(sys.executable).with_name(command[0])
    return subprocess.run([tool, *command[1:]], capture_output=True, check=False).returncode


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ('echo "${{ github.event.deployment.environment }}" ', "make setup"),
        ("actions/checkout@v7", "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"),
    ],
    ids=["injection", "unpinned"],
)
def test_the_lint_sees_what_is_unsafe(tmp_path: Path, wrong: str, right: str) -> None:
    text = (WORKFLOWS / "post-deploy.yml").read_text()
    assert right in text
    planted = tmp_path / ".github" / "workflows" / "post-deploy.yml"
    planted.parent.mkdir(parents=True)
    planted.write_text(text.replace(right, wrong, 1))
    assert lint("zizmor", "--offline", "--quiet", str(planted)) != 0


def test_the_lint_sees_a_key_that_github_does_not_know(tmp_path: Path) -> None:
    text = (WORKFLOWS / "faults.yml").read_text()
    planted = tmp_path / "faults.yml"
    planted.write_text(text.replace("timeout-minutes:", "timeout:", 1))
    schema = ("check-jsonschema", "--builtin-schema", "vendor.github-workflows")
    assert lint(*schema, str(WORKFLOWS / "faults.yml")) == 0
    assert lint(*schema, str(planted)) != 0


def test_make_lint_calls_both() -> None:
    recipe = (ROOT / "Makefile").read_text().split("\nlint:")[1].split("\n\n")[0]
    assert "zizmor --offline" in recipe
    assert "check-jsonschema --builtin-schema vendor.github-workflows" in recipe


RUNS: dict[tuple[str, str], tuple[dict[str, str], list[str]]] = {
    ("ci.yml", "test"): (
        {"machine": "ubuntu-latest", "python": "3.13"},
        ["make test [ ]", "pytest -m prod_smoke --env sandbox [ ]"],
    ),
    ("ci.yml", "kill-matrix"): ({"systems": "qumis"}, ["make faults [qumis ]"]),
    ("faults.yml", "faults"): ({"shard": "2/6"}, ["make faults [1 2/6]"]),
}


@pytest.mark.parametrize("place", RUNS, ids="-".join)
def test_ci_calls_what_a_person_would_call(place: tuple[str, str], tmp_path: Path) -> None:
    matrix, called = RUNS[place]
    runner = Runner(tmp_path, event_name="push", stubs={"make": TOLD, "pytest": TOLD})
    job = runner.job(*place, matrix=matrix)
    assert job.result == "success", job.log
    assert [line for line in job.log.splitlines() if line.endswith("]")] == called


@pytest.mark.parametrize(("secrets", "told"), [({}, "0"), ({"POSTDEPLOY_TELL_DOTENV": "A=1"}, "")])
def test_people_hear_of_a_verdict_where_a_secret_says_by_what(
    secrets: dict[str, str], told: str
) -> None:
    """CI tells by itself; without what opens the doors each record would warn that they are closed."""
    steps = jobs("post-deploy.yml")["verdict"]["steps"]
    (asked,) = [
        env["POSTDEPLOY_TELL"] for s in steps if "POSTDEPLOY_TELL" in (env := s.get("env", {}))
    ]
    assert value(asked, {"secrets": secrets}) == told


def test_no_step_after_the_merge_can_read_what_people_are_told_by() -> None:
    names = [step.get("name") for step in jobs("post-deploy.yml")["verdict"]["steps"]]
    written, removed = (
        names.index("Write .env, where people are to be told"),
        names.index("Remove .env"),
    )
    assert names[written : removed + 1] == [
        names[written],
        "Make one record of them",
        "Remove .env",
    ]
