"""The record in GitHub Actions: the job's summary, and annotations on it."""

from collections.abc import Mapping

from postdeploy.github.runner import outputs as outputs
from postdeploy.outcome import EXIT_CODES, Outcome, Verdict
from postdeploy.plain import shortened
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


def annotations(record: Record, places: Mapping[str, tuple[str, int]] | None = None) -> list[str]:
    """Workflow commands, one a line, to be printed on stdout; `places` are file and line of items."""
    bad = unwell(record)[:ANNOTATIONS_AT_MOST]
    title = f"{verdict_told(record)}: {place(record)}"
    verdict = _command(_level(record.exit_code), title, record.decision.because)
    return [verdict, *(_annotation(item, (places or {}).get(item.id)) for item in bad)]


def verdict_annotation(verdict: Verdict, where: str, because: str) -> str:
    """The workflow command for a verdict of which there is no record to be shown."""
    return _command(_level(EXIT_CODES[verdict]), f"{verdict.value}: {where}", because)


def trouble_annotation(title: str, message: str) -> str:
    """The workflow command for what went wrong in telling the verdict."""
    return _command("warning", title, message)


def _level(exit_code: int) -> str:
    return "notice" if exit_code == 0 else "error"


def _annotation(item: Item, at: tuple[str, int] | None) -> str:
    level = "error" if item.outcome is Outcome.FAILED else "warning"
    title = f"{item.id} {item.outcome.value}"
    return _command(level, title, item.note or item.title, at)


def _command(level: str, title: str, message: str, at: tuple[str, int] | None = None) -> str:
    where = f"file={workflow_property(at[0])},line={at[1]}," if at else ""
    told = workflow_data(shortened(message, 900))
    return f"::{level} {where}title={workflow_property(title)}::{told}"
