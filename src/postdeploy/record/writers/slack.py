"""The record as a Slack message: the verdict, its grounds, and what failed."""

from typing import Any

from postdeploy.outcome import Verdict
from postdeploy.record.model import Item, Record
from postdeploy.record.writers.escaping import one_line, shortened, slack_text
from postdeploy.record.writers.wording import (
    SYMBOLS,
    count_sentence,
    place,
    scope_sentence,
    unwell,
    verdict_told,
    versions,
)

PROBLEMS_AT_MOST = 10
_SIGNS = {
    Verdict.GO: "🟢",
    Verdict.NO_GO: "🔴",
    Verdict.ROLLBACK: "⛔",
    Verdict.BLOCKED: "🟠",
    None: "⚪",
}


def message(record: Record, link: str = "") -> dict[str, Any]:
    """The body to post to an incoming webhook; `link` leads to the full record."""
    title = f"{_SIGNS[record.verdict]} {verdict_told(record)}: {place(record)}"
    facts = f"{versions(record)} · {scope_sentence(record)} · {count_sentence(record)}"
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": shortened(one_line(title), 150)}},
        _section(slack_text(record.decision.because)),
        *([_section(_problems(record))] if unwell(record) else []),
        {"type": "context", "elements": [{"type": "mrkdwn", "text": slack_text(facts)}]},
    ]
    if link:
        blocks.append(_button(link))
    return {"text": slack_text(f"{title}. {record.decision.because}"), "blocks": blocks}


def _problems(record: Record) -> str:
    items = unwell(record)
    lines = [_problem(item) for item in items[:PROBLEMS_AT_MOST]]
    if len(items) > PROBLEMS_AT_MOST:
        lines.append(f"… and {len(items) - PROBLEMS_AT_MOST} more")
    return "\n".join(lines)


def _problem(item: Item) -> str:
    text = one_line(f"{SYMBOLS[item.outcome]} {item.outcome.value} {item.id}: {item.note}")
    return slack_text(text, 250)


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _button(link: str) -> dict[str, Any]:
    text = {"type": "plain_text", "text": "Open the record"}
    return {"type": "actions", "elements": [{"type": "button", "text": text, "url": link}]}
