"""One issue per environment: open while the nightly run is red, closed by the next GO, and quiet in between."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from postdeploy.gate import Gate
from postdeploy.github.interface import Refused, Repository
from postdeploy.github.reporting import issue_text, told
from postdeploy.outcome import Verdict
from postdeploy.record.writers.escaping import markdown_code
from postdeploy.record.writers.wording import unwell

LABEL: Final = "postdeploy-nightly"
_MARK: Final = re.compile(
    r"<!-- postdeploy-nightly ([\w.-]+) verdict=([\w-]*) red=([\w.:/,-]*) -->"
)
_NAMED_AT_MOST: Final = 30


@dataclass(frozen=True)
class Red:
    """What is red, as it is compared from night to night: by item, not by the words of a moment."""

    verdict: str = ""
    items: frozenset[str] = frozenset()

    def change_from(self, before: Red) -> str:
        """What has changed, as Markdown; "" for nothing."""
        if self == before:
            return ""
        said = [f"Now **{self.verdict}**."]
        for words, items in (
            ("Red since this night", self.items - before.items),
            ("No longer red", before.items - self.items),
        ):
            if items:
                said.append(f"{words}: {_named(items)}.")
        return " ".join(said)


@dataclass(frozen=True)
class Issue:
    """The issue of one environment, as it stands."""

    number: int
    is_open: bool
    red: Red


def red_of(gate: Gate) -> Red:
    """What a verdict rests on."""
    record = told(gate)
    items = unwell(record) if record else []
    return Red(gate.verdict.value, frozenset(_word(item.id) for item in items))


class Board:
    """The issues with the label, looked up once. Every method but the first raises Refused."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._issues: dict[str, list[Issue]] | None = None

    def tell(self, name: str, gate: Gate, run_url: str) -> str:
        """Bring the environment's issue to what the verdict says; what was done, in words."""
        issues = self._of(name)
        current = next((one for one in issues if one.is_open), None)
        if gate.verdict is Verdict.GO:
            return self._close([one for one in issues if one.is_open], run_url)
        red = red_of(gate)
        issue = current or next(iter(issues), None)
        body = _body(name, gate, red, run_url)
        if issue is None:
            return self._open(body)
        return self._go_on(issue, red, body, run_url)

    def _of(self, name: str) -> list[Issue]:
        """The environment's issues, the newest first."""
        if self._issues is None:
            self._issues = {}
            query = {"labels": LABEL, "state": "all", "sort": "created", "direction": "desc"}
            for entry in self._repository.every("issues", **query):
                self._note(entry)
        return self._issues.get(name, [])

    def _note(self, entry: Mapping[str, Any]) -> None:
        mark = _MARK.search(str(entry.get("body") or ""))
        if mark is None or "pull_request" in entry:
            return
        red = Red(mark[2], frozenset(word for word in mark[3].split(",") if word))
        issue = Issue(int(entry["number"]), entry.get("state") == "open", red)
        assert self._issues is not None
        self._issues.setdefault(mark[1], []).append(issue)

    def _open(self, body: Mapping[str, str]) -> str:
        self._ensure_label()
        made = self._repository.write("POST", "issues", {**body, "labels": [LABEL]})
        number = made.get("number")
        if LABEL not in _labels(made):
            # Without it the issue is not found tomorrow, and another one would be opened.
            self._repository.write("POST", f"issues/{number}/labels", {"labels": [LABEL]})
        return f"opened issue {number}"

    def _ensure_label(self) -> None:
        if self._repository.read(f"labels/{LABEL}") is None:
            body = {"name": LABEL, "color": "b60205", "description": "Kept by the nightly run"}
            self._repository.write("POST", "labels", body)

    def _go_on(self, issue: Issue, red: Red, body: Mapping[str, str], run_url: str) -> str:
        change = red.change_from(issue.red if issue.is_open else Red())
        if change:
            self._comment(issue, f"{change} [Run]({run_url})")
        # An edit tells nobody anything; the newest state is there for who looks.
        self._repository.write("PATCH", f"issues/{issue.number}", {**body, "state": "open"})
        if not issue.is_open:
            return f"opened issue {issue.number} again"
        return f"{'told of the change in' if change else 'nothing new in'} issue {issue.number}"

    def _close(self, issues: Iterable[Issue], run_url: str) -> str:
        closed = []
        for issue in issues:
            self._comment(issue, f"**GO** again. [Run]({run_url})")
            done = {"state": "closed", "state_reason": "completed"}
            self._repository.write("PATCH", f"issues/{issue.number}", done)
            closed.append(str(issue.number))
        return f"closed issue {', '.join(closed)}" if closed else "no issue to close"

    def _comment(self, issue: Issue, body: str) -> None:
        self._repository.write("POST", f"issues/{issue.number}/comments", {"body": body})


def _body(name: str, gate: Gate, red: Red, run_url: str) -> dict[str, str]:
    items = ",".join(sorted(red.items))
    mark = f"<!-- postdeploy-nightly {name} verdict={red.verdict} red={items} -->"
    told = (
        "Kept by the nightly run: closed by the next GO, opened again when it is red again. "
        f"[The last run]({run_url})"
    )
    return {
        "title": f"postdeploy: {name} is {gate.verdict.value}",
        "body": f"{mark}\n{issue_text(gate, name)}\n{told}\n",
    }


def _word(text: str) -> str:
    """An item's id as it can stand in the mark, which a double hyphen would end."""
    return re.sub(r"-{2,}", "-", re.sub(r"[^\w.:/-]", "_", text, flags=re.ASCII))


def _labels(entry: Mapping[str, Any]) -> list[str]:
    found = entry.get("labels")
    return [str(one.get("name")) for one in found if isinstance(one, dict)] if found else []


def _named(items: Iterable[str]) -> str:
    named = [markdown_code(one) for one in sorted(items)]
    more = f" and {len(named) - _NAMED_AT_MOST} more" if len(named) > _NAMED_AT_MOST else ""
    return ", ".join(named[:_NAMED_AT_MOST]) + more


__all__ = ["LABEL", "Board", "Issue", "Red", "Refused", "red_of"]
