"""The language model's stand-in: it writes nothing that the documents do not say."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.product.documents import Document
from sandbox.product.facts import Amount, Facts, Line

MODEL = "stand-in-1"
Log = Callable[[str, str, str], None]

_EMPTY_WORDS = frozenset(
    re.findall(
        r"\w+",
        """a all an and any are at by can coverage covered do does each for from give has have how i
        in insurance is it its limit limits list me much of on or our per please policy s say show
        stated tell that the there these this to under us we what which who whose with you""",
    )
)
_FIELD_WORDS = {
    "carrier": ({"carrier", "insurer", "underwriter"}, "The carrier is {}."),
    "insured": ({"insured", "insureds"}, "The named insured is {}."),
    "number": ({"number"}, "The policy number is {}."),
    "period": ({"period", "expire", "expires", "dates"}, "The policy period is {}."),
}


@dataclass
class Answer:
    """A text, and the lines of documents that it rests on."""

    text: str
    sources: list[tuple[Document, int]] = field(default_factory=list)


def words_of(text: str) -> set[str]:
    """The telling words of a text."""
    return set(re.findall(r"[a-z0-9]+", text.lower())) - _EMPTY_WORDS


class Llm:
    """Answers questions about documents."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.provider = "ok"

    def called(self, purpose: str, words: int) -> None:
        """Note a call in the service's log."""
        self._log("llm", "INFO", f"model={MODEL} purpose={purpose} completion_words={words} ok")

    def answer(self, question: str, documents: list[Document]) -> Answer:
        """What the documents say to a question; raises ModelProviderError when the model fails."""
        answer = self.compose(question, documents)
        self.called("chat", len(answer.text.split()))
        return answer

    def compose(self, question: str, documents: list[Document]) -> Answer:
        """The answer: a figure, the exclusions, a field, or the best matching lines."""
        for attempt in (amounts_answer, exclusions_answer, field_answer, lines_answer):
            answer = attempt(question, documents)
            if answer:
                return answer
        return Answer("The documents in this chat do not say anything about that.")


def _joined(parts: list[tuple[Document, str, int]]) -> Answer | None:
    """One answer of several documents' sentences, each named where there is more than one."""
    if not parts:
        return None
    several = len(parts) > 1
    texts = [f"{doc.name}: {text}" if several else text for doc, text, _ in parts]
    return Answer("\n".join(texts), [(doc, page) for doc, _, page in parts])


def amounts_answer(question: str, documents: list[Document]) -> Answer | None:
    """The limit or deductible that the question names."""
    parts = []
    for document in documents:
        found = best_amount(question, document.facts)
        if found:
            kind, amount = found
            text = f"The {sentence_name(amount.name, kind)} is {amount.text}."
            parts.append((document, text, amount.page))
    return _joined(parts)


def sentence_name(name: str, kind: str) -> str:
    """`General Aggregate` as it stands in a sentence: *general aggregate limit*."""
    plain = name.lower()
    return plain if kind in plain else f"{plain} {kind}"


def best_amount(question: str, facts: Facts) -> tuple[str, Amount] | None:
    """The amount whose name shares most words with the question, and what it is."""
    asked = words_of(question)
    if "deductible" in asked or "deductibles" in asked:
        candidates = [("deductible", amount) for amount in facts.deductibles]
        asked -= {"deductible", "deductibles"}
    else:
        candidates = [("limit", amount) for amount in facts.limits]
    scored = [(overlap(asked, amount.name), kind, amount) for kind, amount in candidates]
    best = max(scored, key=lambda entry: entry[0], default=None)
    return (best[1], best[2]) if best and best[0] >= 0.5 else None


def overlap(asked: set[str], name: str) -> float:
    """Which share of a coverage's words the question holds, 0 to 1."""
    own = words_of(name) - {"deductible"}
    return len(own & asked) / len(own) if own else 0.0


def exclusions_answer(question: str, documents: list[Document]) -> Answer | None:
    """The exclusions, if the question is about them."""
    if not re.search(r"\bexclu(de|des|ded|sion|sions)\b", question.lower()):
        return None
    parts = [
        (document, f"The exclusions are: {'; '.join(texts_of(lines))}.", lines[0].page)
        for document in documents
        if (lines := document.facts.exclusions)
    ]
    return _joined(parts)


def texts_of(lines: list[Line]) -> list[str]:
    """The lines without a full stop at their end."""
    return [line.text.rstrip(".") for line in lines]


def field_answer(question: str, documents: list[Document]) -> Answer | None:
    """Carrier, insured, number or period, if the question is about one."""
    asked = set(re.findall(r"[a-z]+", question.lower()))
    for name, (words, sentence) in _FIELD_WORDS.items():
        if asked & words:
            parts = [
                (document, sentence.format(line.text.rstrip(".")), line.page)
                for document in documents
                if (line := document.facts.fields.get(name))
            ]
            return _joined(parts)
    return None


def lines_answer(question: str, documents: list[Document]) -> Answer | None:
    """The lines that share most words with the question."""
    asked = words_of(question)
    scored = [
        (len(asked & words_of(line.text)), document, line)
        for document in documents
        for line in document.facts.lines
    ]
    best = sorted((entry for entry in scored if entry[0]), key=lambda entry: -entry[0])[:3]
    if not best:
        return None
    text = "\n".join(f"“{line.text}”" for _, _, line in best)
    return Answer(text, [(document, line.page) for _, document, line in best])
