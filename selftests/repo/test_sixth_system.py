"""A system that nobody has heard of is looked at with a target file and a checklist file, and no Python."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
TARGET = """
system = "clinic"
title = "Clinic"

[environments.sandbox]
discovery = "http://127.0.0.1:9/addresses.json"
control = ["${sandbox.control}/"]
secrets = ["TOKEN", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
urls.api = "${sandbox.api}"
endpoints.api = { url = "${sandbox.api}/health", contains = "Healthy" }
cors.web = { url = "${sandbox.api}/api/patients", origins = ["https://app.qivr.example"] }

[environments.sandbox.guards.records]
url = "${sandbox.api}/api/patients"
bearer = "TOKEN"
headers.X-Tenant-Id = "3f2b8a64-5f0e-4c57-9a53-1b7f6f0c9d11"
refusals.stranger = { bearer = "", status = [401] }
refusals.no-tenant = { without = ["X-Tenant-Id"], status = [400] }

[environments.sandbox.aws]
account = "123456789012"
region = "ap-southeast-2"
endpoint_url = "${sandbox.aws}"
cluster = "qivr-sandbox"
services.api = { minimum = 2 }
services.jobs = { name = "worker" }
log_groups.jobs = { name = "/ecs/qivr-sandbox/worker" }
"""
ITEMS = {
    "pre.identity": ("B", ""),
    "pre.endpoints": ("B", ""),
    "health.{name}": ("R", "endpoints"),
    "guard.{name}": ("R", "guards"),
    "cors.{name}": ("F", "cors"),
    "ecs.{name}.steady": ("R", "aws.services"),
    "ecs.{name}.version": ("R", "aws.services"),
    "ecs.{name}.restarts": ("F", "aws.services"),
    "perf.cpu": ("F", ""),
    "perf.response-times": ("F", ""),
    "perf.no-timeouts": ("F", ""),
    "logs.{name}-clean": ("F", "aws.log_groups"),
    "alarm.{name}": ("F", "aws.alarms"),
}
SECRETS = {
    "CLINIC_SANDBOX_TOKEN": "sandbox-clinic-token",
    "CLINIC_SANDBOX_AWS_ACCESS_KEY_ID": "sandbox",
    "CLINIC_SANDBOX_AWS_SECRET_ACCESS_KEY": "sandbox-only",
}


def checklist() -> str:
    text = 'system = "clinic"\n[[rows]]\nid = "1"\ntitle = "1. Everything"\n'
    for name, (weight, each) in ITEMS.items():
        text += f'[[items]]\nid = "{name}"\nrow = "1"\nweight = "{weight}"\ntitle = "{name}"\n'
        text += f'each = "{each}"\n' if each else ""
    return text


@pytest.fixture(scope="module")
def announced() -> Iterator[str]:
    """Where the deployment of that system announces itself: the stand-in for another one."""
    command = [sys.executable, "-m", "sandbox", "--system", "qivr", "--until-stdin-closes"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    yield json.loads(process.stdout.readline())["control"] + "/addresses.json"
    process.stdin.close()
    process.wait(timeout=20)


def surroundings(announced: str) -> Mapping[str, str]:
    """With a browser that is none: who started one would fail."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("POSTDEPLOY_", "PYTEST_"))}
    steering = {"POSTDEPLOY_SANDBOX": announced, "POSTDEPLOY_BROWSER": sys.executable, "CI": ""}
    path = f"{ROOT / 'src'}{os.pathsep}{ROOT}"
    return {**kept, **SECRETS, **steering, "PYTHONPATH": path}


def start(folder: Path, target: str, announced: str) -> subprocess.Popen[str]:
    """Add the two files to those that there are, and start a run of everything."""
    for name, text in (("targets", target), ("checklists", checklist())):
        shutil.copytree(ROOT / name, folder / name)
        (folder / name / "clinic.toml").write_text(text)
    options = [f"-opostdeploy_{name}={folder / name}" for name in ("targets", "checklists")]
    looked_at = ["--system", "clinic", "--reports", str(folder / "reports")]
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, *looked_at],
        cwd=ROOT,
        env=surroundings(announced),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ended(folder: Path, process: subprocess.Popen[str]) -> tuple[int, dict[str, Any]]:
    """Exit code and record of a run."""
    said, _ = process.communicate(timeout=120)
    record = folder / "reports" / "latest" / "record.json"
    assert record.is_file(), said
    found: dict[str, Any] = json.loads(record.read_text())
    return process.returncode, found


def outcomes(record: Mapping[str, Any]) -> dict[str, str]:
    return {item["id"]: item["outcome"] for row in record["rows"] for item in row["items"]}


def test_a_system_of_two_files_is_looked_at_as_a_whole(announced: str, tmp_path: Path) -> None:
    code, record = ended(tmp_path, start(tmp_path, TARGET, announced))
    assert (record["verdict"], code, record["partial"]) == ("GO", 0, False), record["decision"]
    found = outcomes(record)
    assert {name for name, outcome in found.items() if outcome != "passed"} == {"alarm.*"}
    assert {"guard.records", "cors.web", "ecs.jobs.steady", "ecs.api.version"} <= set(found)


WRONG = {
    "health.api": ('contains = "Healthy"', 'contains = "Radiant"'),
    "cors.web": ("https://app.qivr.example", "https://app.clinic.example"),
    "logs.jobs-clean": ("/ecs/qivr-sandbox/worker", "/ecs/qivr-sandbox/jobs"),
}
"""Item → a fact, and what is written in its place."""


@pytest.fixture(scope="module")
def misled(
    announced: str, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, tuple[int, dict[str, Any]]]:
    """How runs end whose target file has one fact wrong; they are started together."""
    folders = {item: tmp_path_factory.mktemp("misled") for item in WRONG}
    runs = {
        item: start(folder, TARGET.replace(*WRONG[item]), announced)
        for item, folder in folders.items()
    }
    return {item: ended(folders[item], process) for item, process in runs.items()}


@pytest.mark.parametrize(
    ("item", "verdict", "code"),
    [("health.api", "ROLLBACK", 20), ("cors.web", "NO-GO", 1), ("logs.jobs-clean", "NO-GO", 1)],
)
def test_a_fact_that_does_not_hold_turns_its_item_alone_red(
    misled: Mapping[str, tuple[int, dict[str, Any]]], item: str, verdict: str, code: int
) -> None:
    ending, record = misled[item]
    assert (record["verdict"], ending) == (verdict, code)
    assert [name for name, outcome in outcomes(record).items() if outcome == "failed"] == [item]
