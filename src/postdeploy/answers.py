"""What the engine writes down of a check: an entry of the journal for each answer, and one for its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from postdeploy.check import Answer
    from postdeploy.ticket import Result, Ticket


def attempt_entry(ticket: Ticket, answer: Answer, attempt: int) -> dict[str, Any]:
    """One answer, given at that attempt."""
    return {
        "kind": "attempt",
        "item": answer.item,
        "outcome": str(answer.outcome),
        "note": answer.note,
        "expected": answer.expected,
        "observed": answer.observed,
        "attempt": attempt,
        "check": ticket.id,
        "check_title": ticket.title,
        "started": answer.started,
        "ended": answer.ended,
        "evidence": [_evidence(e.kind, e.title, e.text, e.path) for e in answer.evidence],
        **({"final": True} if answer.final else {}),
    }


def _evidence(kind: str, title: str, text: str, path: str) -> dict[str, str]:
    return {"kind": kind, "title": title, **({"path": path} if path else {"text": text})}


def check_entry(result: Result) -> dict[str, Any]:
    """The end of a check."""
    return {
        "kind": "check",
        "check": result.ticket.id,
        "title": result.ticket.title,
        "status": result.status,
        "queued": result.queued,
        "started": result.started,
        "ended": result.ended,
        "attempts": result.attempts,
        "waits": result.waits.told,
        "evidence": [_evidence(e.kind, e.title, e.text, e.path) for e in result.evidence],
    }
