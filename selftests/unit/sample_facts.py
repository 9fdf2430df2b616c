"""What the tests of reports' texts and tables are tried on."""

from __future__ import annotations

from fixtures.documents.facts import DocumentFacts, facts_for, printed_lines

POLICY, BINDER = facts_for("policy", "run-1"), facts_for("binder", "run-1")
OTHER = facts_for("policy", "run-2")
CAPTIONS = {
    "carrier": "Carrier",
    "named insured": "Named Insured",
    "policy number": "Policy Number",
    "policy period": "Policy Period",
    "endorsements": "Endorsements",
}


def whole(facts: DocumentFacts) -> str:
    """A text that says everything that a document states."""
    return "\n".join(printed_lines(facts))
