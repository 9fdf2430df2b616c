"""Runs jobs of the workflows as GitHub's runner does: each step's script by bash, in a checkout of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from scripts import packages
from selftests.repo.test_walls import tracked
from selftests.unit.ci_runner import outputs
from selftests.workflows.expressions import evaluate, filled, value
from selftests.workflows.github_standin import REPOSITORY, TOKEN

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = ROOT / ".github" / "workflows"
COMMIT = "4f2a9c1d" * 5
SHELLS = {"": ["bash", "-e"], "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"]}
_STATUS = re.compile(r"\b(always|success|failure|cancelled)\s*\(")
_SECONDS = 180
Step = Mapping[str, Any]


@cache
def workflow(name: str) -> dict[str, Any]:
    """A workflow as it is written, read as GitHub reads it."""
    read: dict[str, Any] = YAML(typ="safe", pure=True).load((WORKFLOWS / name).read_text("utf-8"))
    return read


@dataclass(frozen=True)
class StepRun:
    """What became of one step."""

    code: int
    output: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class JobRun:
    """What became of one job."""

    result: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    steps: Mapping[str, StepRun] = field(default_factory=dict)
    summary: str = ""

    @property
    def log(self) -> str:
        """What all steps said."""
        return "".join(f"--- {name} ({run.code})\n{run.output}" for name, run in self.steps.items())


@dataclass
class Artifacts:
    """What jobs of one run hand to each other."""

    folder: Path

    def upload(self, name: str, source: Path, *, overwrite: bool) -> None:
        target = self.folder / name
        if target.exists():
            assert overwrite, f"an artifact {name} is there already"
            shutil.rmtree(target)
        shutil.copytree(source, target)

    def download(self, pattern: str, target: Path, *, merge: bool) -> None:
        """As the action does: a single one that matches gets no folder of its own."""
        found = [one for one in sorted(self.folder.iterdir()) if fnmatchcase(one.name, pattern)]
        for one in found:
            place = target if merge or len(found) == 1 else target / one.name
            shutil.copytree(one, place, dirs_exist_ok=True)


@dataclass
class Runner:
    """One run of a workflow: what began it, and what its jobs share."""

    folder: Path
    event_name: str = "workflow_dispatch"
    event: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    api: str = "http://127.0.0.1:9"
    attempt: int = 1
    process: Mapping[str, str] = field(default_factory=dict)
    """What the machine itself has in its environment."""
    stubs: Mapping[str, str] = field(default_factory=dict)
    """Scripts that stand for heavy commands: on PATH, and in .venv/bin."""

    def __post_init__(self) -> None:
        (self.folder / "artifacts").mkdir(parents=True, exist_ok=True)
        self.artifacts = Artifacts(self.folder / "artifacts")

    def job(
        self,
        file: str,
        name: str,
        inputs: Mapping[str, Any] | None = None,
        needs: Mapping[str, JobRun] | None = None,
        matrix: Mapping[str, Any] | None = None,
    ) -> JobRun:
        """Run one job of a workflow, with one combination of its matrix."""
        job = workflow(file)["jobs"][name]
        context = self._context(inputs or {}, needs or {}, matrix or {})
        fine = all(run.result == "success" for run in (needs or {}).values())
        if not wanted(job.get("if"), context, fine=fine):
            return JobRun("skipped")
        place = "-".join([name, *(str(one) for one in (matrix or {}).values())]).replace("/", "-")
        return _Job(self, workflow(file), job, context, self.folder / place).run()

    def _context(
        self, inputs: Mapping[str, Any], needs: Mapping[str, JobRun], matrix: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {
            "github": {
                "event_name": self.event_name,
                "event": self.event,
                "repository": REPOSITORY,
                "run_id": "4711",
                "run_attempt": str(self.attempt),
                "token": TOKEN,
                "sha": COMMIT,
                "ref": "refs/heads/main",
            },
            "job": {"workflow_repository": "acme/checks", "workflow_sha": COMMIT},
            "inputs": inputs,
            "matrix": matrix,
            "vars": self.variables,
            "secrets": self.secrets,
            "needs": {
                name: {"result": run.result, "outputs": run.outputs} for name, run in needs.items()
            },
        }


def concurrency(file: str, runner: Runner, inputs: Mapping[str, Any]) -> str:
    """The group that a run of the workflow belongs to."""
    return filled(workflow(file)["concurrency"]["group"], runner._context(inputs, {}, {}))


def wanted(condition: Any, context: Mapping[str, Any], *, fine: bool) -> bool:
    """Whether a job or a step with that condition is begun; `fine`: all before it went well."""
    status = {"always": True, "success": fine, "failure": not fine, "cancelled": False}
    context = {**context, "_status": status}
    if condition is None:
        return fine
    text = re.sub(r"^\s*\$\{\{(.*)\}\}\s*$", r"\1", str(condition), flags=re.DOTALL)
    return bool(evaluate(text, context)) and (fine or bool(_STATUS.search(text)))


class _Job:
    """A job on its machine."""

    def __init__(
        self,
        runner: Runner,
        file: Mapping[str, Any],
        job: Mapping[str, Any],
        context: dict[str, Any],
        folder: Path,
    ) -> None:
        self._runner, self._job, self._context = runner, job, context
        self._shell = file.get("defaults", {}).get("run", {}).get("shell", "")
        self._temp, self._checkout = folder / "temp", folder / "checkout"
        for place in (self._temp, self._temp / "bin", self._temp / "home", self._checkout):
            place.mkdir(parents=True)
        self._env = {**file.get("env", {}), **job.get("env", {})}
        self._later: dict[str, str] = {}
        self._runs: dict[str, StepRun] = {}
        self._by_id: dict[str, Any] = {}
        self._fine = True

    def run(self) -> JobRun:
        for number, step in enumerate(self._job["steps"]):
            self._one(number, step)
        context = {**self._context, "steps": self._by_id}
        told = {key: filled(text, context) for key, text in self._job.get("outputs", {}).items()}
        summary = self._temp / "summary"
        return JobRun(
            "success" if self._fine else "failure",
            told,
            self._runs,
            summary.read_text("utf-8") if summary.exists() else "",
        )

    def _one(self, number: int, step: Step) -> None:
        name = step.get("name") or step.get("uses", "").partition("@")[0] or str(number)
        context = {**self._context, "steps": self._by_id}
        if not wanted(step.get("if"), context, fine=self._fine):
            return
        env = {**self._env, **step.get("env", {})}
        told = {key: filled(str(text), context) for key, text in env.items()}
        context["env"] = told
        done = self._script(number, step, told) if "run" in step else self._action(step, context)
        self._runs[name] = done
        self._by_id[step.get("id", name)] = {"outputs": done.outputs}
        if done.code and not value(step.get("continue-on-error", False), context):
            self._fine = False

    def _action(self, step: Step, context: Mapping[str, Any]) -> StepRun:
        action = step["uses"].partition("@")[0]
        given = {key: value(text, context) for key, text in step.get("with", {}).items()}
        if action == "actions/checkout":
            self._check_out()
        elif action == "actions/upload-artifact":
            return self._upload(given)
        elif action == "actions/download-artifact":
            target = self._checkout / given["path"]
            merge = given.get("merge-multiple", False)
            self._runner.artifacts.download(given["pattern"], target, merge=merge)
        else:
            assert action == "actions/setup-python", f"{action} is not known here"
            (self._temp / "bin" / "python").symlink_to(getattr(sys, "_base_executable"))  # noqa: B009
        return StepRun(0)

    def _upload(self, given: Mapping[str, Any]) -> StepRun:
        source = self._checkout / given["path"]
        if not source.is_dir() or not any(source.iterdir()):
            return StepRun(int(given.get("if-no-files-found") == "error"))
        overwrite = given.get("overwrite", False)
        self._runner.artifacts.upload(given["name"], source, overwrite=overwrite)
        return StepRun(0)

    def _check_out(self) -> None:
        """The project's files, and what a runner has from its cache: the installed packages, the browser's place."""
        for path in tracked():
            place = self._checkout / path.relative_to(ROOT)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, place)
        venv, installed = self._checkout / ".venv", Path(sys.prefix)
        (venv / "bin").mkdir(parents=True)
        for path in (
            *(installed / "bin").iterdir(),
            *(p for p in installed.iterdir() if p.name != "bin"),
        ):
            place = venv / path.relative_to(installed)
            if path.name not in (*self._runner.stubs, ".installed"):
                place.symlink_to(path)
        (venv / ".installed").write_text(packages._fingerprint(self._checkout))
        for name, script in self._runner.stubs.items():
            for place in (venv / "bin" / name, self._temp / "bin" / name):
                place.write_text(script)
                place.chmod(0o755)
        (self._checkout / ".cache").mkdir()
        if (ROOT / ".cache" / "browser").is_file():
            shutil.copy2(ROOT / ".cache" / "browser", self._checkout / ".cache")

    def _script(self, number: int, step: Step, env: Mapping[str, str]) -> StepRun:
        assert "${{" not in step["run"], "a script takes what others say from its environment alone"
        script = self._temp / f"{number}.sh"
        script.write_text(step["run"], "utf-8")
        files = {
            name: self._temp / f"{number}.{name}" for name in ("output", "env", "path", "state")
        }
        for path in files.values():
            path.touch()
        done = subprocess.run(
            [*SHELLS[step.get("shell", self._shell)], str(script)],
            cwd=self._checkout / step.get("working-directory", "."),
            env={**self._machine(files), **self._later, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            text=True,
            timeout=_SECONDS,
        )
        self._later |= outputs(files["env"].read_text("utf-8"))
        return StepRun(done.returncode, done.stdout, outputs(files["output"].read_text("utf-8")))

    def _machine(self, files: Mapping[str, Path]) -> dict[str, str]:
        """What GitHub's runner sets for each step."""
        event = self._temp / "event.json"
        event.write_text(json.dumps(self._runner.event), "utf-8")
        github = self._context["github"]
        return {
            "PATH": f"{self._temp / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self._temp / "home"),
            "LANG": "C.UTF-8",
            # What `make setup` installs is the checkout itself; here the packages are another one's.
            "PYTHONPATH": str(self._checkout / "src"),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTOR": "rita",
            "GITHUB_API_URL": self._runner.api,
            "GITHUB_EVENT_NAME": github["event_name"],
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_REPOSITORY": github["repository"],
            "GITHUB_RUN_ATTEMPT": github["run_attempt"],
            "GITHUB_RUN_ID": github["run_id"],
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_SHA": github["sha"],
            "GITHUB_STEP_SUMMARY": str(self._temp / "summary"),
            "GITHUB_WORKSPACE": str(self._checkout),
            **{f"GITHUB_{name.upper()}": str(path) for name, path in files.items()},
            **self._runner.process,
        }
