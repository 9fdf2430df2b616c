"""A gate's verdict in a workflow's run: outputs, summary and annotations. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from postdeploy import secrecy
from postdeploy.gate import Gate
from postdeploy.github.places import item_places
from postdeploy.outcome import Verdict
from postdeploy.plain import shortened
from postdeploy.record.model import Record
from postdeploy.record.writers import github
from postdeploy.record.writers.escaping import markdown_line, markdown_text
from postdeploy.record.writers.markdown import document, fenced, heading, problems
from postdeploy.record.writers.wording import unwell

ACTIONS: Final[Mapping[Verdict, str]] = {
    Verdict.GO: "promote",
    Verdict.NO_GO: "hold",
    Verdict.ROLLBACK: "rollback",
    Verdict.BLOCKED: "hold",
}
UNSEARCHED: Final = "The record was not searched for secrets, so nothing of it is told here."
_SAID_AT_MOST: Final = 4000
_ITEMS_AT_MOST: Final = 15
_BODY_AT_MOST: Final = 60_000


def outputs_of(gate: Gate) -> dict[str, str]:
    """What a calling workflow can branch on."""
    return {
        "verdict": gate.verdict.value,
        "action": ACTIONS[gate.verdict],
        "exit-code": str(gate.exit_code),
        "run-id": gate.record.run_id if gate.record else "",
    }


def summary_of(gate: Gate, name: str, said: str = "") -> str:
    """Markdown for the run's summary; `said` is what was said where no record could be made."""
    record = told(gate)
    if record is not None and record.verdict is gate.verdict:
        return github.summary(record)
    sections = [_verdict(gate, name)]
    if said.strip():
        sections.append(["What was said where the record should have been made:"])
        sections.append([fenced(shortened(said.strip(), _SAID_AT_MOST))])
    head = document(sections)
    if record is None:
        return head
    return f"{head}\nWhat the record itself says:\n\n{github.summary(record)}"


def annotations_of(gate: Gate, name: str, checklists: Path) -> list[str]:
    """Workflow commands: the verdict, and each failing item at its place in the checklist."""
    record = told(gate)
    if record is None:
        return [github.verdict_annotation(gate.verdict, name, gate_reason(gate))]
    items = [item.id for item in unwell(record)]
    made = github.annotations(record, item_places(checklists / f"{record.system}.toml", items))
    if record.verdict is not gate.verdict:
        made[0] = github.verdict_annotation(gate.verdict, name, gate.reason)
    return made


def issue_text(gate: Gate, name: str) -> str:
    """The same for the body of an issue, which takes less."""
    record = told(gate)
    if record is None or record.verdict is not gate.verdict:
        return document([_verdict(gate, name)])
    text = document([heading(record), problems(record, _ITEMS_AT_MOST)])
    return text if len(text) <= _BODY_AT_MOST else document([heading(record)])


def told(gate: Gate) -> Record | None:
    """The record, unless there is none, or none that may be shown to others."""
    try:
        passed = (gate.folder / secrecy.PUBLISHABLE).read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return None
    return gate.record if "record.json" in passed else None


def gate_reason(gate: Gate) -> str:
    """Why; of a record that may not be shown, only that."""
    return gate.reason if gate.record is None or told(gate) else UNSEARCHED


def _verdict(gate: Gate, name: str) -> list[str]:
    return [
        f"# {gate.verdict.value} – {markdown_text(name)}",
        f"**{markdown_line(gate_reason(gate))}**",
    ]
