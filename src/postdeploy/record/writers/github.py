"""The record in GitHub Actions: the job's summary, and annotations on it."""

import re
import secrets
from collections.abc import Mapping

from postdeploy.outcome import Outcome
from postdeploy.plain import plain_text, shortened
from postdeploy.record.model import Item, Record
from postdeploy.record.writers.escaping import workflow_data, workflow_property
from postdeploy.record.writers.markdown import document, heading, problems, rows_table, waivers
from postdeploy.record.writers.wording import place, unwell, verdict_told

PROBLEMS_AT_MOST = 20
ANNOTATIONS_AT_MOST = 9  # GitHub shows ten of a kind for a step; the verdict is one of them


def summary(record: Record) -> str:
    """Markdown for $GITHUB_STEP_SUMMARY, well below its limit of 1 MiB."""
    return document(
        [
            heading(record),
            [rows_table(record.rows)],
            problems(record, PROBLEMS_AT_MOST),
            waivers(record),
        ]
    )


def annotations(record: Record) -> list[str]:
    """Workflow commands, one a line, to be printed on stdout."""
    bad = unwell(record)
    verdict = _command(
        "notice" if record.exit_code == 0 else "error",
        f"{verdict_told(record)}: {place(record)}",
        record.decision.because,
    )
    return [verdict, *(_annotation(item) for item in bad[:ANNOTATIONS_AT_MOST])]


def outputs(values: Mapping[str, str]) -> str:
    """Lines for the file that $GITHUB_OUTPUT names; no value can end itself, nor set another.

    Raises ValueError for a name that is none.
    """
    return "".join(_output(name, plain_text(value)) for name, value in values.items())


def _output(name: str, value: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][\w-]*", name, re.ASCII):
        raise ValueError(f"{name!r} is no name of an output")
    end = f"end-{secrets.token_hex(16)}"  # nobody who wrote the value can have known it
    return f"{name}<<{end}\n{value}\n{end}\n"


def _annotation(item: Item) -> str:
    level = "error" if item.outcome is Outcome.FAILED else "warning"
    return _command(level, f"{item.id} {item.outcome.value}", item.note or item.title)


def _command(level: str, title: str, message: str) -> str:
    return f"::{level} title={workflow_property(title)}::{workflow_data(shortened(message, 900))}"
