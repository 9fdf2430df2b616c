"""The workflows do what they say: bash runs their steps against the sandbox, and what GitHub reads is read."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from selftests.unit.ci_runner import commands
from selftests.workflows.expressions import value
from selftests.workflows.github_standin import GitHub, standing_in
from selftests.workflows.running import ROOT, JobRun, Runner, concurrency, workflow

GATE, NIGHTLY = "post-deploy.yml", "nightly.yml"
TARGET = "balancer-sandbox"
ALONE = "qumis-* lexiscan-* qivr-* flight-rescheduler-* balancer-[dp]* balancer-st*"
"""What a night leaves out here, so that one target is left."""
HOSTILE = "release 1 ::error::pwned\n::error title=pwned::pwned\nverdict=GO\naction<<E\npromote\nE"
ASKED: dict[str, Any] = {
    "system": "balancer",
    "environment": "sandbox",
    "reason": HOSTILE,
    "shards": 2,
    "read-only": False,
}


@contextmanager
def served(*faults: str) -> Iterator[str]:
    """A stand-in of Balancer; where it announces itself."""
    command = [sys.executable, "-m", "sandbox", "--system", "balancer", "--until-stdin-closes"]
    command += [f"--fault={fault}" for fault in faults]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["control"] + "/addresses.json"
    finally:
        process.stdin.close()
        process.wait(timeout=20)


@dataclass
class Validation:
    """One run of post-deploy.yml, job by job."""

    runner: Runner
    github: GitHub
    plan: JobRun
    checks: list[JobRun]
    told: JobRun | None = None
    """What the last job said."""

    def verdict(self, **told: str) -> JobRun:
        """Run the last job; `told` are outputs of the first one that shall be others."""
        plan = JobRun(self.plan.result, {**self.plan.outputs, **told})
        return self.runner.job(GATE, "verdict", {}, {"plan": plan, "checks": self.checks[0]})

    def beside(self, folder: Path, *shards: str, attempt: int = 1) -> Validation:
        """The same run with no other artifacts than these."""
        runner = Runner(folder, api=self.github.url, attempt=attempt)
        for name in shards:
            shutil.copytree(self.runner.artifacts.folder / name, runner.artifacts.folder / name)
        return Validation(runner, self.github, self.plan, self.checks)


def validated(
    folder: Path, github: GitHub, announced: str, inputs: dict[str, Any], **told: str
) -> Validation:
    runner = Runner(
        folder,
        api=github.url,
        variables={"POSTDEPLOY_HISTORY": "history"},
        secrets={"POSTDEPLOY_DOTENV": "UNUSED=1"},
        process={"POSTDEPLOY_SANDBOX": announced},
    )
    plan = runner.job(GATE, "plan", inputs)
    assert plan.result == "success", plan.log
    shards = json.loads(plan.outputs["shards"])

    def check(shard: int) -> JobRun:
        return runner.job(GATE, "checks", inputs, {"plan": plan}, {"shard": shard})

    with ThreadPoolExecutor(len(shards)) as machines:
        found = Validation(runner, github, plan, list(machines.map(check, shards)))
    found.told = found.verdict(**told)
    return found


def by_night(folder: Path) -> tuple[JobRun, dict[str, Any]]:
    """The targets of a night, and what it asks of post-deploy.yml for the one that is left."""
    runner = Runner(folder, event_name="schedule", variables={"NIGHTLY_WITHOUT": ALONE})
    targets = runner.job(NIGHTLY, "targets")
    assert targets.result == "success", targets.log
    calls = workflow(NIGHTLY)["jobs"]["validate"]
    needed = {"needs": {"targets": {"outputs": targets.outputs}}}
    (matrix,) = value(calls["strategy"]["matrix"]["include"], needed)
    return targets, {key: value(told, {"matrix": matrix}) for key, told in calls["with"].items()}


@pytest.fixture(scope="module")
def github() -> Iterator[GitHub]:
    with standing_in() as github:
        yield github


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, github: GitHub) -> tuple[Validation, Validation]:
    """A healthy deployment in two shards, by hand; and one that is not, at night."""
    good, bad = tmp_path_factory.mktemp("good"), tmp_path_factory.mktemp("bad")
    _, asked = by_night(tmp_path_factory.mktemp("targets"))
    with (
        served() as healthy,
        served("balancer.health-503") as broken,
        ThreadPoolExecutor(2) as both,
    ):
        night = both.submit(validated, bad / "run", github, broken, asked)
        day = both.submit(validated, good / "run", github, healthy, ASKED, deployment="77")
        return day.result(), night.result()


@pytest.fixture(scope="module")
def go(runs: tuple[Validation, Validation]) -> JobRun:
    assert runs[0].told is not None
    return runs[0].told


@pytest.fixture(scope="module")
def rollback(runs: tuple[Validation, Validation]) -> JobRun:
    assert runs[1].told is not None
    return runs[1].told


def test_shards_that_have_a_record_have_done_their_work(
    runs: tuple[Validation, Validation],
) -> None:
    for validation in runs:
        assert [job.result for job in validation.checks] == ["success"] * len(validation.checks)
        places = list(validation.runner.folder.glob("checks-*/checkout"))
        assert len(places) == len(validation.checks)
        assert not any((place / ".env").exists() for place in places)
        assert [commands(job.log) for job in validation.checks] == [[]] * len(places), "injected"


def test_a_green_run_promotes(go: JobRun, github: GitHub) -> None:
    assert go.result == "success", go.log
    told = {key: go.outputs[key] for key in ("verdict", "action", "exit-code")}
    assert told == {"verdict": "GO", "action": "promote", "exit-code": "0"}
    assert go.summary.startswith("# GO – Balancer")
    assert [one.name for one in commands(go.log)] == ["notice"]
    (status,) = github.statuses["77"]
    assert status["state"] == "success"
    assert status["auto_inactive"] is False
    assert status["log_url"].endswith("/acme/product/actions/runs/4711")


def test_what_is_published_is_one_record_of_all_shards(
    go: JobRun, runs: tuple[Validation, Validation]
) -> None:
    assert go.result == "success"
    kept = runs[0].runner.artifacts.folder / f"record-{TARGET}" / TARGET
    record = json.loads((kept / "record.json").read_text())
    assert len(record["merged_from"]) == 2
    assert record["run_id"] == go.outputs["run-id"]
    assert record["reason"].startswith("release 1 ")
    assert "\n" not in record["reason"]
    assert (kept / "publishable.txt").is_file()
    history = runs[0].runner.folder / "verdict" / "checkout" / "history" / "records"
    assert len(list(history.rglob("*.json.gz"))) == 1


def test_a_fault_rolls_back_and_is_told_at_the_failing_item(
    rollback: JobRun, github: GitHub
) -> None:
    assert rollback.result == "failure"
    assert rollback.steps["Verdict"].code == 20
    assert (rollback.outputs["verdict"], rollback.outputs["action"]) == ("ROLLBACK", "rollback")
    assert "`health.health`" in rollback.summary
    verdict, item, *_ = commands(rollback.log)
    assert verdict.name == item.name == "error"
    assert item.properties["title"] == "health.health failed"
    lines = (ROOT / item.properties["file"]).read_text().splitlines()
    assert "health" in lines[int(item.properties["line"]) - 1]
    # The night wants no status: nothing was deployed.
    assert github.deployments == []


def test_a_missing_shard_is_blocked(
    go: JobRun, runs: tuple[Validation, Validation], github: GitHub, tmp_path: Path
) -> None:
    assert go.result == "success"
    part = runs[0].beside(tmp_path, f"shard-{TARGET}-1-1").verdict(deployment="78")
    assert part.steps["Verdict"].code == 30, part.log
    assert (part.outputs["verdict"], part.outputs["action"]) == ("BLOCKED", "hold")
    assert "shard 2 of 2" in part.summary
    assert github.statuses["78"][0]["state"] == "error"


def test_what_an_earlier_attempt_saw_does_not_count(
    runs: tuple[Validation, Validation], github: GitHub, tmp_path: Path
) -> None:
    names = [f"shard-{TARGET}-1-{number}" for number in (1, 2)]
    github.refuses = "deployments"
    again = runs[0].beside(tmp_path, *names, attempt=2).verdict(deployment="79")
    github.refuses = ""
    assert again.outputs["verdict"] == "BLOCKED"
    assert "repeat all jobs" in again.summary
    # That GitHub takes no status changes nothing, and is told.
    assert again.steps["Status of the deployment"].code == 1
    assert "79" not in github.statuses
    assert commands(again.log)[-1].name == "warning"


def test_a_last_job_that_could_not_do_its_work_says_hold(
    runs: tuple[Validation, Validation], tmp_path: Path
) -> None:
    told = runs[0].beside(tmp_path)
    told.runner.stubs = {"make": "#!/bin/sh\nexit 4\n"}
    job = told.verdict()
    assert job.result == "failure"
    assert "Verdict" not in job.steps
    assert (job.outputs["verdict"], job.outputs["action"]) == ("BLOCKED", "hold")


def issues(folder: Path, github: GitHub, validation: Validation, targets: JobRun) -> JobRun:
    """The last job of a night that this validation was part of."""
    runner = Runner(folder, event_name="schedule", api=github.url)
    kept = validation.runner.artifacts.folder / f"record-{TARGET}"
    shutil.copytree(kept, runner.artifacts.folder / kept.name)
    job = runner.job(NIGHTLY, "issues", {}, {"targets": targets, "validate": JobRun("failure")})
    assert job.result == "success", job.log
    return job


def test_two_red_nights_open_one_issue_and_the_next_go_closes_it(
    runs: tuple[Validation, Validation],
    go: JobRun,
    rollback: JobRun,
    github: GitHub,
    tmp_path: Path,
) -> None:
    assert (go.result, rollback.result) == ("success", "failure")
    targets, _ = by_night(tmp_path / "targets")
    for night in ("first", "second"):
        issues(tmp_path / night, github, runs[1], targets)
    (issue,) = github.issues
    assert (issue["state"], issue["labels"]) == ("open", [{"name": "postdeploy-nightly"}])
    assert issue["title"] == f"postdeploy: {TARGET} is ROLLBACK"
    assert "health.health" in issue["body"]
    assert github.comments == {}
    issues(tmp_path / "third", github, runs[0], targets)
    assert [one["state"] for one in github.issues] == ["closed"]
    assert len(github.comments[1]) == 1


def test_a_night_looks_at_everything_and_writes_nothing_to_what_is_protected(
    tmp_path: Path,
) -> None:
    targets = Runner(tmp_path).job(NIGHTLY, "targets")
    matrix = {one["target"]: one for one in json.loads(targets.outputs["targets"])}
    assert {"qumis-prod", "qumis-sandbox", "balancer-staging", "qivr-production"} <= set(matrix)
    assert matrix["qumis-prod"]["read-only"] is True
    assert matrix["qumis-qa"]["read-only"] is False


EVENT = {
    "deployment": {
        "id": 77,
        "environment": "Balancer-Sandbox",
        "task": "deploy",
        "payload": {"expect_version": "2026.11.3", "wait_for_rollout": "15m", "read_only": True},
    },
    "deployment_status": {"state": "success", "description": None},
}


def begun(folder: Path, name: str, event: dict[str, Any]) -> JobRun:
    return Runner(folder, event_name=name, event=event).job(GATE, "plan")


def test_a_deployment_that_succeeded_is_validated(tmp_path: Path) -> None:
    plan = begun(tmp_path, "deployment_status", EVENT)
    assert plan.result == "success", plan.log
    wanted = {
        "wanted": "true",
        "target": TARGET,
        "expect-version": "2026.11.3",
        "deployment": "77",
        "wait-for-rollout": "15m",
        "read-only": "true",
    }
    assert {key: plan.outputs[key] for key in wanted} == wanted
    asked = {"system": "balancer", "environment": "sandbox"}
    by_event = concurrency(GATE, Runner(tmp_path / "1", event=EVENT), {})
    assert by_event.lower() == concurrency(GATE, Runner(tmp_path / "2"), asked)


@pytest.mark.parametrize(
    ("deployment", "status", "result", "wanted"),
    [
        ({}, {"state": "in_progress"}, "skipped", None),
        ({"task": "postdeploy"}, {}, "skipped", None),
        ({}, {"description": "postdeploy: GO. All passed."}, "skipped", None),
        ({"environment": "github-pages"}, {}, "success", ""),
    ],
    ids=["still going on", "made by us", "said by us", "none of ours"],
)
def test_other_deployments_are_left_alone(
    tmp_path: Path, deployment: Any, status: Any, result: str, wanted: str | None
) -> None:
    event = {
        "deployment": EVENT["deployment"] | deployment,
        "deployment_status": EVENT["deployment_status"] | status,
    }
    plan = begun(tmp_path, "deployment_status", event)
    assert (plan.result, plan.outputs.get("wanted")) == (result, wanted), plan.log


def test_a_dispatch_with_a_name_that_is_none_stops_at_once(tmp_path: Path) -> None:
    payload = {
        "environment": "sandbox'; echo ::error::pwned",
        "expect_version": "$(id)",
        "shards": 4,
    }
    plan = begun(tmp_path, "repository_dispatch", {"client_payload": payload})
    assert plan.result == "failure"
    assert plan.outputs["wanted"] == ""
    assert "expect-version: '$(id)' is no version" in plan.log
    assert commands(plan.log) == []
