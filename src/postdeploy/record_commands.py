"""`postdeploy record …`: shows, recovers, merges, completes and verifies the records of runs."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postdeploy.errors import ConfigError, Problem

if TYPE_CHECKING:
    from postdeploy.history.place import Place

_NAME_A_RUN = "Name the folder of a run, reports/<run id>"


def add_record_commands(commands: Any) -> None:
    """Add `record` and what can be done with one."""
    record = commands.add_parser("record", help="look at a run's record, or complete it")
    known = record.add_subparsers(required=True, metavar="WHAT")
    show = known.add_parser("show", help="print a record as it was printed at the end of its run")
    show.add_argument("run", nargs="?", default="reports/latest", type=Path)
    show.set_defaults(command=_show)
    recover = known.add_parser("recover", help="make the record of a killed run from its journal")
    recover.add_argument("run", type=Path)
    _add_history(recover)
    recover.set_defaults(command=_recover)
    _add_attest(known)
    verify = known.add_parser("verify", help="see whether a run's files are what was sealed")
    verify.add_argument("run", nargs="?", default="reports/latest", type=Path)
    verify.add_argument(
        "--seal", default=None, metavar="DIGEST", help="its digest as it was noted elsewhere"
    )
    verify.set_defaults(command=_verify)
    merge = known.add_parser("merge", help="make one record of those of all shards")
    merge.add_argument("runs", nargs="+", type=Path, metavar="run")
    merge.add_argument(
        "--out", type=Path, help="folder for it (default: a new one beside the first)"
    )
    _add_history(merge)
    merge.add_argument(
        "--tell",
        action=argparse.BooleanOptionalAction,
        help="tell the target file's receivers of the verdict (default: POSTDEPLOY_TELL, or in CI)",
    )
    merge.set_defaults(command=_merge)


def _add_attest(known: Any) -> None:
    attest = known.add_parser("attest", help="answer as a person for what a run could not observe")
    attest.add_argument("run", type=Path)
    attest.add_argument("item", help="the item's id")
    attest.add_argument("--by", default="", metavar="NAME", help="who answers for it")
    attest.add_argument("--note", default="", metavar="TEXT", help="what they saw")
    attest.add_argument("--failed", action="store_true", help="it was seen, and it was wrong")
    _add_history(attest)
    attest.set_defaults(command=_attest)


def _add_history(command: argparse.ArgumentParser) -> None:
    told = "folder or s3://bucket/prefix that keeps the record (default: POSTDEPLOY_HISTORY)"
    command.add_argument("--history", metavar="WHERE", help=told)


def _history(options: argparse.Namespace) -> Place | None:
    from postdeploy.history.place import find_place
    from postdeploy.settings import Options

    return find_place(options.history or Options().history, Path.cwd())


def _show(options: argparse.Namespace) -> int:
    from postdeploy.record.model import Record
    from postdeploy.record.writers.terminal import render

    path = _file(options.run, "record.json", "Run the checks first, or name a run's folder")
    record = Record.model_validate_json(path.read_text(encoding="utf-8"))
    print(render(record, width=80, colour=sys.stdout.isatty()))
    return record.exit_code


def _recover(options: argparse.Namespace) -> int:
    from postdeploy.closing import close
    from postdeploy.history.afterwards import kept, memory_of
    from postdeploy.ledger import left_by_others
    from postdeploy.record.journal import Journal, read_journal
    from postdeploy.record.merging import JournalError

    path = _file(options.run, "journal.jsonl", _NAME_A_RUN)
    memory = memory_of(_history(options))
    try:
        if not any(entry.get("kind") == "end" for entry in read_journal(path)):
            with Journal(path) as journal:
                for line in left_by_others(options.run):
                    left = {"title": f"{line['kind']} {line['name']}", "id": line["id"]}
                    note = "the run was killed before it removed it; `postdeploy cleanup` does"
                    journal.append({"kind": "leftover", **left, "note": note})
                ended = datetime.now(UTC).isoformat(timespec="milliseconds")
                journal.append({"kind": "end", "ended": ended, "how": "recovered"})
        closing = close(options.run.resolve(), [], pytest_exit=0, by="recover")
        if memory is not None:
            closing = kept(closing, memory)
    except OSError as error:
        raise ConfigError([_unwritable(path, error)]) from None
    except JournalError as error:
        mend = "The run ended before it wrote down what it looks at: run again"
        raise ConfigError([Problem(str(path), str(error), mend)]) from None
    print(f"{closing.record.verdict or 'no verdict'}: {options.run / 'record.html'}")
    if closing.trouble:
        print(closing.trouble, file=sys.stderr)
    return closing.exit_code


def _attest(options: argparse.Namespace) -> int:
    from postdeploy.history.afterwards import memory_of, unkept_because
    from postdeploy.plain import one_line
    from postdeploy.record.attesting import Words, attest
    from postdeploy.record.merging import JournalError
    from postdeploy.record.writers.wording import verdict_word

    folder = options.run.resolve()
    memory = memory_of(_history(options))
    words = Words(options.item, options.by, options.note, options.failed)
    try:
        record = attest(folder, words)
    except OSError as error:
        raise ConfigError([_unwritable(folder, error)]) from None
    except JournalError as error:
        mend = "Nothing says what this run looked at: run again"
        raise ConfigError([Problem(str(folder), str(error), mend)]) from None
    item = next(item for item in record.items if item.id == options.item)
    print(one_line(f"{item.id} {item.outcome.value}: {item.note}"))
    print(one_line(f"{verdict_word(record)}: {record.decision.because}"))
    print(f"Record: {options.run / 'record.html'}")
    for sentence in unkept_because(record, folder, memory) if memory is not None else ():
        print(one_line(sentence), file=sys.stderr)
    return record.exit_code


def _verify(options: argparse.Namespace) -> int:
    from postdeploy.plain import one_line
    from postdeploy.record.verifying import verify

    _file(options.run, "journal.jsonl", _NAME_A_RUN)
    found = verify(options.run, options.seal or "")
    for problem in found.problems:
        print(one_line(f"{options.run}: {problem}"))
    if found.problems:
        return 1
    moments = ", ".join(f"{at} by {by}" for at, by in found.sealed)
    told = (
        f"{found.lines} journal lines, {found.documents} documents, {found.evidence} evidence files"
    )
    print(one_line(f"{options.run}: {told} are what was sealed ({moments})"))
    print(f"seal {found.digest}")
    return 0


def _merge(options: argparse.Namespace) -> int:
    from postdeploy.merge import merge_runs
    from postdeploy.telling.merged import tell, wish_of

    asked = wish_of(options.tell)
    merged = tell(merge_runs(options.runs, options.out, _history(options)), Path.cwd(), asked)
    print(f"{merged.record.verdict or 'no verdict'}: {merged.record.decision.because}")
    print(f"Record: {merged.folder / 'record.html'}")
    if merged.trouble:
        print(merged.trouble, file=sys.stderr)
    return merged.exit_code


def _unwritable(folder: Path, error: OSError) -> Problem:
    what = f"cannot be written: {error.strerror or error}"
    return Problem(str(folder), what, "Make room, or copy the folder")


def _file(folder: Path, name: str, mend: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise ConfigError([Problem(str(path), "is not there", mend)])
    return path
