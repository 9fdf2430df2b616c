"""The `postdeploy` command: looks after records, checklists and the set-up; pytest runs the checks."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from postdeploy import __version__
from postdeploy.console import harmless_output
from postdeploy.errors import ConfigError, Problem


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
    parser = argparse.ArgumentParser(prog="postdeploy", description=__doc__)
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
    record = commands.add_parser("record", help="look at a run's record")
    of_record = record.add_subparsers(required=True, metavar="WHAT")
    show = of_record.add_parser(
        "show", help="print a record as it was printed at the end of its run"
    )
    show.add_argument("run", nargs="?", default="reports/latest", type=Path)
    show.set_defaults(command=_show)
    recover = of_record.add_parser(
        "recover", help="make the record of a killed run from its journal"
    )
    recover.add_argument("run", type=Path)
    recover.set_defaults(command=_recover)
    from postdeploy.history import command as history

    kept = commands.add_parser("history", help="print the kept runs, or draw them as a page")
    history.add_arguments(kept)
    kept.set_defaults(command=history.run)
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


def _show(options: argparse.Namespace) -> int:
    from postdeploy.record.model import Record
    from postdeploy.record.writers.terminal import render

    path = _file(options.run, "record.json", "Run the checks first, or name a run's folder")
    record = Record.model_validate_json(path.read_text(encoding="utf-8"))
    print(render(record, width=80, colour=sys.stdout.isatty()))
    return record.exit_code


def _recover(options: argparse.Namespace) -> int:
    from postdeploy.closing import close
    from postdeploy.ledger import left_by_others
    from postdeploy.record.journal import Journal, read_journal
    from postdeploy.record.merging import JournalError

    path = _file(options.run, "journal.jsonl", "Name the folder of a run, reports/<run id>")
    try:
        if not any(entry.get("kind") == "end" for entry in read_journal(path)):
            with Journal(path) as journal:
                for line in left_by_others(options.run):
                    left = {"title": f"{line['kind']} {line['name']}", "id": line["id"]}
                    note = "the run was killed before it removed it; `postdeploy cleanup` does"
                    journal.append({"kind": "leftover", **left, "note": note})
                ended = datetime.now(UTC).isoformat(timespec="milliseconds")
                journal.append({"kind": "end", "ended": ended, "how": "recovered"})
        closing = close(options.run.resolve(), [], pytest_exit=0)
    except OSError as error:
        what, mend = (
            f"cannot be written: {error.strerror or error}",
            "Make room, or copy the folder",
        )
        raise ConfigError([Problem(str(path), what, mend)]) from None
    except JournalError as error:
        mend = "The run ended before it wrote down what it looks at: run again"
        raise ConfigError([Problem(str(path), str(error), mend)]) from None
    print(f"{closing.record.verdict or 'no verdict'}: {options.run / 'record.html'}")
    if closing.trouble:
        print(closing.trouble, file=sys.stderr)
    return closing.exit_code


def _file(folder: Path, name: str, mend: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise ConfigError([Problem(str(path), "is not there", mend)])
    return path
