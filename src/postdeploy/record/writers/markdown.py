"""The record as Markdown: the source's table, then what failed, then every item."""

from collections.abc import Iterable, Sequence
from urllib.parse import quote

from postdeploy.plain import one_line, plain_text, shortened
from postdeploy.record.model import Evidence, Item, Record, Row
from postdeploy.record.writers.escaping import markdown_code, markdown_line, markdown_text
from postdeploy.record.writers.wording import (
    INDICATOR_SYMBOLS,
    MEANINGS,
    SYMBOLS,
    WEIGHTS,
    count_sentence,
    duration,
    history_note,
    history_sentence,
    moment,
    place,
    repeat_command,
    scope_sentence,
    unwell,
    verdict_told,
    waiver_state,
)

LONGEST_FIELD = 600
LONGEST_GROUND = 3000


def render(record: Record) -> str:
    """The whole record as one Markdown document."""
    sections = [
        heading(record),
        [_facts(record)],
        ["## Execution record", rows_table(record.rows)],
        problems(record),
        _history(record),
        _indicators(record),
        _bullets("Warnings", record.decision.warnings),
        _bullets("Left behind", (f"{one.title} {one.url or one.id}" for one in record.leftovers)),
        waivers(record),
        _every_item(record),
    ]
    return document(sections)


def document(sections: Iterable[Sequence[str]]) -> str:
    """Blocks of Markdown, one blank line between them."""
    return "\n\n".join(block for section in sections for block in section if block) + "\n"


def heading(record: Record) -> list[str]:
    """The verdict, where it holds, and why."""
    return [
        f"# {verdict_told(record)} – {_field(place(record))}",
        f"**{_line(record.decision.because, LONGEST_GROUND)}** {MEANINGS[record.verdict]}",
        f"{markdown_line(count_sentence(record))}.",
    ]


def rows_table(rows: Iterable[Row]) -> str:
    """The table of the source: Step, Status, Tester, Timestamp, Notes."""
    cells = [
        (
            f"**{markdown_text(row.title)}**",
            f"{SYMBOLS[row.status]} {row.status.value}",
            _field(row.tester),
            moment(row.timestamp),
            _field(row.notes),
        )
        for row in rows
    ]
    return _table(("Step", "Status", "Tester", "Timestamp", "Notes"), cells)


def problems(record: Record, most: int | None = None) -> list[str]:
    """Failed and blocked items with what was expected and seen, at most so many of them."""
    items = unwell(record)
    if not items:
        return []
    blocks = ["## Failed or not observed"]
    for item in items[:most]:
        blocks += _problem(item)
    if most and len(items) > most:
        blocks.append(f"… and {len(items) - most} more in the record.")
    command = repeat_command(record)
    return [*blocks, "Run just these again:", fenced(command)] if command else blocks


def fenced(text: str) -> str:
    """Text as a code block that nothing in it can end."""
    text, fence = plain_text(text), "```"
    while fence in text:
        fence += "`"
    return f"{fence}text\n{text}\n{fence}"


def _problem(item: Item) -> list[str]:
    parts = [
        ("Expected", item.expected),
        ("Observed", item.observed),
        ("Note", item.note),
        ("Earlier runs", history_note(item)),
        ("What to do", item.remediation),
    ]
    said = [f"- {name}: {_field(text)}" for name, text in parts if text]
    said += [f"- Evidence: {_link(one)}" for one in item.evidence if one.stays_inside]
    status = f"{SYMBOLS[item.outcome]} {item.outcome.value}"
    title = f"### {status}: {markdown_code(item.id)} – {_field(item.title)}"
    return [title, "\n".join(said) or "- nothing was noted"]


def _field(text: str) -> str:
    # Cut when it is plain: what cannot be seen grows when it is shown.
    return markdown_text(shortened(one_line(text), LONGEST_FIELD))


def _line(text: str, limit: int = LONGEST_FIELD) -> str:
    return markdown_line(shortened(one_line(text), limit))


def _link(evidence: Evidence) -> str:
    address = quote(evidence.path or "", errors="replace")
    return f"[{_field(evidence.title or evidence.kind)}](<{address}>)"


def _facts(record: Record) -> str:
    facts = [
        ("System", record.system_title or record.system),
        ("Environment", record.environment),
        *((f"URL of {name}", url) for name, url in record.urls.items()),
        ("Version expected", _pairs(record.version.expected) or "not said"),
        ("Version observed", _pairs(record.version.observed) or "not observed"),
        ("Deployments", _pairs(record.identity.start.deployments if record.identity.start else {})),
        ("Scope", scope_sentence(record)),
        ("Tester", record.tester),
        ("Reason", record.reason),
        ("Started", moment(record.started)),
        ("Ended", f"{moment(record.ended) or 'not known'} ({duration(record.seconds)})"),
        ("Run", record.run_id),
        ("Command", record.command),
        ("Tool", f"postdeploy {record.tool_version}, Python {record.python}"),
    ]
    return _table(
        ("Run", ""), [(markdown_text(name), _field(value)) for name, value in facts if value]
    )


def _pairs(values: dict[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _indicators(record: Record) -> list[str]:
    if not record.indicators:
        return []
    cells = [
        (
            markdown_text(one.title),
            f"{INDICATOR_SYMBOLS[one.state]} {one.state}",
            _field(one.because),
        )
        for one in record.indicators
    ]
    return ["## Critical failure indicators", _table(("Indicator", "State", "Because"), cells)]


def _history(record: Record) -> list[str]:
    """What earlier runs of this system and environment say."""
    sentence = history_sentence(record)
    if not sentence:
        return []
    cells = [
        (markdown_code(item.id), f"{SYMBOLS[item.outcome]} {item.outcome.value}", _field(note))
        for item in record.items
        if (note := history_note(item))
    ]
    table = [_table(("Item", "Outcome", "What earlier runs say"), cells)] if cells else []
    return ["## Beside earlier runs", _line(sentence), *table]


def waivers(record: Record) -> list[str]:
    """Every waiver of the run, with what became of it; nothing when there is none."""
    cells = [
        (
            markdown_code(one.item),
            _field(one.reason),
            _field(one.owner),
            f"{one.until}",
            waiver_state(one),
        )
        for one in record.waivers
    ]
    head = ("Item", "Reason", "Owner", "Until", "In this run")
    return ["## Waivers", _table(head, cells)] if cells else []


def _every_item(record: Record) -> list[str]:
    blocks = ["## Every item", "; ".join(f"{key.value}: {say}" for key, say in WEIGHTS.items())]
    for row in (row for row in record.rows if row.items):
        blocks += [f"### {markdown_text(row.title)}", _items_table(row.items)]
    return blocks


def _items_table(items: Iterable[Item]) -> str:
    cells = [
        (
            markdown_code(item.id),
            item.weight.value,
            f"{SYMBOLS[item.outcome]} {item.outcome.value}",
            _field(item.title),
            _field(item.note),
        )
        for item in items
    ]
    return _table(("Item", "Weight", "Outcome", "What must hold", "Note"), cells)


def _bullets(title: str, texts: Iterable[str]) -> list[str]:
    lines = [f"- {_line(text) or '–'}" for text in texts]
    return [f"## {title}", "\n".join(lines)] if lines else []


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
