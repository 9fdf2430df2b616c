"""The record as a Slack message: the verdict, its grounds, and what failed."""

import re
from typing import Any

from postdeploy.outcome import Verdict
from postdeploy.plain import one_line, shortened
from postdeploy.record.model import Item, Record
from postdeploy.record.writers.escaping import slack_text
from postdeploy.record.writers.wording import (
    MEANINGS,
    SYMBOLS,
    count_sentence,
    history_note,
    history_sentence,
    place,
    scope_sentence,
    unwell,
    verdict_told,
    versions,
)

PROBLEMS_AT_MOST = 10
LONGEST_LINK = 3000
_PROBLEMS = 2900
_SIGNS = {
    Verdict.GO: "🟢",
    Verdict.NO_GO: "🔴",
    Verdict.ROLLBACK: "⛔",
    Verdict.BLOCKED: "🟠",
    None: "⚪",
}


def message(record: Record, link: str = "") -> dict[str, Any]:
    """What to post to Slack; `link` leads to the full record. All its texts together keep below 10,000
    characters, beyond which Slack refuses a message whatever its blocks may hold.

    They are plain ones: Slack makes neither links nor mentions nor emoji of what is in them, and fetches no
    page for a preview.
    """
    title = f"{_SIGNS[record.verdict]} {verdict_told(record)}: {place(record)}"
    version = shortened(one_line(versions(record)), 200)
    because = f"{version}\n{record.decision.because}\n{MEANINGS[record.verdict]}"
    blocks = [
        {"type": "header", "text": _plain(one_line(title), 150)},
        _section(because, 1200),
        *([_section(_problems(record), _PROBLEMS)] if unwell(record) else []),
        *([_section(history_sentence(record), 600)] if record.history else []),
        *([_section(_waivers(record), 900)] if record.decision.waivers else []),
        {"type": "context", "elements": [_plain(_facts(record), 900)]},
    ]
    if re.match(r"https?://", link) and len(link) <= LONGEST_LINK:
        blocks.append(_button(link))
    return {
        "text": slack_text(f"{title}. {record.decision.because}", 1200),
        "blocks": blocks,
        "mrkdwn": False,
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _facts(record: Record) -> str:
    """What was looked at, by whom, and why."""
    told = [scope_sentence(record), count_sentence(record)]
    whose = f"by {record.tester}" if record.tester else ""
    told += [whose, record.reason, f"run {record.run_id}"]
    return " · ".join(shortened(one_line(one), 200) for one in told if one)


def _problems(record: Record) -> str:
    """As many as there is room for, and how many there are besides."""
    items, lines, room = unwell(record), [], _PROBLEMS - 40
    for line in map(_problem, items[:PROBLEMS_AT_MOST]):
        room -= len(slack_text(line).encode("utf-16-le")) // 2 + 1
        if room < 0:
            break
        lines.append(line)
    if len(items) > len(lines):
        lines.append(f"… and {len(items) - len(lines)} more")
    return "\n".join(lines)


def _problem(item: Item) -> str:
    said = one_line(f"{SYMBOLS[item.outcome]} {item.outcome.value} {item.id}: {item.note}")
    since = history_note(item)
    return shortened(said, 200) + (f" ({shortened(one_line(since), 80)})" if since else "")


def _waivers(record: Record) -> str:
    used = [one for one in record.waivers if one.used]
    return "\n".join(
        shortened(
            one_line(f"◌ {one.item} waived until {one.until} by {one.owner}: {one.reason}"), 250
        )
        for one in used
    )


def _section(text: str, limit: int) -> dict[str, Any]:
    return {"type": "section", "text": _plain(text, limit)}


def _plain(text: str, limit: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": slack_text(text, limit) or "–", "emoji": False}


def _button(link: str) -> dict[str, Any]:
    text = {"type": "plain_text", "text": "Open the record"}
    return {"type": "actions", "elements": [{"type": "button", "text": text, "url": link}]}
