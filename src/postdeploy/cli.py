"""The `postdeploy` command: looks after records, checklists and the set-up; pytest runs the checks."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from postdeploy import __version__
from postdeploy.console import harmless_output
from postdeploy.errors import ConfigError
from postdeploy.gate_command import add_gate_command
from postdeploy.given import Parser
from postdeploy.record_commands import add_record_commands


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when all is well, 1 when something is missing, 4 for a user's mistake."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    with harmless_output():
        try:
            return command(options)
        except ConfigError as error:
            print("\n".join(str(problem) for problem in error.problems), file=sys.stderr)
            return 4


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="postdeploy", description=__doc__)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    doctor = commands.add_parser("doctor", help="try beforehand what a run needs")
    _where(doctor)
    doctor.add_argument(
        "--locators",
        action="store_true",
        help="open every page as the member and count what the page objects look for; writes nothing",
    )
    doctor.add_argument("--reports", default="reports", help="folder that takes the runs' records")
    doctor.add_argument("--json", action="store_true", help="print all findings as JSON")
    doctor.set_defaults(command=_doctor)
    cleanup = commands.add_parser(
        "cleanup", help="remove what killed runs have left in an environment, and nothing else"
    )
    _where(cleanup)
    cleanup.add_argument("--dry-run", action="store_true", help="only name it; sends no write")
    cleanup.set_defaults(command=_cleanup)
    checklist = commands.add_parser("checklist", help="look at a checklist")
    of_checklist = checklist.add_subparsers(required=True, metavar="WHAT")
    coverage = of_checklist.add_parser("coverage", help="every item with the checks that answer it")
    _where(coverage)
    coverage.set_defaults(command=_coverage)
    waivers = commands.add_parser("waivers", help="print the waivers, with the days they have left")
    waivers.add_argument("--system", default=None, help="of one system (default: of all)")
    waivers.set_defaults(command=_waivers)
    add_record_commands(commands)
    add_gate_command(commands)
    from postdeploy.history import command as history

    kept = commands.add_parser("history", help="print the kept runs, or draw them as a page")
    history.add_arguments(kept)
    kept.set_defaults(command=history.run)
    from postdeploy.github.command import add_arguments

    add_arguments(commands.add_parser("github", help="what the workflows on GitHub call"))
    return parser


def _where(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--system", default="qumis")
    parser.add_argument("--env", default="sandbox")


def _doctor(options: argparse.Namespace) -> int:
    from postdeploy.doctor import examine
    from postdeploy.trials.finding import as_json, head

    if options.locators:
        return _locators(options)
    findings = []
    if not options.json:
        print("\n".join(head()))
    for finding in examine(Path.cwd(), options.system, options.env, options.reports):
        findings.append(finding)
        if not options.json:
            print("\n".join(finding.lines()), flush=True)
    lacking = sum(not finding.right for finding in findings)
    print(as_json(findings) if options.json else f"\n{lacking} of these are missing")
    return 1 if lacking else 0


def _locators(options: argparse.Namespace) -> int:
    from postdeploy.doctor import examine_locators
    from postdeploy.locators.rendering import as_json, lines, summary

    rows = list(examine_locators(Path.cwd(), options.system, options.env))
    print(as_json(rows) if options.json else "\n".join([*lines(rows), "", summary(rows)]))
    return 1 if any(row.wrong for row in rows) else 0


def _cleanup(options: argparse.Namespace) -> int:
    from postdeploy.cleaning import clean

    def say(text: str) -> None:
        encoding = sys.stdout.encoding or "utf-8"
        print(text.encode(encoding, "replace").decode(encoding), flush=True)

    return clean(Path.cwd(), options.system, options.env, dry=options.dry_run, say=say)


def _coverage(options: argparse.Namespace) -> int:
    from postdeploy.coverage import collect_plan, coverage_lines

    lines = list(coverage_lines(collect_plan(options.system, options.env)))
    print("\n".join(lines))
    return 1 if any(line.startswith("no check yet: ") for line in lines) else 0


def _waivers(options: argparse.Namespace) -> int:
    from postdeploy.waiver_table import stray_files, tell_waivers

    root, today = Path.cwd(), datetime.now(UTC).date()
    every = sorted(path.stem for path in (root / "targets").glob("*.toml"))
    told = [
        tell_waivers(root, name, today) for name in ([options.system] if options.system else every)
    ]
    strays = stray_files(root)
    print("\n".join([*(line for one in told for line in one.lines), *strays]))
    return 0 if all(one.right for one in told) and not strays else 1
