"""`postdeploy github`: what the workflows call, so that they hold no logic of their own."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postdeploy.errors import ConfigError, Problem
from postdeploy.github.asked import FIELDS, asked
from postdeploy.github.runner import append, command, outputs
from postdeploy.github.targets import NamedTarget, named_targets, without

if TYPE_CHECKING:
    from postdeploy.gate import Gate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add plan, targets, report, deployment and issues."""
    of_github = parser.add_subparsers(required=True, metavar="WHAT")
    plan = of_github.add_parser(
        "plan", help="find out what is to be validated, and how it is divided"
    )
    for name in FIELDS:
        plan.add_argument(f"--{name}", default="", help="as the input of the workflow has it")
    plan.add_argument("--event", type=Path, required=True, help="the event that began the workflow")
    plan.add_argument("--targets", type=Path, default=Path("targets"))
    _written(plan)
    plan.set_defaults(command=_plan)
    listed = of_github.add_parser("targets", help="every environment of every system, as a matrix")
    listed.add_argument("--targets", type=Path, default=Path("targets"))
    listed.add_argument(
        "--without", default="", metavar="NAMES", help="patterns of names to leave out"
    )
    _written(listed)
    listed.set_defaults(command=_targets)
    report = of_github.add_parser(
        "report", help="tell the verdict in the workflow's run, and end with it"
    )
    _of_run(report)
    report.add_argument("--summary", type=Path, help="file that takes the run's summary")
    report.add_argument(
        "--said", type=Path, help="file with what was said where the record was made"
    )
    report.add_argument("--checklists", type=Path, default=Path("checklists"))
    _written(report)
    report.set_defaults(command=_report)
    deployment = of_github.add_parser(
        "deployment", help="give a GitHub deployment the verdict's status"
    )
    _of_run(deployment)
    deployment.add_argument("--deployment", default="", help="its number; none for no status")
    deployment.set_defaults(command=_deployment)
    issues = of_github.add_parser("issues", help="one issue for each environment that is not GO")
    issues.add_argument(
        "records", type=Path, help="folder with one record's folder for each target"
    )
    issues.add_argument(
        "--matrix", required=True, help="the targets, as the command targets lists them"
    )
    issues.set_defaults(command=_issues)


def _written(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", type=Path, help="file that takes the step's outputs")


def _of_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path)
    parser.add_argument("--system", required=True)
    parser.add_argument("--env", required=True)
    parser.add_argument("--expect-version", default="")


def _plan(options: argparse.Namespace) -> int:
    inputs = {name: str(getattr(options, name.replace("-", "_"))) for name in FIELDS}
    found = asked(inputs, _event(options.event), named_targets(options.targets))
    told = found.outputs() if found else {"wanted": ""}
    append(options.output, outputs(told))
    print("\n".join(f"{name}: {value}" for name, value in told.items()))
    if found is None:
        print("No target file names this environment: nothing is validated.")
    return 0


def _event(path: Path) -> Mapping[str, Any]:
    try:
        event = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        mend = "GitHub's runner names it in GITHUB_EVENT_PATH"
        raise ConfigError([Problem(f"--event {path}", f"cannot be read: {error}", mend)]) from None
    return event if isinstance(event, dict) else {}


def _targets(options: argparse.Namespace) -> int:
    found = without(named_targets(options.targets), options.without)
    if not found:
        mend = "A job with an empty matrix fails: leave out less"
        raise ConfigError([Problem("--without", "leaves out every target", mend)])
    matrix = json.dumps([one.as_matrix() for one in found])
    append(options.output, outputs({"targets": matrix}))
    print("\n".join(one.name + (" (protected)" * one.protected) for one in found))
    return 0


def _gate(options: argparse.Namespace) -> Gate:
    from postdeploy.gate import Wanted, look
    from postdeploy.gate_command import wanted_versions

    wanted = Wanted(
        versions=wanted_versions(options.expect_version),
        system=options.system,
        environment=options.env,
    )
    return look(options.run, wanted)


def _report(options: argparse.Namespace) -> int:
    from postdeploy.github.reporting import annotations_of, outputs_of, summary_of

    name = f"{options.system} · {options.env}"
    gate = _gate(options)
    # The outputs first: a caller that gets none must not go on, whatever else goes wrong here.
    append(options.output, outputs(outputs_of(gate)))
    command(annotations_of(gate, name, options.checklists))
    said = options.said.read_text(errors="replace") if _is_there(options.said) else ""
    _tried("The summary", lambda: append(options.summary, summary_of(gate, name, said)))
    print(f"{gate.verdict.value}: {gate.reason}")
    return gate.exit_code


def _is_there(path: Path | None) -> bool:
    return path is not None and path.is_file()


def _deployment(options: argparse.Namespace) -> int:
    from postdeploy.github.deployments import tell_deployment
    from postdeploy.github.interface import Repository
    from postdeploy.settings import GitHubAccess, Machine

    access, gate = GitHubAccess(), _gate(options)
    place = NamedTarget(options.system, options.env).name

    def tell() -> None:
        with Repository(access) as repository:
            number = tell_deployment(
                repository, gate, place, options.deployment, access.github_sha, Machine().run_url
            )
        print(f"deployment {number}: {gate.verdict.value}" if number else "no status is wanted")

    return 0 if _tried("The deployment's status", tell) else 1


def _issues(options: argparse.Namespace) -> int:
    from postdeploy.gate import Wanted, look
    from postdeploy.github.interface import Repository
    from postdeploy.github.issues import Board
    from postdeploy.settings import GitHubAccess, Machine

    run_url, well = Machine().run_url, True
    targets = _matrix(options.matrix)
    with Repository(GitHubAccess()) as repository:
        board = Board(repository)
        for one in targets:
            wanted = Wanted(versions={}, system=one.system, environment=one.environment)
            gate = look(options.records / one.name, wanted)

            def tell(name: str = one.name, gate: Gate = gate) -> None:
                print(f"{name}: {gate.verdict.value}, {board.tell(name, gate, run_url)}")

            well = _tried(f"The issue of {one.name}", tell) and well
    return 0 if well else 1


def _matrix(text: str) -> list[NamedTarget]:
    try:
        return [
            NamedTarget(str(one["system"]), str(one["environment"])) for one in json.loads(text)
        ]
    except (ValueError, TypeError, KeyError):
        mend = "Hand over what `postdeploy github targets` puts out"
        raise ConfigError([Problem("--matrix", "is no list of targets", mend)]) from None


def _tried(what: str, do: Callable[[], None]) -> bool:
    """Whether it could be done; that somebody could not be told never changes a verdict."""
    from postdeploy.github.interface import Refused

    try:
        do()
    except (Refused, OSError) as error:
        from postdeploy.record.writers.github import trouble_annotation

        command([trouble_annotation(f"{what} could not be written", str(error))])
        print(f"{what} could not be written: {error}", file=sys.stderr)
        return False
    return True
